import 'server-only';
import type { AccessWhat } from '@/lib/access-log/access-entry';
import { auditedChange } from '@/lib/access-log/audited-change';
import { auditedRead } from '@/lib/access-log/audited-read';
import { chooseLedger } from '@/lib/access-log/choose-ledger';
import { requireConfirmed } from '@/lib/auth/require-confirmed';
import type { Viewer } from '@/lib/auth/viewer';
import { prisma } from '@/lib/db';
import { boundedRead, type Tx } from '@/lib/ledger/bounded-read';
import { accessLedger } from '@/lib/ledger/find-ledger';
import { readHeld } from '@/lib/ledger/read-held';
import { readHoldDetail } from '@/lib/ledger/read-hold-detail';
import { findHold, lockHolds, pageHolds } from '@/lib/ledger/read-holds';
import { RefusalError } from '@/lib/schema/errors';
import { PageCursor, readFilter } from '@/lib/schema/filters';
import { type Held, type HoldDetail, type HoldDto, HoldFilter, type HoldPage, type HoldScope, type HoldWish } from '@/lib/schema/holds';
import { isUuid } from '@/lib/schema/uuid';

const SCREEN = '/api/v1/holds';

/** A page of holds. @throws RefusalError format, with the member's name as pointer; and as auditedRead */
export async function readHolds(viewer: Viewer, asked: string | null, query = new URLSearchParams()): Promise<HoldPage> {
  const filter = readFilter(HoldFilter, query);
  if (!filter.ok) throw new RefusalError('format', `The filter "${filter.member}" has a value that it cannot have.`, `/${filter.member}`);
  const cursor = readFilter(PageCursor, query);
  if (!cursor.ok) throw new RefusalError('format', `The cursor "${cursor.member}" is not one of this list.`, `/${cursor.member}`);
  const filtered = Object.keys(filter.value).length > 0;
  const what = {
    action: filtered ? ('search_run' as const) : ('screen_viewed' as const),
    screen: SCREEN,
    details: filtered ? { filters: filter.value } : {},
  };
  return auditedRead(viewer, await chooseLedger(viewer, asked), 'records.read', what, ({ ledger }) =>
    pageHolds(prisma(), ledger.id, filter.value, cursor.value),
  );
}

/** A hold with what it reaches now. @throws RefusalError not_found; and as auditedRead */
export async function viewHold(viewer: Viewer, asked: string | null, id: string): Promise<HoldDetail> {
  const what = { action: 'screen_viewed' as const, screen: `${SCREEN}/{id}`, resource: { type: 'hold', id } };
  return auditedRead(viewer, await chooseLedger(viewer, asked), 'records.read', what, async ({ ledger }) => {
    const hold = await findHold(prisma(), ledger.id, id);
    if (hold === null) throw new RefusalError('not_found', 'There is no such hold in this ledger.');
    const access = await accessLedger();
    return boundedRead((tx) => readHoldDetail(tx, ledger, access, hold));
  });
}

/** What a hold of that scope would reach: nothing is placed. @throws RefusalError as auditedRead */
export async function previewHold(viewer: Viewer, asked: string | null, scope: HoldScope): Promise<Held> {
  const what = { action: 'screen_viewed' as const, screen: `${SCREEN}/preview`, ...aboutScope(dtoScope(scope)) };
  return auditedRead(viewer, await chooseLedger(viewer, asked), 'hold.place', what, ({ ledger }) =>
    boundedRead((tx) => readHeld(tx, ledger, scope)),
  );
}

/**
 * A hold stands once this returns: what was not pruned, destroyed or shredded before it is not while it stands. It may be on what is not there yet.
 * @throws RefusalError as auditedChange
 */
export async function placeHold(viewer: Viewer, asked: string | null, wish: HoldWish): Promise<HoldDto> {
  const { scope, matter, reason } = wish;
  const custodian = wish.custodian || null;
  const record = (hold: HoldDto) => ({
    action: 'hold_placed' as const,
    screen: SCREEN,
    ...aboutScope(hold.scope),
    details: { hold: hold.id, number: hold.number, matter, scope, reason, ...(custodian !== null && { custodian }) },
  });
  return auditedChange<HoldDto>(viewer, await chooseLedger(viewer, asked), 'hold.place', record, async (tx, { ledger }) => {
    await lockHolds(tx, ledger.id);
    const value = scope.kind === 'time' ? '' : scope.value;
    const type = scope.kind === 'resource' ? scope.type : null;
    const [from, to] = scope.kind === 'time' ? [scope.from, scope.to] : [null, null];
    const [made] = await tx.$queryRaw<{ id: string }[]>`
      INSERT INTO legal_holds (ledger_id, matter, scope_kind, scope_value, scope_type, scope_from, scope_to, custodian, reason, placed_by, placed_by_id)
      VALUES (${ledger.id}, ${matter}, ${scope.kind}, ${value}, ${type}, ${from}::date, ${to}::date, ${custodian}, ${reason}, ${viewer.person.email},
              ${viewer.person.id}::uuid) RETURNING id`;
    return (await findHold(tx, ledger.id, made!.id))!;
  });
}

