import { route } from '@/lib/auth/route';
import { ChangeUserBody } from '@/lib/schema/settings';
import { changeUser } from '@/lib/screens/manage-users';

export const dynamic = 'force-dynamic';

export const PATCH = route({ permission: 'users.manage', sessionOnly: true, body: ChangeUserBody }, ({ viewer, body, params, query }) =>
  changeUser(viewer, query.get('ledger'), params.id!, body),
);
