import { ArchiveScreen } from '@/components/archive/archive-screen';
import { RetentionTabs } from '@/components/retention/retention-tabs';
import { Frame } from '@/components/shell/frame';
import { requireViewer } from '@/lib/auth/read-viewer';
import { viewArchiveScreen } from '@/lib/screens/view-archive';
import { readInput, type Search } from '../../read-input';

export const dynamic = 'force-dynamic';
export const metadata = { title: 'Archive' };

export default async function ArchivePage({ searchParams }: { searchParams: Search }) {
  const viewer = await requireViewer();
  const { frame, ...dto } = await viewArchiveScreen(viewer, await readInput(searchParams));
  return (
    <Frame frame={frame} title="Archive">
      <RetentionTabs />
      <ArchiveScreen {...dto} />
    </Frame>
  );
}
