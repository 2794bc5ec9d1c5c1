import { route } from '@/lib/auth/route';
import { withdrawDestruction } from '@/lib/retention/manage-destruction';
import { DestructionAnswer, DestructionCloseBody } from '@/lib/schema/destruction';

export const dynamic = 'force-dynamic';

export const POST = route(
  { permission: 'destruction.request', body: DestructionCloseBody, answer: DestructionAnswer, sessionOnly: true },
  ({ viewer, body, query, params }) => withdrawDestruction(viewer, query.get('ledger'), params.id, body.reason),
);
