import 'server-only';
import { actorOf } from '@/lib/access-log/access-entry';
import { appendAccess } from '@/lib/access-log/append-access';
import { auditedChange } from '@/lib/access-log/audited-change';
import { auditedRead } from '@/lib/access-log/audited-read';
import { chooseLedger } from '@/lib/access-log/choose-ledger';
import { findRole } from '@/lib/access-log/find-role';
import { raiseAlarmWithin } from '@/lib/alarms/raise-alarm';
import { requireConfirmed } from '@/lib/auth/require-confirmed';
import type { Viewer } from '@/lib/auth/viewer';
import { prisma } from '@/lib/db';
import { findLedger, type LedgerRow } from '@/lib/ledger/find-ledger';
import { findBreakGlass, findOpenBreakGlass, listOwnBreakGlass } from '@/lib/ledger/read-break-glass';
import { isRefusal, RefusalError } from '@/lib/schema/errors';
import { BREAK_GLASS_MINUTES, type BreakGlassDto, type BreakGlassWish } from '@/lib/schema/words';

const SCREEN = '/api/v1/break-glass';

/**
 * Opens the words of one conversation to the person for half an hour. The access record, the alarm and what a compliance officer has to review are one
 * transaction: none of them is there without the others.
 * @throws RefusalError reauthentication_required; not_found; conflict while one is open; and as auditedChange
 */
export async function openBreakGlass(viewer: Viewer, asked: string | null, wish: BreakGlassWish): Promise<BreakGlassDto> {
  const slug = await chooseLedger(viewer, asked);
  const record = ({ id, until }: { id: string; until: Date }) => ({
    action: 'break_glass_opened' as const,
    screen: SCREEN,
    resource: { type: 'conversation', id: wish.conversation_id },
    purpose: wish.reason,
    details: { break_glass: id, note: wish.note, until },
  });
  const opened = auditedChange<{ id: string; until: Date; ledger: LedgerRow }>(
    viewer,
    slug,
    'break_glass.use',
    record,
    async (tx, { ledger }) => {
      requireConfirmed(viewer);
      const conversation = { ledger_id: ledger.id, conversation_id: wish.conversation_id };
      if ((await tx.conversation.count({ where: conversation })) === 0)
        throw new RefusalError('not_found', 'There is no such conversation in this ledger.', '/conversation_id');
      // Two requests of the same person come one after the other here.
      await tx.$queryRaw`SELECT 1 AS one FROM users WHERE id = ${viewer.person.id}::uuid FOR UPDATE`;
      if ((await findOpenBreakGlass(tx, ledger, viewer.person.id, wish.conversation_id)) !== null)
        throw new RefusalError('conflict', 'This conversation is open to you already.');
      const [made] = await tx.$queryRaw<{ id: string; expires_at: Date }[]>`
        INSERT INTO break_glass (ledger_id, conversation_id, user_id, opened_by, reason, note, opened_at, expires_at)
        SELECT ${ledger.id}, ${wish.conversation_id}, ${viewer.person.id}::uuid, ${viewer.person.email}, ${wish.reason}, ${wish.note}, at,
               at + ${BREAK_GLASS_MINUTES} * interval '1 minute' FROM clock_timestamp() AS at
        RETURNING id, expires_at`;
      const { id, expires_at: until } = made!;
      // Told outside by mail and webhook: neither the conversation nor the note, which may be about a patient.
      const say = `${viewer.person.email} opened the words of one conversation in an emergency (${wish.reason.replaceAll('_', ' ')}). A compliance officer has to review it.`;
      await raiseAlarmWithin(tx, ledger.id, 'break_glass', id, {
        say,
        by: viewer.person.email,
        reason: wish.reason,
        until: until.toISOString(),
      });
      return { id, until, ledger };
    },
  );
  const { id, ledger } = await opened.catch(async (error: unknown) => {
    await recordGuess(viewer, slug, wish, error);
    throw error;
  });
  return (await findBreakGlass(prisma(), ledger, id))!;
}

/**
 * That somebody named a conversation which is not there: whoever may not look for conversations does not find out by naming them either, unless each
 * try can be read. @throws RefusalError audit_unavailable: then they are not told whether it is there
 */
async function recordGuess(viewer: Viewer, slug: string, wish: BreakGlassWish, error: unknown): Promise<void> {
  if (!isRefusal(error) || error.code !== 'not_found' || error.pointer !== '/conversation_id') return;
  const ledger = await findLedger(slug);
  const role = ledger === null ? null : await findRole(viewer, ledger);
  await appendAccess(actorOf(viewer, role), slug, {
    action: 'break_glass_opened',
    screen: SCREEN,
    resource: { type: 'conversation', id: wish.conversation_id },
    purpose: wish.reason,
    outcome: 'failure',
    details: { note: wish.note, why: 'no such conversation' },
  });
}

/** What the person themselves opened and can still use, newest first. */
export async function readOwnBreakGlass(viewer: Viewer, asked: string | null): Promise<{ rows: BreakGlassDto[] }> {
  const what = { action: 'screen_viewed' as const, screen: `${SCREEN}/own` };
  return auditedRead(viewer, await chooseLedger(viewer, asked), 'break_glass.use', what, async ({ ledger }) => ({
    rows: await listOwnBreakGlass(prisma(), ledger, viewer.person.id),
  }));
}
