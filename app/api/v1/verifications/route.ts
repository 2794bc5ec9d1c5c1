import * as z from 'zod/mini';
import { Answer, route } from '@/lib/auth/route';
import { ScopeAnswer, VerificationAnswer, VerificationPage } from '@/lib/schema/answers';
import { listVerifications } from '@/lib/verification/list-verifications';
import { requestVerification } from '@/lib/verification/request-verification';

export const dynamic = 'force-dynamic';

export const GET = route({ permission: 'integrity.read', answer: VerificationPage }, ({ viewer, query }) =>
  listVerifications(viewer, query.get('ledger'), query.get('before')),
);

export const POST = route(
  { permission: 'integrity.run', body: z.strictObject({ scope: ScopeAnswer }), answer: VerificationAnswer },
  async ({ viewer, body, query }) => {
    const run = await requestVerification(viewer, query.get('ledger'), body.scope);
    return new Answer(202, run, { Location: `/api/v1/verifications/${run.id}?ledger=${encodeURIComponent(run.ledger)}` });
  },
);
