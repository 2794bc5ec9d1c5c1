import 'server-only';
import { dayAfter } from '@/lib/policy/retention-calendar';
import type { RecordFilter } from '@/lib/schema/filters';
import type { Held, HoldDetail, HoldScope } from '@/lib/schema/holds';
import { Prisma } from '@/prisma/generated/client';
import type { Tx } from './bounded-read';
import { countArchivedReach, countOfDays, countOfPerson, talksOf } from './count-held';
import type { LedgerRow } from './find-ledger';
import { readHead } from './read-entries';
import { countHeldSegments } from './read-held-segments';
import { searchRecords } from './search-records';
import { countMatches, walkPositions } from './walk-positions';

const SHOWN = 20;
const ARCHIVED_SHOWN = 100;
/** Traces that are looked at to find them: most are noted a moment before their records leave. */
const TRACES_LOOKED = 2_000;
/** Positions that are looked at to find the newest few conversations. */
const LOOKED = 400;

/**
 * What a scope reaches now, by the indexes of the lists and within their bounds: whatever the ledger holds, it costs what a page of a list does. A count that is called
 * exact leaves out nothing that a hold would keep (scopes_over, migration "retention").
 */
export async function readHeld(tx: Tx, ledger: LedgerRow, scope: HoldScope): Promise<Held> {
  const head = (await readHead(tx, ledger.id))?.seq ?? -1n;
  const whole = { low: 0n, high: head, older: true };
  const search = searchRecords(ledger, recordFilter(scope));
  const { seqs } = await walkPositions(tx, search, whole, LOOKED);
  const found = await tx.$queryRaw<{ seq: bigint; id: string; conversation_id: string | null }[]>`
    SELECT seq, id, conversation_id FROM records WHERE ledger_id = ${ledger.id} AND seq = ANY (${seqs.map(String)}::bigint[]) ORDER BY seq DESC`;
  const talks =
    scope.kind === 'conversation' || scope.kind === 'subject'
      ? await talksOf(tx, ledger.id, { kind: scope.kind, value: scope.value })
      : { ids: [], all: true };
  const records =
    scope.kind === 'subject'
      ? await countOfPerson(tx, ledger.id, scope.value, talks)
      : scope.kind === 'time'
        ? await countOfDays(tx, ledger.id, scope)
        : await countMatches(tx, search, whole);
  const archived = await countArchivedReach(tx, ledger.id, scope, talks);
  const named = [...new Set([...talks.ids, ...found.flatMap(({ conversation_id }) => conversation_id ?? [])])];
  const conversations = new Set([...named, ...archived.talks]);
  // Of a person and a conversation all are listed; of what else is on single records, those of the records that were looked at.
  const all =
    scope.kind === 'conversation' || scope.kind === 'subject'
      ? talks.all
      : records.exact &&
        found.length === records.count &&
        archived.records.exact &&
        (scope.kind !== 'time' || archived.records.count === 0);
  return {
    segments: await countHeldSegments(tx, ledger.id, scope),
    records,
    archived: archived.records,
    conversations: { count: conversations.size, exact: all },
    first_conversations: [...(named.length > 0 ? named : conversations)].slice(0, SHOWN),
    first_records: found.slice(0, SHOWN).map(({ seq, id }) => ({ seq: String(seq), id })),
  };
}

function recordFilter(scope: HoldScope): RecordFilter {
  switch (scope.kind) {
    case 'resource':
      return { resource_type: scope.type, resource_id: scope.value };
    case 'time':
      return { after: scope.from, before: dayAfter(scope.to) };
    default:
      return { [scope.kind]: scope.value };
  }
}

