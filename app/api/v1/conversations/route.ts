import { route } from '@/lib/auth/route';
import { ConversationPage } from '@/lib/schema/answers';
import { viewConversations } from '@/lib/screens/view-conversations';

export const dynamic = 'force-dynamic';

export const GET = route({ permission: 'conversations.read', answer: ConversationPage }, ({ viewer, query }) =>
  viewConversations(viewer, { params: query, route: '/api/v1/conversations' }),
);
