import { route } from '@/lib/auth/route';
import { confirmRelease } from '@/lib/retention/legal-holds';
import { HoldAnswer } from '@/lib/schema/holds';

export const dynamic = 'force-dynamic';

export const POST = route({ permission: 'hold.release', answer: HoldAnswer, sessionOnly: true }, ({ viewer, query, params }) =>
  confirmRelease(viewer, query.get('ledger'), params.id),
);
