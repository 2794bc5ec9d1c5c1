import 'server-only';
import { dayAfter } from '@/lib/policy/retention-calendar';
import type { Held, HoldScope } from '@/lib/schema/holds';
import { Prisma } from '@/prisma/generated/client';
import type { Tx } from './bounded-read';
import { findPositionAt } from './find-position-at';
import { COUNT_CAP } from './walk-positions';

type Count = Held['records'];

const PEOPLE_TALKS = 1_000;
const TRACES = 10_000;

/** Conversations that a hold reaches as a whole, the newest first: of a person those of which any record names them, archived or not. */
export async function talksOf(
  tx: Tx,
  ledgerId: number,
  scope: { kind: 'conversation' | 'subject'; value: string },
): Promise<{ ids: string[]; all: boolean }> {
  const rows =
    scope.kind === 'conversation'
      ? await tx.$queryRaw<{ id: string }[]>`
          SELECT conversation_id AS id FROM conversations WHERE ledger_id = ${ledgerId} AND conversation_id = ${scope.value}`
      : await tx.$queryRaw<{ id: string }[]>`
          SELECT c.conversation_id AS id FROM (
              (SELECT conversation_id FROM conversations WHERE ledger_id = ${ledgerId} AND subject_id = ${scope.value} ORDER BY first_seq DESC LIMIT ${PEOPLE_TALKS + 1})
              UNION
              (SELECT conversation_id FROM conversation_people WHERE ledger_id = ${ledgerId} AND subject_id = ${scope.value} LIMIT ${PEOPLE_TALKS + 1})
            ) t JOIN conversations c ON c.ledger_id = ${ledgerId} AND c.conversation_id = t.conversation_id
           ORDER BY c.last_seq DESC LIMIT ${PEOPLE_TALKS + 1}`;
  return { ids: rows.slice(0, PEOPLE_TALKS).map(({ id }) => id), all: rows.length <= PEOPLE_TALKS };
}

/**
 * What of conversations has left the database: all of a segment that is pruned, and of one that is half gone what lies before the place up to where it is. Where some of it was
 * put back, each is looked at, as many of them as are ever counted; of more it is not known.
 */
const leftDatabase = (ledgerId: number, talks: readonly string[]): Prisma.Sql => Prisma.sql`
  SELECT g.conversation_id, g.kept, g.unsure AND g.so_far > ${COUNT_CAP} AS unsure,
         CASE WHEN g.state = 'pruned' THEN g.seqs
              WHEN g.unsure AND g.so_far <= ${COUNT_CAP} THEN g.seqs - coalesce((
                SELECT range_agg(int8range(r.seq, r.seq, '[]')) FROM unnest(g.seqs) x JOIN records r ON r.ledger_id = ${ledgerId} AND r.seq >= lower(x) AND r.seq < upper(x)), '{}')
              ELSE g.seqs * int8multirange(int8range(NULL, g.pruned_to, '[]')) END AS seqs
    FROM (SELECT u.*, sum(CASE WHEN u.unsure THEN (SELECT sum(upper(x) - lower(x)) FROM unnest(u.seqs) x) ELSE 0 END) OVER (ORDER BY u.conversation_id, u.number) AS so_far
            FROM (SELECT a.conversation_id, a.number, a.seqs, s.state, s.pruned_to, s.removed_at IS NULL AS kept, s.state = 'confirmed' AND s.pruned_rows > 0 AND s.hot_until IS NOT NULL AS unsure
                    FROM archive_conversations a JOIN archive_segments s ON s.ledger_id = ${ledgerId} AND s.number = a.number
                   WHERE a.ledger_id = ${ledgerId} AND a.conversation_id = ANY (${talks}::text[])) u) g
  UNION ALL
  SELECT x.conversation_id, false, false, x.seqs FROM destroyed_conversations x WHERE x.ledger_id = ${ledgerId} AND x.conversation_id = ANY (${talks}::text[])`;

