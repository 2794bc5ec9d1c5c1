import { route } from '@/lib/auth/route';
import { VerificationAnswer } from '@/lib/schema/answers';
import { viewVerification } from '@/lib/verification/view-verification';

export const dynamic = 'force-dynamic';

export const GET = route({ permission: 'integrity.read', answer: VerificationAnswer, background: true }, ({ viewer, params, query }) =>
  viewVerification(viewer, query.get('ledger'), params.id),
);
