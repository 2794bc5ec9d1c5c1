import { route } from '@/lib/auth/route';
import { readAlarms } from '@/lib/proofs/settle-alarm';
import { AlarmPage } from '@/lib/schema/evidence';

export const dynamic = 'force-dynamic';

export const GET = route({ permission: 'integrity.read', answer: AlarmPage }, ({ viewer, query }) =>
  readAlarms(viewer, query.get('ledger')),
);
