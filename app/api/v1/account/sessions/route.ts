import { route } from '@/lib/auth/route';
import { listSessions } from '@/lib/screens/list-sessions';

export const dynamic = 'force-dynamic';

export const GET = route({ permission: 'account.manage', sessionOnly: true }, ({ viewer }) => listSessions(viewer));
