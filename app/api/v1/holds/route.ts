import { Answer, route } from '@/lib/auth/route';
import { HoldAnswer, HoldBody, HoldPage } from '@/lib/schema/words';
import { placeHold, readHolds } from '@/lib/words/legal-holds';

export const dynamic = 'force-dynamic';

export const GET = route({ permission: 'records.read', answer: HoldPage }, ({ viewer, query }) => readHolds(viewer, query.get('ledger')));

export const POST = route(
  { permission: 'holds.manage', body: HoldBody, answer: HoldAnswer, sessionOnly: true },
  async ({ viewer, body, query }) => new Answer(201, await placeHold(viewer, query.get('ledger'), body)),
);
