import 'server-only';
import type { PageCursor } from '@/lib/schema/filters';
import { HOLDS_PAGE, type HoldDto, type HoldFilter, type HoldPage, type HoldsView } from '@/lib/schema/holds';
import { isUuid } from '@/lib/schema/uuid';
import type { ShreddingDto, WordsScope } from '@/lib/schema/words';
import { Prisma } from '@/prisma/generated/client';
import type { Tx } from './bounded-read';

const HOLDS_SHOWN = 200;
const MATTERS_SHOWN = 30;
const SHREDDINGS_SHOWN = 100;

/** What the row of a hold has of its placing; days as `2026-01-31`. */
export interface PlacedHold {
  id: string;
  number: number;
  matter: string;
  scope_kind: string;
  scope_value: string;
  scope_type: string | null;
  scope_from: string | null;
  scope_to: string | null;
  custodian: string | null;
  reason: string;
  placed_by: string;
}
export interface StoredHold extends PlacedHold {
  placed_at: Date;
  release_asked_by: string | null;
  release_asked_at: Date | null;
  release_asked_reason: string | null;
  released_by: string | null;
  released_at: Date | null;
  release_reason: string | null;
}
/** The columns of a {@link StoredHold}. */
export const HOLD = Prisma.sql`id, number, matter, scope_kind, scope_value, scope_type, scope_from::text AS scope_from, scope_to::text AS scope_to, custodian, reason, placed_by,
  placed_at, release_asked_by, release_asked_at, release_asked_reason, released_by, released_at, release_reason`;

/** Where a hold stands in the list: standing ones before released ones, in each the newest first. */
const PLACE = Prisma.sql`(number::bigint + CASE WHEN released_at IS NULL THEN 4294967296 ELSE 0 END)`;
const placeOf = ({ number, released_at }: HoldDto): string => String(number + (released_at === null ? 4_294_967_296 : 0));

/** Holds are placed by people: some thousands in an installation's life, each a line. */
export async function pageHolds(tx: Tx, ledgerId: number, filter: HoldFilter, { older, newer }: PageCursor): Promise<HoldPage> {
  const { matter = null, kind = null, state = null } = filter;
  const found = Prisma.sql`ledger_id = ${ledgerId} AND matter = coalesce(${matter}::text, matter) AND scope_kind = coalesce(${kind}::text, scope_kind)
    AND CASE ${state}::text WHEN 'released' THEN released_at IS NOT NULL WHEN 'standing' THEN released_at IS NULL
             WHEN 'release_asked' THEN released_at IS NULL AND release_asked_at IS NOT NULL ELSE true END`;
  const wanted = HOLDS_PAGE + 1;
  const rows =
    newer === undefined
      ? await tx.$queryRaw<StoredHold[]>`
          SELECT ${HOLD} FROM legal_holds WHERE ${found} AND ${PLACE} < coalesce(${older ?? null}::bigint, 9223372036854775807) ORDER BY ${PLACE} DESC LIMIT ${wanted}`
      : await tx.$queryRaw<
          StoredHold[]
        >`SELECT ${HOLD} FROM legal_holds WHERE ${found} AND ${PLACE} > ${newer}::bigint ORDER BY ${PLACE} LIMIT ${wanted}`;
  const [{ count }] = await tx.$queryRaw<[{ count: number }]>`SELECT count(*)::int AS count FROM legal_holds WHERE ${found}`;
  const more = rows.length > HOLDS_PAGE;
  const page = rows.slice(0, HOLDS_PAGE).map(toHold);
  if (newer !== undefined) page.reverse();
  const [first, last] = [page[0], page[page.length - 1]];
  return {
    rows: page,
    older: last !== undefined && (newer !== undefined || more) ? placeOf(last) : null,
    newer: first !== undefined && (newer === undefined ? older !== undefined : more) ? placeOf(first) : null,
    total: { count, exact: true },
  };
}

/** What is asked first of the holds of a ledger. */
export async function sumHolds(
  tx: Tx,
  ledgerId: number,
): Promise<Omit<HoldsView, 'page' | 'waiting' | 'object_faults'> & { waiting: number }> {
  const rows = await tx.$queryRaw<{ matter: string; standing: number; released: number; waiting: number }[]>`
    SELECT matter, count(*) FILTER (WHERE released_at IS NULL)::int AS standing, count(released_at)::int AS released,
           count(*) FILTER (WHERE released_at IS NULL AND release_asked_at IS NOT NULL)::int AS waiting
      FROM legal_holds WHERE ledger_id = ${ledgerId} GROUP BY matter ORDER BY bool_and(released_at IS NOT NULL), max(number) DESC`;
  const sum = (count: (row: (typeof rows)[number]) => number) => rows.reduce((total, row) => total + count(row), 0);
  return {
    standing: sum(({ standing }) => standing),
    waiting: sum(({ waiting }) => waiting),
    matters: rows.slice(0, MATTERS_SHOWN).map(({ matter, standing, released }) => ({ matter, standing, released })),
    matters_total: rows.length,
    matters_standing: rows.filter(({ standing }) => standing > 0).length,
  };
}

/**
 * Holds that were placed by `at`, those that stood then or those that did not any more, newest first, with a number below `below`: by how it was at one moment, so
 * that none is told twice when it is released meanwhile.
 */
