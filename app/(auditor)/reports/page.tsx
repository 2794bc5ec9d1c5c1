import { ReportsScreen } from '@/components/reports/reports-screen';
import { Frame } from '@/components/shell/frame';
import { requireViewer } from '@/lib/auth/read-viewer';
import { viewReports } from '@/lib/screens/view-reports';
import { readInput, type Search } from '../read-input';

export const dynamic = 'force-dynamic';
export const metadata = { title: 'Reports' };

export default async function ReportsPage({ searchParams }: { searchParams: Search }) {
  const viewer = await requireViewer();
  const { frame, ...list } = await viewReports(viewer, await readInput(searchParams));
  return (
    <Frame frame={frame} title="Reports">
      <ReportsScreen {...list} />
    </Frame>
  );
}
