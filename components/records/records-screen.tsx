'use client';

import Link from 'next/link';
import { useMemo } from 'react';
import { DataTable } from '@/components/data-table/data-table';
import { describeFilter } from '@/components/data-table/describe-filter';
import { FilterBar } from '@/components/data-table/filter-bar';
import { NoRows } from '@/components/data-table/no-rows';
import { SavedViews } from '@/components/data-table/saved-views';
import { SearchBox } from '@/components/data-table/search-box';
import { useFrame } from '@/components/shell/frame-context';
import { countOf, formatCount, formatTotal } from '@/components/ui/format-count';
import { RecordFilter } from '@/lib/schema/filters';
import type { EntryDto, Page } from '@/lib/schema/screens';
import { ACCESS_ACTIONS, AGENT_ACTIONS } from '@/lib/schema/vocabulary';
import { ExportFilter } from './export-filter';
import { RECORD_COLUMNS } from './record-columns';
import { RECORD_PEEK } from './record-peek';

interface Props {
  page: Page<EntryDto> & { words?: { indexed_to: string | null; complete: boolean }; unsearched?: number };
}

/** Everything that was recorded, filtered. */
export function RecordsScreen({ page }: Props) {
  const { ledger } = useFrame();
  const fields = useMemo(
    () => describeFilter(RecordFilter, { q: [], action: ledger.kind === 'access' ? ACCESS_ACTIONS : AGENT_ACTIONS }),
    [ledger.kind],
  );
  return (
    <DataTable
      name="records"
      caption="Records, newest first"
      noun="records"
      columns={RECORD_COLUMNS}
      rows={page.rows}
      page={page}
      {...RECORD_PEEK}
      toolbar={
        <div className="flex flex-col gap-1.5">
          <SearchBox place="records" noun="records" />
          <FilterBar shape={RecordFilter} fields={fields} />
          {page.words !== undefined && !page.words.complete && (
            <p className="text-xs text-ink-2">
              {page.words.indexed_to === null
                ? 'The index of words has not begun: nothing that was said is found yet.'
                : `Words are indexed up to #${formatCount(page.words.indexed_to)}; what was said later is not found yet.`}
            </p>
          )}
          {page.unsearched !== undefined && (
            <p className="text-xs text-ink-2">
              {countOf(page.unsearched, 'record is', 'records are')} archived, and not among what is searched here.{' '}
              <Link href="/conversations" prefetch={false} className="link">
                Conversations
              </Link>{' '}
              are found whether archived or not; single records by a{' '}
              <Link href="/retention/archive/search" prefetch={false} className="link">
                search inside the archive
              </Link>
              .
            </p>
          )}
        </div>
      }
      report={{ kind: 'records', shape: RecordFilter }}
      actions={
        <>
          {page.rows.length > 0 && <ExportFilter total={formatTotal(page.total)} />}
          <SavedViews />
        </>
      }
      empty={<NoRows fields={fields} noun="record" />}
    />
  );
}
