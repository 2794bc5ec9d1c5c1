import { route } from '@/lib/auth/route';
import { viewRetention } from '@/lib/retention/view-retention';
import { RetentionAnswer } from '@/lib/schema/retention';

export const dynamic = 'force-dynamic';

export const GET = route({ permission: 'retention.read', answer: RetentionAnswer }, ({ viewer, query }) =>
  viewRetention(viewer, query.get('ledger')),
);
