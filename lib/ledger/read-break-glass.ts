import 'server-only';
import { isUuid } from '@/lib/schema/uuid';
import type { BreakGlassDto } from '@/lib/schema/words';
import { Prisma } from '@/prisma/generated/client';
import type { Tx } from './bounded-read';
import type { LedgerRow } from './find-ledger';

/** Most that a list shows; what waits for review is counted whole beside it. */
const UNREVIEWED_SHOWN = 200;
const REVIEWED_SHOWN = 100;
const PAST_SHOWN = 20;

type Stored = Omit<BreakGlassDto, 'ledger' | 'opened_at' | 'expires_at' | 'last_revealed_at' | 'reviewed_at'> & {
  opened_at: Date;
  expires_at: Date;
  last_revealed_at: Date | null;
  reviewed_at: Date | null;
};
const COLUMNS = Prisma.sql`id, conversation_id, opened_by, reason, note, opened_at, expires_at, reviewed_at IS NULL AND expires_at > clock_timestamp() AS open,
  reveals, last_revealed_at, reviewed_at, reviewed_by, outcome, review_note`;

/** @returns null where this ledger has none of that id */
export async function findBreakGlass(tx: Tx, ledger: LedgerRow, id: string): Promise<BreakGlassDto | null> {
  if (!isUuid(id)) return null;
  const [row] = await tx.$queryRaw<Stored[]>`SELECT ${COLUMNS} FROM break_glass WHERE id = ${id}::uuid AND ledger_id = ${ledger.id}`;
  return row === undefined ? null : toDto(row, ledger);
}

/** What is open to a person now: neither over nor reviewed. */
export async function findOpenBreakGlass(
  tx: Tx,
  ledger: LedgerRow,
  userId: string,
  conversationId: string,
): Promise<{ id: string; expires_at: Date } | null> {
  if (!isUuid(userId)) return null;
  const [row] = await tx.$queryRaw<{ id: string; expires_at: Date }[]>`
    SELECT id, expires_at FROM break_glass
     WHERE ledger_id = ${ledger.id} AND user_id = ${userId}::uuid AND conversation_id = ${conversationId} AND expires_at > clock_timestamp() AND reviewed_at IS NULL
     ORDER BY expires_at DESC LIMIT 1`;
  return row ?? null;
}

/** That something was opened under it, in the transaction that records it. @returns false where it is over by now, or was reviewed */
export async function markBreakGlassUsed(tx: Tx, id: string): Promise<boolean> {
  const used = await tx.$executeRaw`
    UPDATE break_glass SET reveals = reveals + 1, last_revealed_at = clock_timestamp()
     WHERE id = ${id}::uuid AND expires_at > clock_timestamp() AND reviewed_at IS NULL`;
  return used === 1;
}

/** Of one person, what can still be used, newest first. */
export async function listOwnBreakGlass(tx: Tx, ledger: LedgerRow, userId: string): Promise<BreakGlassDto[]> {
  const rows = await tx.$queryRaw<Stored[]>`
    SELECT ${COLUMNS} FROM break_glass
     WHERE ledger_id = ${ledger.id} AND user_id = ${userId}::uuid AND expires_at > clock_timestamp() AND reviewed_at IS NULL
     ORDER BY opened_at DESC LIMIT ${UNREVIEWED_SHOWN}`;
  return rows.map((row) => toDto(row, ledger));
}

/** Of one person, what is over, newest first, at most 20: with what the review came to, not with what the reviewer wrote for others. */
export async function listPastBreakGlass(tx: Tx, ledger: LedgerRow, userId: string): Promise<BreakGlassDto[]> {
  const rows = await tx.$queryRaw<Stored[]>`
    SELECT ${COLUMNS} FROM break_glass
     WHERE ledger_id = ${ledger.id} AND user_id = ${userId}::uuid AND (expires_at <= clock_timestamp() OR reviewed_at IS NOT NULL)
     ORDER BY opened_at DESC LIMIT ${PAST_SHOWN}`;
  return rows.map((row) => ({ ...toDto(row, ledger), review_note: null }));
}

/** What nobody has reviewed, oldest first, then the newest reviews. */
export async function listBreakGlass(tx: Tx, ledger: LedgerRow): Promise<{ rows: BreakGlassDto[]; unreviewed: number }> {
  const open = await tx.$queryRaw<Stored[]>`
    SELECT ${COLUMNS} FROM break_glass WHERE ledger_id = ${ledger.id} AND reviewed_at IS NULL ORDER BY opened_at LIMIT ${UNREVIEWED_SHOWN}`;
  const reviewed = await tx.$queryRaw<Stored[]>`
    SELECT ${COLUMNS} FROM break_glass WHERE ledger_id = ${ledger.id} AND reviewed_at IS NOT NULL ORDER BY reviewed_at DESC LIMIT ${REVIEWED_SHOWN}`;
  const [count] = await tx.$queryRaw<{ n: number }[]>`
    SELECT count(*)::int AS n FROM break_glass WHERE ledger_id = ${ledger.id} AND reviewed_at IS NULL`;
  return { rows: [...open, ...reviewed].map((row) => toDto(row, ledger)), unreviewed: count!.n };
}

function toDto(row: Stored, ledger: LedgerRow): BreakGlassDto {
  return {
    ...row,
    ledger: ledger.slug,
    opened_at: row.opened_at.toISOString(),
    expires_at: row.expires_at.toISOString(),
    last_revealed_at: row.last_revealed_at?.toISOString() ?? null,
    reviewed_at: row.reviewed_at?.toISOString() ?? null,
  };
}
