import { Answer, route } from '@/lib/auth/route';
import { placeHold, readHolds } from '@/lib/retention/legal-holds';
import { HoldAnswer, HoldBody, HoldPage } from '@/lib/schema/holds';

export const dynamic = 'force-dynamic';

export const GET = route({ permission: 'records.read', answer: HoldPage }, ({ viewer, query }) =>
  readHolds(viewer, query.get('ledger'), query),
);

export const POST = route(
  { permission: 'hold.place', body: HoldBody, answer: HoldAnswer, sessionOnly: true },
  async ({ viewer, body, query }) => new Answer(201, await placeHold(viewer, query.get('ledger'), body)),
);
