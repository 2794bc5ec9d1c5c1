import 'server-only';
import { auditedChange } from '@/lib/access-log/audited-change';
import { auditedRead } from '@/lib/access-log/audited-read';
import { chooseLedger } from '@/lib/access-log/choose-ledger';
import { requireConfirmed } from '@/lib/auth/require-confirmed';
import type { Viewer } from '@/lib/auth/viewer';
import { prisma } from '@/lib/db';
import { findHold, listHolds } from '@/lib/ledger/read-holds';
import { RefusalError } from '@/lib/schema/errors';
import { isUuid } from '@/lib/schema/uuid';
import type { HoldDto, HoldWish } from '@/lib/schema/words';
import { lockShredding } from './request-shredding';

const SCREEN = '/api/v1/holds';

/** @throws RefusalError as auditedRead */
export async function readHolds(viewer: Viewer, asked: string | null): Promise<{ rows: HoldDto[] }> {
  const what = { action: 'screen_viewed' as const, screen: SCREEN };
  return auditedRead(viewer, await chooseLedger(viewer, asked), 'records.read', what, async ({ ledger }) => ({
    rows: await listHolds(prisma(), ledger.id),
  }));
}

/**
 * A hold stands once this returns: what was not shredded before it is not shredded while it stands. It may be on what is not there yet.
 * @throws RefusalError as auditedChange
 */
export async function placeHold(viewer: Viewer, asked: string | null, wish: HoldWish): Promise<HoldDto> {
  const record = ({ id }: HoldDto) => ({
    action: 'hold_placed' as const,
    screen: SCREEN,
    resource: { type: wish.scope.kind, id: wish.scope.value },
    ...(wish.scope.kind === 'subject' && { subjectId: wish.scope.value }),
    details: { hold: id, matter: wish.matter, reason: wish.reason },
  });
  return auditedChange<HoldDto>(viewer, await chooseLedger(viewer, asked), 'holds.manage', record, async (tx, { ledger }) => {
    await lockShredding(tx, ledger.id);
    const [made] = await tx.$queryRaw<{ id: string }[]>`
      INSERT INTO legal_holds (ledger_id, matter, scope_kind, scope_value, reason, placed_by)
      VALUES (${ledger.id}, ${wish.matter}, ${wish.scope.kind}, ${wish.scope.value}, ${wish.reason}, ${viewer.person.email}) RETURNING id`;
    return (await findHold(tx, ledger.id, made!.id))!;
  });
}

/** Nothing is destroyed by it: what may go now is asked for anew. @throws RefusalError reauthentication_required; not_found; conflict; and as auditedChange */
export async function releaseHold(viewer: Viewer, asked: string | null, id: string, reason: string): Promise<HoldDto> {
  const record = (hold: HoldDto) => ({
    action: 'hold_released' as const,
    screen: `${SCREEN}/{id}/release`,
    resource: { type: hold.scope.kind, id: hold.scope.value },
    ...(hold.scope.kind === 'subject' && { subjectId: hold.scope.value }),
    details: { hold: id, matter: hold.matter, reason },
  });
  return auditedChange<HoldDto>(viewer, await chooseLedger(viewer, asked), 'holds.manage', record, async (tx, { ledger }) => {
    requireConfirmed(viewer);
    const released = isUuid(id)
      ? await tx.$executeRaw`
          UPDATE legal_holds SET released_at = clock_timestamp(), released_by = ${viewer.person.email}, release_reason = ${reason}
           WHERE id = ${id}::uuid AND ledger_id = ${ledger.id} AND released_at IS NULL`
      : 0;
    const hold = await findHold(tx, ledger.id, id);
    if (hold === null) throw new RefusalError('not_found', 'There is no such hold in this ledger.');
    if (released === 0) throw new RefusalError('conflict', 'This hold was released already.');
    return hold;
  });
}
