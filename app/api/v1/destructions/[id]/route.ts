import { route } from '@/lib/auth/route';
import { viewDestruction } from '@/lib/retention/view-destruction';
import { DestructionDetail } from '@/lib/schema/destruction';

export const dynamic = 'force-dynamic';

export const GET = route({ permission: 'retention.read', answer: DestructionDetail, background: true }, ({ viewer, query, params }) =>
  viewDestruction(viewer, query.get('ledger'), params.id),
);
