import { Answer, route } from '@/lib/auth/route';
import { ShreddingAnswer, ShreddingBody, ShreddingPage } from '@/lib/schema/words';
import { readShreddings, requestShredding } from '@/lib/words/request-shredding';

export const dynamic = 'force-dynamic';

export const GET = route({ permission: 'records.read', answer: ShreddingPage }, ({ viewer, query }) =>
  readShreddings(viewer, query.get('ledger')),
);

export const POST = route(
  { permission: 'content.shred', body: ShreddingBody, answer: ShreddingAnswer, sessionOnly: true },
  async ({ viewer, body, query }) => new Answer(201, await requestShredding(viewer, query.get('ledger'), body)),
);
