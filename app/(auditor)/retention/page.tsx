import { ExportList } from '@/components/reports/export-list';
import { RetentionScreen } from '@/components/retention/retention-screen';
import { RetentionTabs } from '@/components/retention/retention-tabs';
import { Frame } from '@/components/shell/frame';
import { requireViewer } from '@/lib/auth/read-viewer';
import { viewRetention } from '@/lib/screens/view-retention';
import { readInput, type Search } from '../read-input';

export const dynamic = 'force-dynamic';
export const metadata = { title: 'Retention' };

export default async function RetentionPage({ searchParams }: { searchParams: Search }) {
  const viewer = await requireViewer();
  const { frame, ...retention } = await viewRetention(viewer, await readInput(searchParams));
  const lines = retention.figures.months.length;
  return (
    <Frame frame={frame} title="Retention" action={lines > 0 && <ExportList kind="retention" columns={[]} total={String(lines)} />}>
      <RetentionTabs />
      <RetentionScreen {...retention} />
    </Frame>
  );
}
