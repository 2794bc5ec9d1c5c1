import { ownAddress } from '@/lib/auth/check-origin';
import { Answer, route } from '@/lib/auth/route';
import { makeUserLink } from '@/lib/screens/manage-users';

export const dynamic = 'force-dynamic';

export const POST = route({ permission: 'users.manage', sessionOnly: true }, async ({ viewer, params, query, request }) => {
  const { link } = await makeUserLink(viewer, query.get('ledger'), params.id!);
  return new Answer(201, { link: ownAddress(request.headers) + link });
});
