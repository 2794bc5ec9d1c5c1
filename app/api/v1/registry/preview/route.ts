import { route } from '@/lib/auth/route';
import { PreviewAnswer, PreviewRegistryBody, REGISTRY_LIMITS } from '@/lib/schema/registry';
import { previewChange } from '@/lib/screens/change-registry';

export const dynamic = 'force-dynamic';

export const POST = route(
  {
    permission: 'registry.manage',
    body: PreviewRegistryBody,
    bodyLimit: 2 * REGISTRY_LIMITS.bytes,
    answer: PreviewAnswer,
    sessionOnly: true,
  },
  ({ viewer, body, query }) => previewChange(viewer, query.get('ledger'), body.entries),
);
