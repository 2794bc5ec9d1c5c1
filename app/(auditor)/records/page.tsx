import { RecordsScreen } from '@/components/records/records-screen';
import { Frame } from '@/components/shell/frame';
import { requireViewer } from '@/lib/auth/read-viewer';
import { viewRecords } from '@/lib/screens/view-records';
import { readInput, type Search } from '../read-input';

export const dynamic = 'force-dynamic';
export const metadata = { title: 'Records' };

export default async function RecordsPage({ searchParams }: { searchParams: Search }) {
  const viewer = await requireViewer();
  const { frame, ...page } = await viewRecords(viewer, await readInput(searchParams));
  return (
    <Frame frame={frame} title="Records">
      <RecordsScreen page={page} />
    </Frame>
  );
}
