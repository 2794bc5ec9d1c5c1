import 'server-only';
import { randomBytes } from 'node:crypto';
import { auditedChange } from '@/lib/access-log/audited-change';
import { chooseLedger } from '@/lib/access-log/choose-ledger';
import { requireConfirmed } from '@/lib/auth/require-confirmed';
import type { Viewer } from '@/lib/auth/viewer';
import type { Tx } from '@/lib/ledger/bounded-read';
import type { ProofSettingsDto } from '@/lib/schema/proofs';
import type { ProofSettingsChange } from '@/lib/schema/settings';

const SCREEN = '/settings/proofs';

export interface ChangedSettings {
  settings: ProofSettingsDto;
  /** With which posts to a new webhook are signed (Standard Webhooks): told now and never again; null where the webhook is the one that it was. */
  alarm_webhook_secret: string | null;
}

/** What changed stands in the access ledger with what it was before. @throws RefusalError as auditedChange; reauthentication_required */
export async function changeProofSettings(viewer: Viewer, asked: string | null, wish: ProofSettingsChange): Promise<ChangedSettings> {
  const slug = await chooseLedger(viewer, asked);
  const record = ({ before, settings }: { before: ProofSettingsDto } & ChangedSettings) => ({
    action: 'settings_changed' as const,
    screen: SCREEN,
    resource: { type: 'proof_settings', id: slug },
    details: changesBetween(before, settings),
  });
  const { before: _, ...changed } = await auditedChange(viewer, slug, 'proofs.manage', record, async (tx, { ledger }) => {
    requireConfirmed(viewer);
    const before = await lockSettings(tx, ledger.id);
    const settings: ProofSettingsDto = { ...before, ...wish };
    const isNew = settings.alarm_webhook !== null && settings.alarm_webhook !== before.alarm_webhook;
    const secret = isNew ? `whsec_${randomBytes(24).toString('base64')}` : null;
    const { verify_whole_at, ...rest } = settings;
    await tx.proofSettings.update({
      where: { ledger_id: ledger.id },
      data: {
        ...rest,
        verify_whole_at: new Date(`1970-01-01T${verify_whole_at}:00Z`),
        updated_at: new Date(),
        updated_by: viewer.person.email,
        ...(isNew || settings.alarm_webhook === null ? { alarm_webhook_secret: secret } : {}),
      },
    });
    return { before, settings, alarm_webhook_secret: secret };
  });
  return changed;
}

/** Two people at once change one after the other, each on what the other left. */
async function lockSettings(tx: Tx, ledgerId: number): Promise<ProofSettingsDto> {
  await tx.$executeRaw`INSERT INTO proof_settings (ledger_id) VALUES (${ledgerId}) ON CONFLICT DO NOTHING`;
  const [row] = await tx.$queryRaw<ProofSettingsDto[]>`
    SELECT tlog_public, witness_quorum, verify_every_minutes, to_char(verify_whole_at, 'HH24:MI') AS verify_whole_at, anchor_alarm_minutes, alarm_webhook, alarm_emails
      FROM proof_settings WHERE ledger_id = ${ledgerId} FOR UPDATE`;
  return row;
}

/** By name: what it was and what it is. */
function changesBetween(before: ProofSettingsDto, after: ProofSettingsDto): Record<string, unknown> {
  const names = Object.keys(after) as (keyof ProofSettingsDto)[];
  const changed = names.filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]));
  const pick = (from: ProofSettingsDto) => Object.fromEntries(changed.map((name) => [name, from[name]]));
  return { before: pick(before), after: pick(after) };
}
