import { route } from '@/lib/auth/route';
import { HoldAnswer, ReleaseBody } from '@/lib/schema/words';
import { releaseHold } from '@/lib/words/legal-holds';

export const dynamic = 'force-dynamic';

export const POST = route(
  { permission: 'holds.manage', body: ReleaseBody, answer: HoldAnswer, sessionOnly: true },
  ({ viewer, body, query, params }) => releaseHold(viewer, query.get('ledger'), params.id, body.reason),
);