/** Records in the database that lie in these conversations, by what each has had and what of it has left, and those about the person that lie in none. */
export async function countOfPerson(tx: Tx, ledgerId: number, person: string, talks: { ids: string[]; all: boolean }): Promise<Count> {
  const [row] = await tx.$queryRaw<[{ within: bigint; unsure: boolean; looked: number; alone: number }]>`
    WITH own AS MATERIALIZED (
      SELECT conversation_id FROM records WHERE ledger_id = ${ledgerId} AND subject_id = ${person} LIMIT ${COUNT_CAP + 1}
    ), gone AS MATERIALIZED (
      SELECT l.conversation_id, range_agg(l.seqs) AS seqs, bool_or(l.unsure) AS unsure FROM (${leftDatabase(ledgerId, talks.ids)}) l GROUP BY 1
    )
    SELECT (SELECT coalesce(sum(c.record_count), 0)::bigint FROM conversations c WHERE c.ledger_id = ${ledgerId} AND c.conversation_id = ANY (${talks.ids}::text[]))
             - (SELECT coalesce(sum(upper(r) - lower(r)), 0)::bigint FROM gone g, unnest(g.seqs) r) AS within,
           coalesce((SELECT bool_or(g.unsure) FROM gone g), false) AS unsure,
           (SELECT count(*)::int FROM own) AS looked, (SELECT count(*)::int FROM own WHERE conversation_id IS NULL) AS alone`;
  return { count: Number(row.within) + row.alone, exact: talks.all && !row.unsure && row.looked <= COUNT_CAP };
}

/** Records in the database that happened or were recorded on these days. */
export async function countOfDays(tx: Tx, ledgerId: number, { from, to }: { from: string; to: string }): Promise<Count> {
  const [first, after] = [`${from}T00:00:00Z`, `${dayAfter(to)}T00:00:00Z`];
  const us = (time: string) => BigInt(Date.parse(time)) * 1_000n - 1n;
  const low = ((await findPositionAt(tx, ledgerId, us(first))) ?? -1n) + 1n;
  const high = (await findPositionAt(tx, ledgerId, us(after))) ?? -1n;
  const [row] = await tx.$queryRaw<[{ recorded: number; looked: number; others: number }]>`
    WITH happened AS MATERIALIZED (
      SELECT seq FROM records WHERE ledger_id = ${ledgerId} AND occurred_at >= ${first}::timestamptz AND occurred_at < ${after}::timestamptz 
       ORDER BY occurred_at, seq LIMIT ${COUNT_CAP + 1}
    )
    SELECT (SELECT count(*)::int FROM (SELECT FROM records WHERE ledger_id = ${ledgerId} AND seq BETWEEN ${low} AND ${high} LIMIT ${COUNT_CAP + 1}) x) AS recorded,
           (SELECT count(*)::int FROM happened) AS looked,
           (SELECT count(*)::int FROM happened WHERE NOT seq BETWEEN ${low} AND ${high}) AS others`;
  const count = row.recorded + row.others;
  return { count: Math.min(count, COUNT_CAP), exact: row.looked <= COUNT_CAP && count <= COUNT_CAP };
}

export interface ArchivedReach {
  records: Count;
  /** Conversations in which they are, as far as they are known. */
  talks: Set<string>;
}

