import { route } from '@/lib/auth/route';
import { SearchAnswer } from '@/lib/schema/search';
import { runSearch } from '@/lib/screens/run-search';

export const dynamic = 'force-dynamic';

export const GET = route({ permission: 'records.read', answer: SearchAnswer }, ({ viewer, query }) =>
  runSearch(viewer, { params: query, route: '/api/v1/search' }),
);
