import { route } from '@/lib/auth/route';
import { decideRecord } from '@/lib/retention/decide-records';
import { RecordDecisionAnswer } from '@/lib/schema/retention';

export const dynamic = 'force-dynamic';

export const GET = route({ permission: 'retention.read', answer: RecordDecisionAnswer }, ({ viewer, query, params }) =>
  decideRecord(viewer, query.get('ledger'), params.id),
);
