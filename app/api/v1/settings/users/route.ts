import { ownAddress } from '@/lib/auth/check-origin';
import { Answer, route } from '@/lib/auth/route';
import { InviteBody } from '@/lib/schema/settings';
import { listUsersOf } from '@/lib/screens/list-users';
import { inviteUser } from '@/lib/screens/manage-users';

export const dynamic = 'force-dynamic';

export const GET = route({ permission: 'settings.read', sessionOnly: true }, ({ viewer, query }) =>
  listUsersOf(viewer, query.get('ledger')),
);

export const POST = route({ permission: 'users.manage', sessionOnly: true, body: InviteBody }, async ({ viewer, body, query, request }) => {
  const { user, link } = await inviteUser(viewer, query.get('ledger') ?? body.roles[0]?.ledger, body);
  return new Answer(201, { user, link: ownAddress(request.headers) + link });
});
