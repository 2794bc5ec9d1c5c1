import { route } from '@/lib/auth/route';
import { BreakGlassPage } from '@/lib/schema/words';
import { readOwnBreakGlass } from '@/lib/words/break-glass';

export const dynamic = 'force-dynamic';

export const GET = route({ permission: 'break_glass.use', answer: BreakGlassPage, sessionOnly: true }, ({ viewer, query }) =>
  readOwnBreakGlass(viewer, query.get('ledger')),
);
