import { route } from '@/lib/auth/route';
import { ConversationProofAnswer } from '@/lib/schema/answers';
import { viewConversationProof } from '@/lib/screens/view-conversation-proof';

export const dynamic = 'force-dynamic';

export const GET = route({ permission: 'conversations.read', answer: ConversationProofAnswer }, ({ viewer, query, params }) =>
  viewConversationProof(viewer, { params: query, id: params.id, route: '/api/v1/conversations/{id}/proof' }),
);
