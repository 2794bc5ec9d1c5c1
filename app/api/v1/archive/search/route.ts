import { route } from '@/lib/auth/route';
import { ArchiveSearchAnswer, ArchiveSearchBody } from '@/lib/schema/archive-search';
import { viewArchiveSearch } from '@/lib/screens/view-archive-search';

export const dynamic = 'force-dynamic';

const ROUTE = '/api/v1/archive/search';

export const GET = route({ permission: 'records.read', answer: ArchiveSearchAnswer }, ({ viewer, query, request }) =>
  viewArchiveSearch(viewer, { params: query, route: ROUTE }, request.signal),
);

export const POST = route(
  { permission: 'records.read', body: ArchiveSearchBody, answer: ArchiveSearchAnswer },
  ({ viewer, body, query, request }) => {
    const params = new URLSearchParams(Object.entries(body).filter((pair): pair is [string, string] => pair[1] !== undefined));
    const ledger = query.get('ledger');
    if (ledger !== null) params.set('ledger', ledger);
    return viewArchiveSearch(viewer, { params, route: ROUTE }, request.signal);
  },
);
