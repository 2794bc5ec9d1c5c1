import { route } from '@/lib/auth/route';
import { BreakGlassAnswer, ReviewBody } from '@/lib/schema/words';
import { reviewBreakGlass } from '@/lib/words/review-break-glass';

export const dynamic = 'force-dynamic';

export const POST = route(
  { permission: 'break_glass.review', body: ReviewBody, answer: BreakGlassAnswer, sessionOnly: true },
  ({ viewer, body, query, params }) => reviewBreakGlass(viewer, query.get('ledger'), params.id, body),
);
