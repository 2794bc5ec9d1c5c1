import { route } from '@/lib/auth/route';
import { deleteView } from '@/lib/screens/manage-views';

export const dynamic = 'force-dynamic';

export const DELETE = route({ permission: 'account.manage', sessionOnly: true }, ({ viewer, params }) => deleteView(viewer, params.id));
