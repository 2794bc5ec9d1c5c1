import { route } from '@/lib/auth/route';
import { ConversationAnswer } from '@/lib/schema/answers';
import { viewConversation } from '@/lib/screens/view-conversation';

export const dynamic = 'force-dynamic';

export const GET = route({ permission: 'conversations.read', answer: ConversationAnswer }, ({ viewer, query, params }) =>
  viewConversation(viewer, { params: query, id: params.id, route: '/api/v1/conversations/{id}' }),
);
