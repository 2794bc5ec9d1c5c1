import { route } from '@/lib/auth/route';
import { HeadAnswer } from '@/lib/schema/answers';
import { viewHead } from '@/lib/screens/view-integrity';

export const dynamic = 'force-dynamic';

export const GET = route({ permission: 'integrity.read', answer: HeadAnswer }, ({ viewer, params }) =>
  viewHead(viewer, { params: new URLSearchParams({ ledger: params.id! }), route: '/api/v1/ledgers/{id}/head' }),
);
