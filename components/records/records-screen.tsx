'use client';

import { useMemo } from 'react';
import { DataTable } from '@/components/data-table/data-table';
import { describeFilter } from '@/components/data-table/describe-filter';
import { FilterBar } from '@/components/data-table/filter-bar';
import { NoRows } from '@/components/data-table/no-rows';
import { PeekQuery } from '@/components/data-table/peek-query';
import { SavedViews } from '@/components/data-table/saved-views';
import { useFrame } from '@/components/shell/frame-context';
import { formatTotal } from '@/components/ui/format-count';
import { RecordFilter } from '@/lib/schema/filters';
import type { EntryDto, Page, RecordDto } from '@/lib/schema/screens';
import { ACCESS_ACTIONS, AGENT_ACTIONS } from '@/lib/schema/vocabulary';
import { ExportFilter } from './export-filter';
import { RECORD_COLUMNS } from './record-columns';
import { RecordScreen } from './record-screen';

interface Props {
  page: Page<EntryDto>;
}

/** Everything that was recorded, filtered. */
export function RecordsScreen({ page }: Props) {
  const { ledger } = useFrame();
  const fields = useMemo(
    () => describeFilter(RecordFilter, { action: ledger.kind === 'access' ? ACCESS_ACTIONS : AGENT_ACTIONS }),
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
      idOf={(entry) => entry.id}
      hrefOf={(id) => `/records/${id}`}
      peekTitle="Record"
      peek={(id) => (
        <PeekQuery<RecordDto> key={id} path={`/api/v1/records/${encodeURIComponent(id)}`}>
          {(record) => <RecordScreen record={record} narrow />}
        </PeekQuery>
      )}
      toolbar={<FilterBar shape={RecordFilter} fields={fields} />}
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
