import { Answer, route } from '@/lib/auth/route';
import { changePolicies, viewPolicies } from '@/lib/retention/change-policies';
import { PoliciesAnswer, PoliciesBody } from '@/lib/schema/retention';

export const dynamic = 'force-dynamic';

export const GET = route({ permission: 'retention.read', answer: PoliciesAnswer }, ({ viewer, query }) =>
  viewPolicies(viewer, query.get('ledger')),
);

export const POST = route(
  { permission: 'retention.manage', body: PoliciesBody, answer: PoliciesAnswer, sessionOnly: true },
  async ({ viewer, body, query }) => new Answer(201, await changePolicies(viewer, query.get('ledger'), body)),
);
