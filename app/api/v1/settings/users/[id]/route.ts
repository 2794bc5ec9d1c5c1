import { route } from '@/lib/auth/route';
import { ChangeUserBody } from '@/lib/schema/settings';
import { changeUser } from '@/lib/screens/manage-users';

export const dynamic = 'force-dynamic';

export const PATCH = route(
  { permission: 'users.manage', sessionOnly: true, body: ChangeUserBody },
  async ({ viewer, body, params, query }) => ({
    user: await changeUser(viewer, query.get('ledger'), params.id!, body),
  }),
);
