'use client';

import { useMemo } from 'react';
import type { Column } from '@/components/data-table/columns';
import { DataTable } from '@/components/data-table/data-table';
import { describeFilter } from '@/components/data-table/describe-filter';
import { FilterBar } from '@/components/data-table/filter-bar';
import { NoRows } from '@/components/data-table/no-rows';
import { SavedViews } from '@/components/data-table/saved-views';
import { SearchBox } from '@/components/data-table/search-box';
import { DetailsView, HeaderFacts, OutcomeStatus, RecordFacts } from '@/components/records/record-facts';
import { DocketSection } from '@/components/timeline/docket';
import { formatCount } from '@/components/ui/format-count';
import { Hash } from '@/components/ui/hash';
import { InertText } from '@/components/ui/inert-text';
import { Time } from '@/components/ui/time';
import { actionWords } from '@/components/ui/vocabulary-words';
import { accessWords } from '@/lib/schema/access-words';
import { RecordFilter } from '@/lib/schema/filters';
import type { EntryDto, Page } from '@/lib/schema/screens';
import { ACCESS_ACTIONS } from '@/lib/schema/vocabulary';

const dash = <span className="text-ink-3">–</span>;

export const ACCESS_COLUMNS: Column<EntryDto>[] = [
  {
    id: 'seq',
    label: 'No.',
    width: '76px',
    priority: 2,
    render: (entry) => <span className="tnum text-ink-2">#{formatCount(entry.seq)}</span>,
  },
  { id: 'time', label: 'When', width: 'var(--time-width)', priority: 1, render: (entry) => <Time at={entry.received_at} /> },
  {
    id: 'who',
    label: 'Who',
    priority: 1,
    render: (entry) => (entry.body === null ? dash : <InertText text={accessWords(entry.body).who} />),
  },
  {
    id: 'did',
    label: 'Did',
    width: '150px',
    priority: 2,
    render: (entry) => <span className="font-medium">{entry.body === null ? '–' : actionWords(entry.body.action)}</span>,
  },
  {
    id: 'what',
    label: 'What',
    priority: 2,
    render: (entry) => (entry.body === null ? dash : <InertText className="text-ink-2" text={accessWords(entry.body).what} />),
  },
  {
    id: 'from',
    label: 'From',
    width: '130px',
    priority: 3,
    render: (entry) => (entry.body === null ? dash : <InertText text={accessWords(entry.body).from ?? '–'} />),
  },
  {
    id: 'outcome',
    label: 'Outcome',
    width: '96px',
    priority: 3,
    render: (entry) => (entry.body?.outcome === undefined ? dash : <OutcomeStatus outcome={entry.body.outcome} />),
  },
  {
    id: 'hash',
    label: 'Integrity hash',
    width: '150px',
    priority: 3,
    extra: true,
    render: (entry) => <Hash value={entry.integrity_hash} copy={false} />,
  },
];

/** Who looked at what in this product: a ledger like any other, verified in the same way. */
export function AccessLogScreen({ page }: { page: Page<EntryDto> }) {
  const fields = useMemo(
    () => describeFilter(RecordFilter, { q: [], action: ACCESS_ACTIONS, agent: [], classification: [], subject: [] }),
    [],
  );
  const byId = useMemo(() => new Map(page.rows.map((row) => [row.id, row])), [page.rows]);
  return (
    <DataTable
      name="access-log"
      caption="Access log, newest first"
      noun="entries"
      columns={ACCESS_COLUMNS}
      rows={page.rows}
      page={page}
      idOf={(entry) => entry.id}
      peekTitle="Access entry"
      peek={(id) => {
        const entry = byId.get(id);
        if (entry === undefined) return <p className="text-sm text-ink-2">This entry is not on this page of the log.</p>;
        return (
          <>
            <DocketSection title="What was recorded">{entry.body === null ? dash : <RecordFacts body={entry.body} />}</DocketSection>
            {entry.body !== null && (
              <DocketSection title="Details">
                <DetailsView body={entry.body} />
              </DocketSection>
            )}
            <DocketSection title="What the ledger wrote">
              <HeaderFacts entry={entry} />
            </DocketSection>
          </>
        );
      }}
      toolbar={
        <div className="flex flex-col gap-1.5">
          <SearchBox place="accesses" noun="entries" />
          <FilterBar shape={RecordFilter} fields={fields} />
        </div>
      }
      report={{ kind: 'access_log', shape: RecordFilter }}
      actions={<SavedViews />}
      empty={<NoRows fields={fields} noun="entry" />}
    />
  );
}