/** The first of two steps: the hold stands until another person confirms. @throws RefusalError not_found; conflict; and as auditedChange */
export function askRelease(viewer: Viewer, asked: string | null, id: string, reason: string): Promise<HoldDto> {
  return changeHold(viewer, asked, id, 'hold_release_requested', '/release', { reason }, async (tx, hold) => {
    if (hold.release_asked !== null) throw new RefusalError('conflict', `${hold.release_asked.by} has asked for that already.`);
    await tx.$executeRaw`
      UPDATE legal_holds SET release_asked_by = ${viewer.person.email}, release_asked_by_id = ${viewer.person.id}::uuid, release_asked_at = clock_timestamp(),
             release_asked_reason = ${reason} WHERE id = ${hold.id}::uuid`;
  });
}

/**
 * The second step, by another person than the one who asked. Nothing is destroyed by it: what may go now is decided anew.
 * @throws RefusalError reauthentication_required; second_person_required; not_found; conflict; and as auditedChange
 */
export function confirmRelease(viewer: Viewer, asked: string | null, id: string): Promise<HoldDto> {
  return changeHold(viewer, asked, id, 'hold_released', '/release/confirm', {}, async (tx, hold) => {
    requireConfirmed(viewer);
    if (hold.release_asked === null) throw new RefusalError('conflict', 'Nobody has asked for the release of this hold.');
    const released = await tx.$executeRaw`
      UPDATE legal_holds SET released_at = clock_timestamp(), released_by = ${viewer.person.email}, released_by_id = ${viewer.person.id}::uuid,
             release_reason = release_asked_reason WHERE id = ${hold.id}::uuid AND release_asked_by_id <> ${viewer.person.id}::uuid`;
    if (released === 0) throw new RefusalError('second_person_required', 'Whoever asked for the release of a hold cannot confirm it.');
  });
}

/** Takes the request away, by whoever made it or somebody else; the hold stands on. @throws RefusalError not_found; conflict; and as auditedChange */
export function declineRelease(viewer: Viewer, asked: string | null, id: string, reason: string): Promise<HoldDto> {
  return changeHold(viewer, asked, id, 'hold_release_declined', '/release/decline', { reason }, async (tx, hold) => {
    if (hold.release_asked === null) throw new RefusalError('conflict', 'Nobody has asked for the release of this hold.');
    await tx.$executeRaw`
      UPDATE legal_holds SET release_asked_by = NULL, release_asked_by_id = NULL, release_asked_at = NULL, release_asked_reason = NULL
       WHERE id = ${hold.id}::uuid`;
  });
}

async function changeHold(
  viewer: Viewer,
  asked: string | null,
  id: string,
  action: 'hold_release_requested' | 'hold_released' | 'hold_release_declined',
  step: string,
  details: Record<string, unknown>,
  change: (tx: Tx, hold: HoldDto) => Promise<void>,
): Promise<HoldDto> {
  const record = ({ before, after }: { before: HoldDto; after: HoldDto }): AccessWhat => ({
    action,
    screen: `${SCREEN}/{id}${step}`,
    ...aboutScope(after.scope),
    details: {
      hold: after.id,
      number: after.number,
      matter: after.matter,
      ...details,
      ...(before.release_asked !== null && {
        asked_by: before.release_asked.by,
        asked_at: before.release_asked.at,
        asked_reason: before.release_asked.reason,
      }),
    },
  });
  const { after } = await auditedChange<{ before: HoldDto; after: HoldDto }>(
    viewer,
    await chooseLedger(viewer, asked),
    'hold.release',
    record,
    async (tx, { ledger }) => {
      await lockHolds(tx, ledger.id);
      const before = isUuid(id) ? await findHold(tx, ledger.id, id) : null;
      if (before === null) throw new RefusalError('not_found', 'There is no such hold in this ledger.');
      if (before.released_at !== null) throw new RefusalError('conflict', 'This hold was released already.');
      await change(tx, before);
      return { before, after: (await findHold(tx, ledger.id, id))! };
    },
  );
  return after;
}

function dtoScope(scope: HoldScope): HoldDto['scope'] {
  return scope.kind === 'time' ? { ...scope, value: `${scope.from}/${scope.to}` } : scope;
}

/** The entry names what the hold is on as the lists of the access ledger are filtered by it. */
function aboutScope({ kind, value, type }: HoldDto['scope']): Pick<AccessWhat, 'resource' | 'subjectId'> {
  return { resource: { type: type ?? kind, id: value }, ...(kind === 'subject' && { subjectId: value }) };
}
