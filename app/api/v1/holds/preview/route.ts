import { route } from '@/lib/auth/route';
import { previewHold } from '@/lib/retention/legal-holds';
import { HeldAnswer, HoldPreviewBody } from '@/lib/schema/holds';

export const dynamic = 'force-dynamic';

export const POST = route(
  { permission: 'hold.place', body: HoldPreviewBody, answer: HeldAnswer, sessionOnly: true },
  ({ viewer, body, query }) => previewHold(viewer, query.get('ledger'), body.scope),
);