export async function listHoldsAt(
  tx: Tx,
  ledgerId: number,
  { at, standing, below, filter }: { at: Date; standing: boolean; below: number | null; filter: HoldFilter },
  limit: number,
): Promise<HoldDto[]> {
  const { matter = null, kind = null, state = null } = filter;
  if (state === 'released' ? standing : state !== null && !standing) return [];
  const rows = await tx.$queryRaw<StoredHold[]>`
    SELECT ${HOLD} FROM legal_holds
     WHERE ledger_id = ${ledgerId} AND placed_at <= ${at}::timestamptz AND (released_at IS NULL OR released_at > ${at}::timestamptz) = ${standing}
       AND matter = coalesce(${matter}::text, matter) AND scope_kind = coalesce(${kind}::text, scope_kind)
       AND (${state}::text IS DISTINCT FROM 'release_asked' OR release_asked_at <= ${at}::timestamptz)
       AND number < coalesce(${below}::int, 2147483647) ORDER BY number DESC LIMIT ${limit}`;
  return rows.map(toHold);
}

/** @returns null where this ledger has none of that id */
export async function findHold(tx: Tx, ledgerId: number, id: string): Promise<HoldDto | null> {
  if (!isUuid(id)) return null;
  const [row] = await tx.$queryRaw<StoredHold[]>`SELECT ${HOLD} FROM legal_holds WHERE id = ${id}::uuid AND ledger_id = ${ledgerId}`;
  return row === undefined ? null : toHold(row);
}

/**
 * Standing holds that reach a conversation or a record that belongs to none, and those on any of these persons.
 * @param on.seqs positions of the records that are looked at; asked where there is no conversation
 */
export async function holdsOn(
  tx: Tx,
  ledgerId: number,
  on: { conversationId: string | null; seqs: readonly string[]; subjects: readonly string[] },
): Promise<FoundHolds> {
  const reached =
    on.conversationId === null
      ? Prisma.sql`SELECT hold FROM held_positions(${ledgerId}::int, ${[...on.seqs]}::bigint[])`
      : Prisma.sql`SELECT hold FROM holds_against(${ledgerId}::int, 'conversation', ${on.conversationId}) AS hold`;
  return findHolds(
    tx,
    Prisma.sql`${reached} UNION SELECT id FROM legal_holds
     WHERE ledger_id = ${ledgerId} AND released_at IS NULL AND scope_kind = 'subject' AND scope_value = ANY (${[...on.subjects]}::text[])`,
  );
}

/**
 * Standing holds that cover anything of what a shredding would destroy: those that shred_content (migration "retention") refuses for, also those on anybody whom a
 * record of a conversation in it names.
 */
export function holdsAgainst(tx: Tx, ledgerId: number, { kind, value }: WordsScope): Promise<FoundHolds> {
  return findHolds(tx, Prisma.sql`SELECT hold FROM holds_against(${ledgerId}::int, ${kind}, ${value}) AS hold`);
}

/** Of some holds the newest, in the order in which they were placed, and how many they are. */
export interface FoundHolds {
  holds: HoldDto[];
  holds_total: number;
}

/** @param ids each once */
async function findHolds(tx: Tx, ids: Prisma.Sql): Promise<FoundHolds> {
  const found = await tx.$queryRaw<{ id: string }[]>`SELECT hold AS id FROM (${ids}) AS found (hold)`;
  const rows = await tx.$queryRaw<StoredHold[]>`
    SELECT ${HOLD} FROM legal_holds WHERE id = ANY (${found.map(({ id }) => id)}::uuid[]) ORDER BY number DESC LIMIT ${HOLDS_SHOWN}`;
  return { holds: rows.map(toHold).reverse(), holds_total: found.length };
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

export function toHold(row: StoredHold): HoldDto {
  const { scope_kind: kind, scope_type: type, scope_from: from, scope_to: to } = row;
  const days = from === null || to === null ? null : { from, to };
  return {
    id: row.id,
    number: row.number,
    matter: row.matter,
    scope: { kind, value: days === null ? row.scope_value : `${days.from}/${days.to}`, ...(type !== null && { type }), ...days },
    custodian: row.custodian,
    reason: row.reason,
    placed_by: row.placed_by,
    placed_at: row.placed_at.toISOString(),
    release_asked:
      row.released_at !== null || row.release_asked_at === null
        ? null
        : { by: row.release_asked_by!, at: row.release_asked_at.toISOString(), reason: row.release_asked_reason! },
    released_by: row.released_by,
    released_at: row.released_at?.toISOString() ?? null,
    release_reason: row.release_reason,
  };
}

/** Until the transaction ends nobody else places a hold, shreds, prunes or destroys in this ledger: the lock that shred_content takes (migration "words"). */
export async function lockHolds(tx: Tx, ledgerId: number): Promise<void> {
  await tx.$executeRaw`SELECT lock_holds(${ledgerId}::int)`;
}

function toShredding({ scope_kind, scope_value, at, parts, backups_until, ...row }: StoredShredding): ShreddingDto {
  const scope = { kind: scope_kind, value: scope_value };
  return { ...row, scope, at: at.toISOString(), parts: Number(parts), backups_until: backups_until.toISOString() };
}
