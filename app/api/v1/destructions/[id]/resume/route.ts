import { route } from '@/lib/auth/route';
import { resumeDestruction } from '@/lib/retention/manage-destruction';
import { DestructionAnswer } from '@/lib/schema/destruction';

export const dynamic = 'force-dynamic';

export const POST = route(
  { permission: 'destruction.approve', answer: DestructionAnswer, sessionOnly: true },
  ({ viewer, query, params }) => resumeDestruction(viewer, query.get('ledger'), params.id),
);
