import { route } from '@/lib/auth/route';
import { OwnBreakGlassPage } from '@/lib/schema/words';
import { readOwnBreakGlass } from '@/lib/words/break-glass';

export const dynamic = 'force-dynamic';

export const GET = route({ permission: 'break_glass.use', answer: OwnBreakGlassPage, sessionOnly: true }, ({ viewer, query }) =>
  readOwnBreakGlass(viewer, query.get('ledger')),
);
