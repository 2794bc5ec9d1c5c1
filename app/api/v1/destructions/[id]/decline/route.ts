import { route } from '@/lib/auth/route';
import { declineDestruction } from '@/lib/retention/manage-destruction';
import { DestructionAnswer, DestructionCloseBody } from '@/lib/schema/destruction';

export const dynamic = 'force-dynamic';

export const POST = route(
  { permission: 'destruction.approve', body: DestructionCloseBody, answer: DestructionAnswer, sessionOnly: true },
  ({ viewer, body, query, params }) => declineDestruction(viewer, query.get('ledger'), params.id, body.reason),
);
