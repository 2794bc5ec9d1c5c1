import { Answer, route } from '@/lib/auth/route';
import { VerificationAnswer, VerificationBody, VerificationPage } from '@/lib/schema/answers';
import { listVerifications } from '@/lib/verification/list-verifications';
import { requestVerification } from '@/lib/verification/request-verification';

export const dynamic = 'force-dynamic';

export const GET = route({ permission: 'integrity.read', answer: VerificationPage }, ({ viewer, query }) =>
  listVerifications(viewer, query.get('ledger'), query.get('before')),
);

export const POST = route(
  { permission: 'integrity.run', body: VerificationBody, answer: VerificationAnswer },
  async ({ viewer, body, query }) => {
    const run = await requestVerification(viewer, query.get('ledger'), body.scope, body.archive);
    return new Answer(202, run, { Location: `/api/v1/verifications/${run.id}?ledger=${encodeURIComponent(run.ledger)}` });
  },
);
