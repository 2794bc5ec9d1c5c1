import { route } from '@/lib/auth/route';
import { revokeKey } from '@/lib/screens/manage-keys';

export const dynamic = 'force-dynamic';

export const POST = route({ permission: 'keys.manage', sessionOnly: true }, async ({ viewer, params }) => ({
  key: await revokeKey(viewer, params.id!),
}));
