import { route } from '@/lib/auth/route';
import { previewDestruction } from '@/lib/retention/manage-destruction';
import { DestructionPreviewAnswer, DestructionPreviewBody } from '@/lib/schema/destruction';

export const dynamic = 'force-dynamic';

export const POST = route(
  { permission: 'destruction.request', body: DestructionPreviewBody, answer: DestructionPreviewAnswer, sessionOnly: true },
  ({ viewer, body, query }) => previewDestruction(viewer, query.get('ledger'), body.scope),
);
