import { route } from '@/lib/auth/route';
import { RecordPage } from '@/lib/schema/answers';
import { viewRecords } from '@/lib/screens/view-records';

export const dynamic = 'force-dynamic';

export const GET = route({ permission: 'records.read', answer: RecordPage }, ({ viewer, query }) =>
  viewRecords(viewer, { params: query, route: '/api/v1/records' }),
);
