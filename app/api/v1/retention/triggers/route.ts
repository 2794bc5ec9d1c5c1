import { Answer, route } from '@/lib/auth/route';
import { enterTrigger, readTriggers } from '@/lib/retention/enter-triggers';
import { TriggerAnswer, TriggerBody, TriggerPage } from '@/lib/schema/retention';

export const dynamic = 'force-dynamic';

export const GET = route({ permission: 'retention.read', answer: TriggerPage }, ({ viewer, query }) =>
  readTriggers(viewer, query.get('ledger')),
);

export const POST = route(
  { permission: 'retention.manage', body: TriggerBody, answer: TriggerAnswer, sessionOnly: true },
  async ({ viewer, body, query }) => new Answer(201, await enterTrigger(viewer, query.get('ledger'), body)),
);
