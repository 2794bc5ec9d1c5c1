import { route } from '@/lib/auth/route';
import { RecordAnswer } from '@/lib/schema/answers';
import { viewRecord } from '@/lib/screens/view-record';

export const dynamic = 'force-dynamic';

export const GET = route({ permission: 'records.read', answer: RecordAnswer }, ({ viewer, query, params }) =>
  viewRecord(viewer, { params: query, id: params.id, route: '/api/v1/records/{id}' }),
);
