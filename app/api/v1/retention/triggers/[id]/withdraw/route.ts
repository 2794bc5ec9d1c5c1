import { route } from '@/lib/auth/route';
import { withdrawTrigger } from '@/lib/retention/enter-triggers';
import { TriggerAnswer, WithdrawBody } from '@/lib/schema/retention';

export const dynamic = 'force-dynamic';

export const POST = route(
  { permission: 'retention.manage', body: WithdrawBody, answer: TriggerAnswer, sessionOnly: true },
  ({ viewer, body, query, params }) => withdrawTrigger(viewer, query.get('ledger'), params.id, body.reason),
);
