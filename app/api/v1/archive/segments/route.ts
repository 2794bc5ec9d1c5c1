import { route } from '@/lib/auth/route';
import { viewSegments } from '@/lib/retention/view-archive';
import { SegmentPage } from '@/lib/schema/archive';

export const dynamic = 'force-dynamic';

export const GET = route({ permission: 'archive.read', answer: SegmentPage }, ({ viewer, query }) =>
  viewSegments(viewer, query.get('ledger'), { before: query.get('before'), state: query.get('state') }),
);
