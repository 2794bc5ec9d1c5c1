import { Answer, route } from '@/lib/auth/route';
import { endSession } from '@/lib/screens/manage-account';

export const dynamic = 'force-dynamic';

export const POST = route({ permission: 'account.manage', sessionOnly: true }, async ({ viewer, params }) => {
  await endSession(viewer, params.id!);
  return new Answer(200, { revoked: true });
});
