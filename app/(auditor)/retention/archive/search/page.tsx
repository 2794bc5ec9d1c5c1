import { ArchiveSearchScreen } from '@/components/archive/archive-search-screen';
import { RetentionTabs } from '@/components/retention/retention-tabs';
import { Frame } from '@/components/shell/frame';
import { requireViewer } from '@/lib/auth/read-viewer';
import { viewArchiveSearch } from '@/lib/screens/view-archive-search';
import { readInput, type Search } from '../../../read-input';

export const dynamic = 'force-dynamic';
export const metadata = { title: 'Search the archive' };

export default async function ArchiveSearchPage({ searchParams }: { searchParams: Search }) {
  const viewer = await requireViewer();
  const { frame, ...page } = await viewArchiveSearch(viewer, await readInput(searchParams));
  return (
    <Frame frame={frame} title="Search the archive">
      <RetentionTabs />
      <ArchiveSearchScreen page={page} />
    </Frame>
  );
}
