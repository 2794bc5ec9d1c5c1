import { route } from '@/lib/auth/route';
import { PasswordBody } from '@/lib/schema/settings';
import { changePassword } from '@/lib/screens/manage-account';

export const dynamic = 'force-dynamic';

export const POST = route({ permission: 'account.manage', sessionOnly: true, body: PasswordBody }, ({ viewer, body }) =>
  changePassword(viewer, body),
);
