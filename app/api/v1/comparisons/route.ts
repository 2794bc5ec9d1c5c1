import { route } from '@/lib/auth/route';
import { ComparisonAnswer } from '@/lib/schema/answers';
import { COMPARISON_BODY_BYTES, ComparisonBody } from '@/lib/schema/comparison';
import { compareHistory } from '@/lib/verification/compare-history';

export const dynamic = 'force-dynamic';

export const POST = route(
  { permission: 'integrity.run', body: ComparisonBody, bodyLimit: COMPARISON_BODY_BYTES, answer: ComparisonAnswer },
  ({ viewer, body, query }) => compareHistory(viewer, query.get('ledger'), body),
);
