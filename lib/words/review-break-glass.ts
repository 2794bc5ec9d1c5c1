import 'server-only';
import { auditedChange } from '@/lib/access-log/audited-change';
import { auditedRead } from '@/lib/access-log/audited-read';
import { chooseLedger } from '@/lib/access-log/choose-ledger';
import type { Viewer } from '@/lib/auth/viewer';
import { prisma } from '@/lib/db';
import { accessLedger, type LedgerRow } from '@/lib/ledger/find-ledger';
import { findBreakGlass, listBreakGlass } from '@/lib/ledger/read-break-glass';
import { RefusalError } from '@/lib/schema/errors';
import { isUuid } from '@/lib/schema/uuid';
import type { BreakGlassDto, Review } from '@/lib/schema/words';

const SCREEN = '/api/v1/break-glass';

/** What nobody has reviewed, the oldest of it on top, then the newest reviews: what a compliance officer has to see to. @throws RefusalError as auditedRead */
export async function readBreakGlass(viewer: Viewer, asked: string | null): Promise<{ rows: BreakGlassDto[]; unreviewed: number }> {
  const what = { action: 'screen_viewed' as const, screen: SCREEN };
  return auditedRead(viewer, await chooseLedger(viewer, asked), 'break_glass.review', what, ({ ledger }) =>
    listBreakGlass(prisma(), ledger),
  );
}

/**
 * Signs one off, once; what was still open under it ends with that, and so does its alarm.
 * @throws RefusalError not_found; conflict where it was reviewed before; second_person_required for whoever opened it, and for an account that
 * the opener has made, given a role or sent a password link a day before or later; and as auditedChange
 */
export async function reviewBreakGlass(viewer: Viewer, asked: string | null, id: string, review: Review): Promise<BreakGlassDto> {
  const slug = await chooseLedger(viewer, asked);
  const record = (opened: { conversation_id: string; opened_by: string }) => ({
    action: 'break_glass_reviewed' as const,
    screen: `${SCREEN}/{id}/review`,
    resource: { type: 'conversation', id: opened.conversation_id },
    details: { break_glass: id, opened_by: opened.opened_by, outcome: review.outcome, note: review.note },
  });
  const access = await accessLedger();
  const { ledger } = await auditedChange<{ ledger: LedgerRow; conversation_id: string; opened_by: string }>(
    viewer,
    slug,
    'break_glass.review',
    record,
    async (tx, { ledger }) => {
      const [opened] = isUuid(id)
        ? await tx.$queryRaw<{ conversation_id: string; opened_by: string; user_id: string; opened_at: Date; reviewed_at: Date | null }[]>`
            SELECT conversation_id, opened_by, user_id, opened_at, reviewed_at FROM break_glass WHERE id = ${id}::uuid AND ledger_id = ${ledger.id} FOR UPDATE`
        : [];
      if (opened === undefined) throw new RefusalError('not_found', 'There is no such use of break-glass in this ledger.');
      if (opened.reviewed_at !== null) throw new RefusalError('conflict', 'This was reviewed already.');
      if (opened.user_id === viewer.person.id) throw new RefusalError('second_person_required');
      const by = viewer.person.email;
      // An administrator makes accounts: one of their own making is no second person. Not for ever, or a house with one administrator had none.
      const [made] = await tx.$queryRaw<unknown[]>`
        SELECT 1 FROM records WHERE ledger_id = ${access.id} AND resource_type = 'user' AND resource_id = ${by} AND action = 'user_changed'
           AND actor_id = ${opened.opened_by} AND occurred_at >= ${opened.opened_at}::timestamptz - interval '1 day' LIMIT 1`;
      if (made !== undefined)
        throw new RefusalError(
          'second_person_required',
          'Whoever opened this has changed your account since the day before; somebody else has to review it.',
        );
      await tx.$executeRaw`
        UPDATE break_glass SET reviewed_at = clock_timestamp(), reviewed_by = ${by}, reviewer_id = ${viewer.person.id}::uuid,
               outcome = ${review.outcome}, review_note = ${review.note} WHERE id = ${id}::uuid`;
      await tx.$executeRaw`
        UPDATE alarms SET ended_at = clock_timestamp(), ended_by = ${by}, reason = ${`Reviewed: ${review.outcome.replaceAll('_', ' ')}`}
         WHERE ledger_id = ${ledger.id} AND kind = 'break_glass' AND subject = ${id.toLowerCase()} AND ended_at IS NULL`;
      return { ledger, conversation_id: opened.conversation_id, opened_by: opened.opened_by };
    },
  );
  return (await findBreakGlass(prisma(), ledger, id))!;
}
