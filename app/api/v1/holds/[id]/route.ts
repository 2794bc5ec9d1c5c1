import { route } from '@/lib/auth/route';
import { viewHold } from '@/lib/retention/legal-holds';
import { HoldDetailAnswer } from '@/lib/schema/holds';

export const dynamic = 'force-dynamic';

export const GET = route({ permission: 'records.read', answer: HoldDetailAnswer }, ({ viewer, query, params }) =>
  viewHold(viewer, query.get('ledger'), params.id),
);
