import { DestructionScreen } from '@/components/destruction/destruction-screen';
import { RetentionTabs } from '@/components/retention/retention-tabs';
import { Frame } from '@/components/shell/frame';
import { requireViewer } from '@/lib/auth/read-viewer';
import { viewDestructionScreen } from '@/lib/screens/view-destruction';
import { readInput, type Search } from '../../read-input';

export const dynamic = 'force-dynamic';
export const metadata = { title: 'Destruction' };

export default async function DestructionPage({ searchParams }: { searchParams: Search }) {
  const viewer = await requireViewer();
  const { frame, ...dto } = await viewDestructionScreen(viewer, await readInput(searchParams));
  return (
    <Frame frame={frame} title="Destruction">
      <RetentionTabs />
      <DestructionScreen {...dto} />
    </Frame>
  );
}
