import { route } from '@/lib/auth/route';
import { viewDue } from '@/lib/retention/view-destruction';
import { DueAnswer } from '@/lib/schema/destruction';

export const dynamic = 'force-dynamic';

export const GET = route({ permission: 'retention.read', answer: DueAnswer }, ({ viewer, query }) => viewDue(viewer, query.get('ledger')));
