import { route } from '@/lib/auth/route';
import { previewPolicies } from '@/lib/retention/change-policies';
import { PoliciesPreviewAnswer, PoliciesPreviewBody } from '@/lib/schema/retention';

export const dynamic = 'force-dynamic';

export const POST = route(
  { permission: 'retention.manage', body: PoliciesPreviewBody, answer: PoliciesPreviewAnswer, sessionOnly: true },
  ({ viewer, body, query }) => previewPolicies(viewer, query.get('ledger'), body),
);
