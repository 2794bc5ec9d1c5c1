import { route } from '@/lib/auth/route';
import { AccountBody } from '@/lib/schema/settings';
import { changeAccount } from '@/lib/screens/manage-account';

export const dynamic = 'force-dynamic';

export const PATCH = route({ permission: 'account.manage', sessionOnly: true, body: AccountBody }, ({ viewer, body }) =>
  changeAccount(viewer, body),
);
