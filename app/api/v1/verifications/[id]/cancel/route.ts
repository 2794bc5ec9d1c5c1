import { route } from '@/lib/auth/route';
import { VerificationAnswer } from '@/lib/schema/answers';
import { cancelVerification } from '@/lib/verification/cancel-verification';

export const dynamic = 'force-dynamic';

export const POST = route({ permission: 'integrity.run', answer: VerificationAnswer }, ({ viewer, params, query }) =>
  cancelVerification(viewer, query.get('ledger'), params.id),
);
