import 'server-only';
import { auditedChange } from '@/lib/access-log/audited-change';
import { auditedRead } from '@/lib/access-log/audited-read';
import { chooseLedger } from '@/lib/access-log/choose-ledger';
import type { Viewer } from '@/lib/auth/viewer';
import { findAlarm, recentAlarms } from '@/lib/ledger/read-proof-line';
import { RefusalError } from '@/lib/schema/errors';
import type { AlarmDto } from '@/lib/schema/proofs';

/** Open and ended alarms of a ledger, newest first, at most 50. */
export async function readAlarms(viewer: Viewer, asked: string | null): Promise<{ rows: AlarmDto[] }> {
  const what = { action: 'screen_viewed' as const, screen: '/api/v1/alarms' };
  return auditedRead(viewer, await chooseLedger(viewer, asked), 'integrity.read', what, async ({ ledger }) => ({
    rows: await recentAlarms(ledger.id),
  }));
}

/**
 * A compliance officer has looked at an alarm and says why it is settled. It is raised again if its cause is found again; a new incarnation is, from then
 * on, told by verifications as a note.
 * @throws RefusalError not_found; conflict where it has ended already; review_required for break-glass; and as auditedChange
 */
export async function settleAlarm(viewer: Viewer, asked: string | null, id: string, reason: string): Promise<AlarmDto> {
  const slug = await chooseLedger(viewer, asked);
  const record = (alarm: { kind: string; subject: string }) => ({
    action: 'alarm_settled' as const,
    screen: '/api/v1/alarms/{id}/settle',
    resource: { type: 'alarm', id },
    details: { kind: alarm.kind, ...(alarm.subject === '' ? {} : { subject: alarm.subject }), reason },
  });
  const { ledgerId } = await auditedChange(viewer, slug, 'alarms.settle', record, async (tx, { ledger }) => {
    const known = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id);
    const [alarm] = known
      ? await tx.$queryRaw<{ kind: string; subject: string; ended_at: Date | null }[]>`
          SELECT kind, subject, ended_at FROM alarms WHERE id = ${id}::uuid AND ledger_id = ${ledger.id} FOR UPDATE`
      : [];
    if (alarm === undefined) throw new RefusalError('not_found', 'There is no such alarm of this ledger.');
    if (alarm.ended_at !== null) throw new RefusalError('conflict', 'This alarm has ended already.');
    // Signing it off says what was found, and whoever did it may not.
    if (alarm.kind === 'break_glass') throw new RefusalError('review_required', 'This alarm ends when the use of break-glass is reviewed.');
    await tx.$executeRaw`
      UPDATE alarms SET ended_at = clock_timestamp(), ended_by = ${viewer.person.email || viewer.person.name}, reason = ${reason} WHERE id = ${id}::uuid`;
    return { ...alarm, ledgerId: ledger.id };
  });
  return (await findAlarm(ledgerId, id))!;
}
