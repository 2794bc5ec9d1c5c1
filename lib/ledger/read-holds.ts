import 'server-only';
import { isUuid } from '@/lib/schema/uuid';
import type { HoldDto, ShreddingDto, WordsScope } from '@/lib/schema/words';
import { Prisma } from '@/prisma/generated/client';
import type { Tx } from './bounded-read';

const HOLDS_SHOWN = 200;
const SHREDDINGS_SHOWN = 100;

interface StoredHold {
  id: string;
  matter: string;
  scope_kind: string;
  scope_value: string;
  reason: string;
  placed_by: string;
  placed_at: Date;
  released_by: string | null;
  released_at: Date | null;
  release_reason: string | null;
}
const HOLD = Prisma.sql`id, matter, scope_kind, scope_value, reason, placed_by, placed_at, released_by, released_at, release_reason`;

/** Standing holds first, then released ones, newest first. */
export async function listHolds(tx: Tx, ledgerId: number): Promise<HoldDto[]> {
  const rows = await tx.$queryRaw<StoredHold[]>`
    SELECT ${HOLD} FROM legal_holds WHERE ledger_id = ${ledgerId} ORDER BY released_at IS NOT NULL, placed_at DESC LIMIT ${HOLDS_SHOWN}`;
  return rows.map(toHold);
}

/** @returns null where this ledger has none of that id */
export async function findHold(tx: Tx, ledgerId: number, id: string): Promise<HoldDto | null> {
  if (!isUuid(id)) return null;
  const [row] = await tx.$queryRaw<StoredHold[]>`SELECT ${HOLD} FROM legal_holds WHERE id = ${id}::uuid AND ledger_id = ${ledgerId}`;
  return row === undefined ? null : toHold(row);
}

/** Standing holds on a conversation, or on any of the persons that its words are about. */
export async function holdsOn(
  tx: Tx,
  ledgerId: number,
  on: { conversationId: string | null; subjects: readonly string[] },
): Promise<HoldDto[]> {
  const rows = await tx.$queryRaw<StoredHold[]>`
    SELECT ${HOLD} FROM legal_holds
     WHERE ledger_id = ${ledgerId} AND released_at IS NULL AND scope_kind = 'conversation' AND scope_value = ${on.conversationId ?? ''}
    UNION ALL
    SELECT ${HOLD} FROM legal_holds
     WHERE ledger_id = ${ledgerId} AND released_at IS NULL AND scope_kind = 'subject' AND scope_value = ANY (${[...on.subjects]}::text[])
     LIMIT ${HOLDS_SHOWN}`;
  return rows.map(toHold);
}

/**
 * Standing holds that cover anything of what a shredding would destroy. Of a conversation also those on anybody whom a record of it names, first or not, with words
 * or without: words about them may stand in records that name nobody.
 */
export async function holdsAgainst(tx: Tx, ledgerId: number, scope: WordsScope): Promise<HoldDto[]> {
  const keys = await tx.$queryRaw<{ conversation_id: string; subject_id: string }[]>`
    SELECT DISTINCT conversation_id, subject_id FROM content_keys WHERE ${inScope(ledgerId, scope)} AND shredded_at IS NULL`;
  const conversations = new Set(keys.map((key) => key.conversation_id));
  const subjects = new Set(keys.map((key) => key.subject_id));
  if (scope.kind === 'subject') subjects.add(scope.value);
  else {
    conversations.add(scope.value);
    const [row] = await tx.$queryRaw<{ subject_id: string | null }[]>`
      SELECT subject_id FROM conversations WHERE ledger_id = ${ledgerId} AND conversation_id = ${scope.value}`;
    if (row?.subject_id != null) subjects.add(row.subject_id);
  }
  for (const names of [conversations, subjects]) names.delete('');
  const rows = await tx.$queryRaw<StoredHold[]>`
    SELECT ${HOLD} FROM legal_holds WHERE ledger_id = ${ledgerId} AND released_at IS NULL
       AND (scope_kind = 'conversation' AND scope_value = ANY (${[...conversations]}::text[])
            OR scope_kind = 'subject' AND (scope_value = ANY (${[...subjects]}::text[]) OR ${scope.kind === 'conversation'} AND EXISTS (
                 SELECT FROM records r WHERE r.ledger_id = ${ledgerId} AND r.conversation_id = ${scope.value} AND r.subject_id = scope_value)))
     ORDER BY placed_at LIMIT ${HOLDS_SHOWN}`;
  return rows.map(toHold);
}

/** The data keys of a scope, as shred_content finds them. */
export function inScope(ledgerId: number, { kind, value }: WordsScope): Prisma.Sql {
  return kind === 'conversation'
    ? Prisma.sql`ledger_id = ${ledgerId} AND conversation_id = ${value} AND conversation_id <> ''`
    : Prisma.sql`ledger_id = ${ledgerId} AND subject_id = ${value} AND subject_id <> ''`;
}

interface StoredShredding {
  id: string;
  scope_kind: string;
  scope_value: string;
  authority: string;
  reason: string;
  requested_by: string;
  at: Date;
  keys: number;
  parts: bigint;
  backups_until: Date;
  pending: boolean;
}
const SHREDDING = Prisma.sql`id, scope_kind, scope_value, authority, reason, requested_by, at, keys, parts, backups_until, backups_until > clock_timestamp() AS pending`;

/** Newest first. */
export async function listShreddings(tx: Tx, ledgerId: number): Promise<ShreddingDto[]> {
  const rows = await tx.$queryRaw<StoredShredding[]>`
    SELECT ${SHREDDING} FROM shreddings WHERE ledger_id = ${ledgerId} ORDER BY at DESC LIMIT ${SHREDDINGS_SHOWN}`;
  return rows.map(toShredding);
}

/** These of them, newest first. */
export async function readShreddingsOf(tx: Tx, ledgerId: number, ids: readonly string[]): Promise<ShreddingDto[]> {
  if (ids.length === 0) return [];
  const rows = await tx.$queryRaw<StoredShredding[]>`
    SELECT ${SHREDDING} FROM shreddings WHERE ledger_id = ${ledgerId} AND id = ANY (${[...ids]}::uuid[]) ORDER BY at DESC`;
  return rows.map(toShredding);
}

function toHold({ scope_kind, scope_value, placed_at, released_at, ...row }: StoredHold): HoldDto {
  const scope = { kind: scope_kind, value: scope_value };
  return { ...row, scope, placed_at: placed_at.toISOString(), released_at: released_at?.toISOString() ?? null };
}

function toShredding({ scope_kind, scope_value, at, parts, backups_until, ...row }: StoredShredding): ShreddingDto {
  const scope = { kind: scope_kind, value: scope_value };
  return { ...row, scope, at: at.toISOString(), parts: Number(parts), backups_until: backups_until.toISOString() };
}
