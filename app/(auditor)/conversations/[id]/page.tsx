import { BackLink } from '@/components/shell/back-link';
import { Frame } from '@/components/shell/frame';
import { ConversationScreen } from '@/components/timeline/conversation-screen';
import { InertText } from '@/components/ui/inert-text';
import { requireViewer } from '@/lib/auth/read-viewer';
import { viewConversation } from '@/lib/screens/view-conversation';
import { readInput, readSegment, type Search } from '../../read-input';

export const dynamic = 'force-dynamic';
export const metadata = { title: 'Conversation' };

export default async function ConversationPage({ params, searchParams }: { params: Promise<{ id: string }>; searchParams: Search }) {
  const { id } = await params;
  const viewer = await requireViewer();
  const { frame, ...conversation } = await viewConversation(viewer, await readInput(searchParams, readSegment(id)));
  return (
    <Frame
      frame={frame}
      back={<BackLink href="/conversations">Conversations</BackLink>}
      title={<InertText text={conversation.summary.conversation_id} />}
    >
      <ConversationScreen conversation={conversation} />
    </Frame>
  );
}