/** The exact number of a hold in the database, out of the counts of retention; of archived records they know a bound alone. null while they do not have it. */
export async function readHoldCount(tx: Tx, ledgerId: number, holdId: string): Promise<HoldDetail['counted']> {
  const [row] = await tx.$queryRaw<{ records: bigint; counted_to: bigint }[]>`
    SELECT (SELECT coalesce(sum(c.count), 0)::bigint FROM retention_counts c WHERE c.ledger_id = ${ledgerId} AND s.mark = ANY (c.marks)) AS records, p.counted_to
      FROM legal_holds h JOIN retention_scopes s ON s.mark = h.mark JOIN retention_progress p ON p.ledger_id = h.ledger_id
     WHERE h.id = ${holdId}::uuid AND h.ledger_id = ${ledgerId} AND s.standing AND s.spread
       AND NOT EXISTS (SELECT FROM retention_dirty d WHERE d.ledger_id = ${ledgerId})`;
  return row === undefined || row.counted_to < 0n ? null : { records: Number(row.records), counted_to: String(row.counted_to) };
}

/** Of what has left the database: by the traces that pruning keeps. Days leave none: what lies between two days is found by the archive's own. */
export async function readHeldArchived(
  tx: Tx,
  ledgerId: number,
  scope: HoldScope,
): Promise<{ archived: HoldDetail['archived']; archived_complete: boolean }> {
  if (scope.kind === 'time') return { archived: [], archived_complete: false };
  const type = scope.kind === 'resource' ? scope.type : '';
  const places =
    scope.kind === 'conversation'
      ? Prisma.sql`SELECT conversation_id, min(first_seq) AS first_seq, max(last_seq) AS last_seq FROM retention_traces
          WHERE ledger_id = ${ledgerId} AND conversation_id = ${scope.value} GROUP BY conversation_id`
      : Prisma.sql`SELECT conversation_id, first_seq, last_seq FROM retention_traces
          WHERE ledger_id = ${ledgerId} AND kind = ${scope.kind} AND value = ${scope.value} AND type = ${type}
          ORDER BY conversation_id LIMIT ${TRACES_LOOKED + 1}`;
  const [{ looked }] = await tx.$queryRaw<[{ looked: number }]>`SELECT count(*)::int AS looked FROM (${places}) t`;
  // Traces are noted before records leave: what is here as a whole, and what is not in the archive any more, is among the others.
  const gone = (positions: Prisma.Sql) => Prisma.sql`s.removed_at IS NULL AND (s.state = 'pruned' OR s.pruned_rows > 0) AND EXISTS (
    SELECT FROM unnest(${positions} * int8multirange(int8range(t.first_seq, t.last_seq, '[]'))) x
     WHERE NOT EXISTS (SELECT FROM records r WHERE r.ledger_id = ${ledgerId} AND r.seq = lower(x))
        OR NOT EXISTS (SELECT FROM records r WHERE r.ledger_id = ${ledgerId} AND r.seq = upper(x) - 1))`;
  const rows = await tx.$queryRaw<{ conversation_id: string; first_seq: bigint; last_seq: bigint }[]>`
    SELECT t.* FROM (${places}) t
     WHERE CASE t.conversation_id WHEN '' THEN EXISTS (
               SELECT FROM archive_segments s WHERE s.ledger_id = ${ledgerId} AND s.first_seq <= t.last_seq AND s.last_seq >= t.first_seq AND ${gone(Prisma.sql`s.seqs`)})
             ELSE EXISTS (
               SELECT FROM archive_conversations a JOIN archive_segments s ON s.ledger_id = ${ledgerId} AND s.number = a.number
                WHERE a.ledger_id = ${ledgerId} AND a.conversation_id = t.conversation_id AND ${gone(Prisma.sql`a.seqs`)}) END
     ORDER BY t.conversation_id LIMIT ${ARCHIVED_SHOWN + 1}`;
  return {
    archived: rows.slice(0, ARCHIVED_SHOWN).map(({ conversation_id, first_seq, last_seq }) => ({
      conversation_id,
      first_seq: String(first_seq),
      last_seq: String(last_seq),
    })),
    archived_complete: rows.length <= ARCHIVED_SHOWN && looked <= TRACES_LOOKED,
  };
}
