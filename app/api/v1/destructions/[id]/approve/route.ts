import { route } from '@/lib/auth/route';
import { approveDestruction } from '@/lib/retention/manage-destruction';
import { DestructionAnswer, DestructionApproveBody } from '@/lib/schema/destruction';

export const dynamic = 'force-dynamic';

export const POST = route(
  { permission: 'destruction.approve', body: DestructionApproveBody, answer: DestructionAnswer, sessionOnly: true },
  ({ viewer, body, query, params }) => approveDestruction(viewer, query.get('ledger'), params.id, body.confirm),
);
