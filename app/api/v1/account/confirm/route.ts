import { route } from '@/lib/auth/route';
import { ConfirmBody } from '@/lib/schema/settings';
import { confirmationWays, confirmPassword } from '@/lib/screens/manage-account';

export const dynamic = 'force-dynamic';

export const GET = route({ permission: 'account.manage', sessionOnly: true }, ({ viewer }) => confirmationWays(viewer));

export const POST = route({ permission: 'account.manage', sessionOnly: true, body: ConfirmBody }, ({ viewer, body }) =>
  confirmPassword(viewer, body),
);
