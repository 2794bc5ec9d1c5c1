import 'server-only';
import { dayAfter } from '@/lib/policy/retention-calendar';
import type { Held, HoldScope } from '@/lib/schema/holds';
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

/** Records in the database that lie in these conversations, and those about the person that lie in none. */
export async function countOfPerson(tx: Tx, ledgerId: number, person: string, talks: { ids: string[]; all: boolean }): Promise<Count> {
  const [row] = await tx.$queryRaw<[{ within: number; looked: number; alone: number }]>`
    WITH own AS MATERIALIZED (
      SELECT conversation_id FROM records WHERE ledger_id = ${ledgerId} AND subject_id = ${person} LIMIT ${COUNT_CAP + 1}
    )
    SELECT (SELECT count(*)::int FROM (
              SELECT FROM conversations c CROSS JOIN LATERAL (
                  SELECT FROM records r WHERE r.ledger_id = ${ledgerId} AND r.conversation_id = c.conversation_id AND r.seq BETWEEN c.first_seq AND c.last_seq
                   LIMIT ${COUNT_CAP + 1}) r
               WHERE c.ledger_id = ${ledgerId} AND c.conversation_id = ANY (${talks.ids}::text[]) LIMIT ${COUNT_CAP + 1}) x) AS within,
           (SELECT count(*)::int FROM own) AS looked, (SELECT count(*)::int FROM own WHERE conversation_id IS NULL) AS alone`;
  const count = row.within + row.alone;
  return { count: Math.min(count, COUNT_CAP), exact: talks.all && row.looked <= COUNT_CAP && count <= COUNT_CAP };
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

/** By the segments whose every record has left the database; of one that is half gone it is not known which without looking at each. */
async function countArchivedOf(tx: Tx, ledgerId: number, talks: { ids: string[]; all: boolean }): Promise<Count> {
  if (talks.ids.length === 0) return { count: 0, exact: talks.all };
  const [row] = await tx.$queryRaw<[{ count: bigint; half: boolean }]>`
    SELECT coalesce(sum((SELECT sum(upper(r) - lower(r)) FROM unnest(a.seqs - d.seqs) r)) FILTER (WHERE s.state = 'pruned'), 0)::bigint AS count,
           coalesce(bool_or(s.state = 'confirmed' AND s.pruned_rows > 0), false) AS half
      FROM archive_conversations a JOIN archive_segments s ON s.ledger_id = ${ledgerId} AND s.number = a.number AND s.removed_at IS NULL
     CROSS JOIN LATERAL (SELECT coalesce(range_agg(r), '{}') AS seqs FROM destroyed_conversations x, unnest(x.seqs) r
                          WHERE x.ledger_id = ${ledgerId} AND x.conversation_id = a.conversation_id) d
     WHERE a.ledger_id = ${ledgerId} AND a.conversation_id = ANY (${talks.ids}::text[])`;
  return { count: Number(row.count), exact: talks.all && !row.half };
}

/** A trace has the first and the last position of a value in a conversation: there are as many at least, and how many lie between is not known. */
async function readTraces(
  tx: Tx,
  ledgerId: number,
  scope: Exclude<HoldScope, { kind: 'time' }>,
  aloneOnly: boolean,
): Promise<{ records: Count; talks: string[] }> {
  const type = scope.kind === 'resource' ? scope.type : '';
  const rows = await tx.$queryRaw<{ talk: string; ends: number; one: boolean }[]>`
    SELECT t.conversation_id AS talk, t.first_seq = t.last_seq AS one,
           (SELECT count(*)::int FROM (SELECT DISTINCT u FROM unnest(ARRAY[t.first_seq, t.last_seq]) u) e (seq)
             WHERE NOT EXISTS (SELECT FROM records r WHERE r.ledger_id = ${ledgerId} AND r.seq = e.seq)
               AND NOT EXISTS (SELECT FROM destruction_items i WHERE i.ledger_id = ${ledgerId} AND i.block = (e.seq / 32768)::int AND i.destroyed @> e.seq)) AS ends
      FROM retention_traces t
     WHERE t.ledger_id = ${ledgerId} AND t.kind = ${scope.kind} AND t.value = ${scope.value} AND t.type = ${type} AND (NOT ${aloneOnly} OR t.conversation_id = '')
     LIMIT ${TRACES + 1}`;
  const taken = rows.slice(0, TRACES);
  return {
    records: { count: taken.reduce((sum, { ends }) => sum + ends, 0), exact: rows.length <= TRACES && taken.every(({ one }) => one) },
    talks: taken.flatMap(({ talk, ends }) => (talk === '' || ends === 0 ? [] : [talk])),
  };
}
