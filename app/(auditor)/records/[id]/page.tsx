import { RecordScreen } from '@/components/records/record-screen';
import { BackLink } from '@/components/shell/back-link';
import { Frame } from '@/components/shell/frame';
import { formatCount } from '@/components/ui/format-count';
import { requireViewer } from '@/lib/auth/read-viewer';
import { viewRecord } from '@/lib/screens/view-record';
import { readInput, readSegment, type Search } from '../../read-input';

export const dynamic = 'force-dynamic';
export const metadata = { title: 'Record' };

export default async function RecordPage({ params, searchParams }: { params: Promise<{ id: string }>; searchParams: Search }) {
  const { id } = await params;
  const viewer = await requireViewer();
  const { frame, ...record } = await viewRecord(viewer, await readInput(searchParams, readSegment(id)));
  return (
    <Frame frame={frame} back={<BackLink href="/records">Records</BackLink>} title={`Record #${formatCount(record.entry.seq)}`}>
      <RecordScreen record={record} />
    </Frame>
  );
}
