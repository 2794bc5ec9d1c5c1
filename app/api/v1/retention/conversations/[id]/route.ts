import { route } from '@/lib/auth/route';
import { decideConversation } from '@/lib/retention/decide-records';
import { ConversationDecisionAnswer } from '@/lib/schema/retention';

export const dynamic = 'force-dynamic';

export const GET = route({ permission: 'retention.read', answer: ConversationDecisionAnswer }, ({ viewer, query, params }) =>
  decideConversation(viewer, query.get('ledger'), params.id),
);
