import { PromptsScreen } from '@/components/prompts/prompts-screen';
import { Frame } from '@/components/shell/frame';
import { requireViewer } from '@/lib/auth/read-viewer';
import { viewPrompts } from '@/lib/screens/view-prompts';
import { readInput, type Search } from '../read-input';

export const dynamic = 'force-dynamic';
export const metadata = { title: 'Prompts and models' };

export default async function PromptsPage({ searchParams }: { searchParams: Search }) {
  const viewer = await requireViewer();
  const { frame, ...prompts } = await viewPrompts(viewer, await readInput(searchParams));
  return (
    <Frame frame={frame} title="Prompts and models">
      <PromptsScreen {...prompts} />
    </Frame>
  );
}
