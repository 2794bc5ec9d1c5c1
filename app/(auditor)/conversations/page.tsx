import { ConversationsScreen } from '@/components/conversations/conversations-screen';
import { Frame } from '@/components/shell/frame';
import { requireViewer } from '@/lib/auth/read-viewer';
import { viewConversations } from '@/lib/screens/view-conversations';
import { readInput, type Search } from '../read-input';

export const dynamic = 'force-dynamic';
export const metadata = { title: 'Conversations' };

export default async function ConversationsPage({ searchParams }: { searchParams: Search }) {
  const viewer = await requireViewer();
  const { frame, ...page } = await viewConversations(viewer, await readInput(searchParams));
  return (
    <Frame frame={frame} title="Conversations">
      <ConversationsScreen page={page} />
    </Frame>
  );
}
