import { Answer, route } from '@/lib/auth/route';
import { IssueKeyBody } from '@/lib/schema/settings';
import { listKeysOf } from '@/lib/screens/list-keys';
import { issueKey } from '@/lib/screens/manage-keys';

export const dynamic = 'force-dynamic';

export const GET = route({ permission: 'settings.read', sessionOnly: true }, ({ viewer, query }) =>
  listKeysOf(viewer, query.get('ledger')),
);

export const POST = route({ permission: 'keys.manage', sessionOnly: true, body: IssueKeyBody }, async ({ viewer, body, query }) => {
  const { ledger, ...wish } = body;
  return new Answer(201, await issueKey(viewer, ledger ?? query.get('ledger'), wish));
});
