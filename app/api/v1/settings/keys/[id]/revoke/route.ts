import { route } from '@/lib/auth/route';
import { revokeKey } from '@/lib/screens/manage-keys';

export const dynamic = 'force-dynamic';

export const POST = route({ permission: 'keys.manage', sessionOnly: true }, ({ viewer, params }) => revokeKey(viewer, params.id!));
