import { AgentChangesScreen } from '@/components/prompts/agent-changes-screen';
import { BackLink } from '@/components/shell/back-link';
import { Frame } from '@/components/shell/frame';
import { requireViewer } from '@/lib/auth/read-viewer';
import { viewAgentChanges } from '@/lib/screens/view-prompts';
import { readInput, readSegment, type Search } from '../../read-input';

export const dynamic = 'force-dynamic';
export const metadata = { title: 'Prompts of an agent' };

export default async function AgentPromptsPage({ params, searchParams }: { params: Promise<{ agent: string }>; searchParams: Search }) {
  const { agent } = await params;
  const viewer = await requireViewer();
  const { frame, ...changes } = await viewAgentChanges(viewer, await readInput(searchParams, readSegment(agent)));
  return (
    <Frame frame={frame} back={<BackLink href="/prompts">Prompts and models</BackLink>} title={changes.agent}>
      <AgentChangesScreen {...changes} />
    </Frame>
  );
}
