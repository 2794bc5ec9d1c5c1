import { PeekQuery } from '@/components/data-table/peek-query';
import type { RecordDto } from '@/lib/schema/screens';
import { RecordScreen } from './record-screen';

/** A record beside the list in which it stands: what a `DataTable` of records takes as its rows' pages and peeks. */
export const RECORD_PEEK = {
  idOf: ({ id }: { id: string }) => id,
  hrefOf: (id: string) => `/records/${id}`,
  peekTitle: 'Record',
  peek: (id: string) => (
    <PeekQuery<RecordDto> key={id} path={`/api/v1/records/${encodeURIComponent(id)}`}>
      {(record) => <RecordScreen record={record} narrow />}
    </PeekQuery>
  ),
};
