import { route } from '@/lib/auth/route';
import { askRelease } from '@/lib/retention/legal-holds';
import { HoldAnswer, ReleaseBody } from '@/lib/schema/holds';

export const dynamic = 'force-dynamic';

export const POST = route(
  { permission: 'hold.release', body: ReleaseBody, answer: HoldAnswer, sessionOnly: true },
  ({ viewer, body, query, params }) => askRelease(viewer, query.get('ledger'), params.id, body.reason),
);
