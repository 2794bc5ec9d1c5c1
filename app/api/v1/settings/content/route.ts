import { route } from '@/lib/auth/route';
import { ContentSettingsAnswer, ContentSettingsBody } from '@/lib/schema/words';
import { changeContentSettings, viewContentSettings } from '@/lib/words/content-settings';

export const dynamic = 'force-dynamic';

export const GET = route({ permission: 'content.manage', answer: ContentSettingsAnswer, sessionOnly: true }, ({ viewer, query }) =>
  viewContentSettings(viewer, query.get('ledger')),
);

export const PATCH = route(
  { permission: 'content.manage', body: ContentSettingsBody, answer: ContentSettingsAnswer, sessionOnly: true },
  ({ viewer, body, query }) => changeContentSettings(viewer, query.get('ledger'), body),
);
