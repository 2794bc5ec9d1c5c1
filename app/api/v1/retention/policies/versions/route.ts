import { route } from '@/lib/auth/route';
import { viewPolicyVersions } from '@/lib/retention/change-policies';
import { PolicyVersionPage } from '@/lib/schema/retention';

export const dynamic = 'force-dynamic';

export const GET = route({ permission: 'retention.read', answer: PolicyVersionPage }, ({ viewer, query }) =>
  viewPolicyVersions(viewer, query.get('ledger'), query.get('before')),
);
