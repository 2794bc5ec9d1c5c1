import { Answer, route } from '@/lib/auth/route';
import { SaveViewBody } from '@/lib/schema/settings';
import { saveView } from '@/lib/screens/manage-views';

export const dynamic = 'force-dynamic';

export const POST = route(
  { permission: 'account.manage', sessionOnly: true, body: SaveViewBody },
  async ({ viewer, body }) => new Answer(201, await saveView(viewer, body)),
);