/** Records that are in the archive alone and that a hold reaches, as far as what stays of them tells: at least so many, or exactly. */
export async function countArchivedReach(
  tx: Tx,
  ledgerId: number,
  scope: HoldScope,
  talks: { ids: string[]; all: boolean },
): Promise<ArchivedReach> {
  if (scope.kind === 'time') {
    const [row] = await tx.$queryRaw<[{ count: bigint }]>`
      SELECT coalesce(sum(count), 0)::bigint AS count FROM retention_counts
       WHERE ledger_id = ${ledgerId} AND state = 'archived'
         AND (event_day BETWEEN ${scope.from}::date AND ${scope.to}::date OR recorded_day BETWEEN ${scope.from}::date AND ${scope.to}::date)`;
    return { records: { count: Number(row.count), exact: true }, talks: new Set() };
  }
  const whole = await countArchivedOf(tx, ledgerId, talks);
  if (scope.kind === 'conversation') return { records: whole, talks: new Set(talks.ids) };
  const own = await readTraces(tx, ledgerId, scope, scope.kind === 'subject');
  return {
    records: { count: whole.count + own.records.count, exact: whole.exact && own.records.exact },
    talks: new Set([...talks.ids, ...own.talks]),
  };
}

/** What of these conversations is in the archive alone. */
async function countArchivedOf(tx: Tx, ledgerId: number, talks: { ids: string[]; all: boolean }): Promise<Count> {
  if (talks.ids.length === 0) return { count: 0, exact: talks.all };
  const [row] = await tx.$queryRaw<[{ count: bigint; unsure: boolean }]>`
    SELECT coalesce(sum((SELECT sum(upper(r) - lower(r)) FROM unnest(g.archived - g.destroyed) r)), 0)::bigint AS count, coalesce(bool_or(g.unsure), false) AS unsure
      FROM (SELECT coalesce(range_agg(l.seqs) FILTER (WHERE l.kept), '{}') AS archived, coalesce(range_agg(l.seqs) FILTER (WHERE NOT l.kept), '{}') AS destroyed,
                   bool_or(l.unsure) AS unsure FROM (${leftDatabase(ledgerId, talks.ids)}) l GROUP BY l.conversation_id) g`;
  return { count: Number(row.count), exact: talks.all && !row.unsure };
}

/**
 * A trace has the first and the last position of a value in a conversation: there are as many at least, and how many lie between is not known, save where nothing of the
 * conversation has left yet: what is confirmed is noted before it leaves, and stays for years where a hold is on it.
 */
async function readTraces(
  tx: Tx,
  ledgerId: number,
  scope: Exclude<HoldScope, { kind: 'time' }>,
  aloneOnly: boolean,
): Promise<{ records: Count; talks: string[] }> {
  const type = scope.kind === 'resource' ? scope.type : '';
  const rows = await tx.$queryRaw<{ talk: string; ends: number; known: boolean }[]>`
    SELECT t.conversation_id AS talk,
           t.first_seq = t.last_seq OR t.conversation_id <> '' AND NOT EXISTS (
             SELECT FROM archive_conversations a JOIN archive_segments s ON s.ledger_id = ${ledgerId} AND s.number = a.number
              WHERE a.ledger_id = ${ledgerId} AND a.conversation_id = t.conversation_id AND (s.state = 'pruned' OR s.pruned_rows > 0)) AS known,
           (SELECT count(*)::int FROM (SELECT DISTINCT u FROM unnest(ARRAY[t.first_seq, t.last_seq]) u) e (seq)
             WHERE NOT EXISTS (SELECT FROM records r WHERE r.ledger_id = ${ledgerId} AND r.seq = e.seq)
               AND NOT EXISTS (SELECT FROM destruction_items i WHERE i.ledger_id = ${ledgerId} AND i.block = (e.seq / 32768)::int AND i.destroyed @> e.seq)) AS ends
      FROM retention_traces t
     WHERE t.ledger_id = ${ledgerId} AND t.kind = ${scope.kind} AND t.value = ${scope.value} AND t.type = ${type} AND (NOT ${aloneOnly} OR t.conversation_id = '')
     LIMIT ${TRACES + 1}`;
  const taken = rows.slice(0, TRACES);
  return {
    records: { count: taken.reduce((sum, { ends }) => sum + ends, 0), exact: rows.length <= TRACES && taken.every(({ known }) => known) },
    talks: taken.flatMap(({ talk, ends }) => (talk === '' || ends === 0 ? [] : [talk])),
  };
}
