import 'server-only';
import { auditedChange } from '@/lib/access-log/audited-change';
import { auditedRead } from '@/lib/access-log/audited-read';
import { chooseLedger } from '@/lib/access-log/choose-ledger';
import { requireConfirmed } from '@/lib/auth/require-confirmed';
import type { Viewer } from '@/lib/auth/viewer';
import { prisma } from '@/lib/db';
import { readContentSettings } from '@/lib/ledger/read-content-settings';
import { RefusalError } from '@/lib/schema/errors';
import type { ContentSettings, ContentSettingsChange } from '@/lib/schema/words';

const SCREEN = '/settings/content';

/** @throws RefusalError as auditedRead */
export async function viewContentSettings(viewer: Viewer, asked: string | null): Promise<ContentSettings> {
  const what = { action: 'screen_viewed' as const, screen: SCREEN };
  return auditedRead(viewer, await chooseLedger(viewer, asked), 'content.manage', what, ({ ledger }) =>
    readContentSettings(prisma(), ledger.id),
  );
}

/**
 * What changed stands in the access ledger with what it was before. Nobody changes what they have not seen: the version is named.
 * @throws RefusalError reauthentication_required; conflict where somebody else changed them meanwhile; and as auditedChange
 */
export async function changeContentSettings(viewer: Viewer, asked: string | null, wish: ContentSettingsChange): Promise<ContentSettings> {
  const slug = await chooseLedger(viewer, asked);
  const record = ({ before, after }: { before: ContentSettings; after: ContentSettings }) => ({
    action: 'policy_changed' as const,
    screen: SCREEN,
    resource: { type: 'content_settings', id: slug },
    details: { version: after.version, ...changesBetween(before, after) },
  });
  const { after } = await auditedChange<{ before: ContentSettings; after: ContentSettings }>(
    viewer,
    slug,
    'content.manage',
    record,
    async (tx, { ledger }) => {
      requireConfirmed(viewer);
      const { if_version, ...members } = wish;
      // Of two who are the first to set anything, one makes the row and the other finds it.
      const made = await tx.$executeRaw`INSERT INTO content_settings (ledger_id) VALUES (${ledger.id}) ON CONFLICT DO NOTHING`;
      const stored = await readContentSettings(tx, ledger.id, true);
      const before = made === 1 ? { ...stored, version: 0 } : stored;
      if (before.version !== if_version)
        throw new RefusalError('conflict', `These settings are at version ${before.version} by now: look at them again.`, '/if_version');
      const next = { ...before, ...members, version: before.version + 1 };
      await tx.$executeRaw`
        UPDATE content_settings SET version = ${next.version}, phi_in_details = ${next.phi_in_details}, backup_horizon_days = ${next.backup_horizon_days},
               purposes = ${JSON.stringify(next.purposes)}::jsonb, blind_index = ${next.blind_index}, changed_by = ${viewer.person.email},
               changed_at = clock_timestamp() WHERE ledger_id = ${ledger.id}`;
      return { before, after: await readContentSettings(tx, ledger.id) };
    },
  );
  return after;
}

const SET = ['phi_in_details', 'backup_horizon_days', 'purposes', 'blind_index'] as const;

/** By name: what it was and what it is. */
function changesBetween(before: ContentSettings, after: ContentSettings): Record<string, unknown> {
  const changed = SET.filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]));
  const pick = (from: ContentSettings) => Object.fromEntries(changed.map((name) => [name, from[name]]));
  return { before: pick(before), after: pick(after) };
}
