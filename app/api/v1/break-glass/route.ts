import { Answer, route } from '@/lib/auth/route';
import { BreakGlassAnswer, BreakGlassBody, BreakGlassPage } from '@/lib/schema/words';
import { openBreakGlass } from '@/lib/words/break-glass';
import { readBreakGlass } from '@/lib/words/review-break-glass';

export const dynamic = 'force-dynamic';

export const GET = route({ permission: 'break_glass.review', answer: BreakGlassPage, sessionOnly: true }, ({ viewer, query }) =>
  readBreakGlass(viewer, query.get('ledger')),
);

export const POST = route(
  { permission: 'break_glass.use', body: BreakGlassBody, answer: BreakGlassAnswer, sessionOnly: true },
  async ({ viewer, body, query }) => new Answer(201, await openBreakGlass(viewer, query.get('ledger'), body)),
);
