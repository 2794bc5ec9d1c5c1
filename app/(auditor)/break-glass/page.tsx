import { Frame } from '@/components/shell/frame';
import { EmergencyScreen } from '@/components/words/emergency-screen';
import { requireViewer } from '@/lib/auth/read-viewer';
import { viewOwnBreakGlass } from '@/lib/screens/view-words';
import { readInput, type Search } from '../read-input';

export const dynamic = 'force-dynamic';
export const metadata = { title: 'Break-glass' };

export default async function BreakGlassPage({ searchParams }: { searchParams: Search }) {
  const viewer = await requireViewer();
  const { frame, ...own } = await viewOwnBreakGlass(viewer, await readInput(searchParams));
  return (
    <Frame frame={frame} title="Break-glass">
      <EmergencyScreen {...own} />
    </Frame>
  );
}
