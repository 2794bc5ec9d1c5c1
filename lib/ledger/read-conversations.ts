import 'server-only';
import type { ConversationRow } from '@/lib/schema/screens';
import { CLASSIFICATIONS } from '@/lib/schema/vocabulary';
import { Prisma } from '@/prisma/generated/client';
import type { Tx } from './bounded-read';
import type { LedgerRow } from './find-ledger';
import { recordsOf } from './read-entries';

/** A line that append keeps: a projection, which verification compares with the bodies. */
interface Stored {
  conversation_id: string;
  record_count: bigint;
  first_seq: bigint;
  last_seq: bigint;
  first_at: Date;
  last_at: Date;
  agent_name: string | null;
  user_id: string | null;
  subject_id: string | null;
  classification: number | null;
  agent_seq_max: bigint;
  agent_seq_count: bigint;
  numbers_seen: bigint | null;
  ended: boolean;
}
const COLUMNS = Prisma.sql`conversation_id, record_count, first_seq, last_seq, first_at, last_at, agent_name, user_id, subject_id, classification,
  agent_seq_max, agent_seq_count, (SELECT sum(upper(n) - lower(n))::bigint FROM unnest(agent_seqs) n) AS numbers_seen, ended`;

/** The conversations that begin at these positions, in the order given. */
export async function readConversationRows(tx: Tx, ledgerId: number, firstSeqs: readonly bigint[]): Promise<ConversationRow[]> {
  if (firstSeqs.length === 0) return [];
  const rows = await tx.$queryRaw<Stored[]>`
    SELECT ${COLUMNS} FROM conversations WHERE ledger_id = ${ledgerId} AND first_seq = ANY (${firstSeqs.map(String)}::bigint[])`;
  const at = new Map(rows.map((row) => [row.first_seq, row]));
  const away = await countAway(
    tx,
    ledgerId,
    rows.map((row) => row.conversation_id),
  );
  return firstSeqs.flatMap((seq) => {
    const row = at.get(seq);
    return row === undefined ? [] : [toRow(row, away)];
  });
}

/** @returns null where this ledger has no conversation of that id. */
export async function readConversationRow(tx: Tx, ledgerId: number, conversationId: string): Promise<ConversationRow | null> {
  // U+0000 is in no id, and no text that holds it can be asked about.
  if (conversationId.includes('\0')) return null;
  const rows = await tx.$queryRaw<Stored[]>`
    SELECT ${COLUMNS} FROM conversations WHERE ledger_id = ${ledgerId} AND conversation_id = ${conversationId}`;
  return rows[0] ? toRow(rows[0], await countAway(tx, ledgerId, [conversationId])) : null;
}

/** Of a conversation: records that are in the archive alone, and records that were destroyed. */
interface Away {
  alone: number;
  destroyed: number;
}

/** What was put back, or is being taken away, is looked up one by one. */
async function countAway(tx: Tx, ledgerId: number, ids: readonly string[]): Promise<ReadonlyMap<string, Away>> {
  const rows = await tx.$queryRaw<{ id: string; alone: number }[]>`
    SELECT a.conversation_id AS id, sum(CASE WHEN s.state = 'pruned' THEN (SELECT sum(upper(r) - lower(r)) FROM unnest(a.seqs - coalesce(d.seqs, '{}')) r)
             ELSE (SELECT count(*) FROM unnest(a.seqs - coalesce(d.seqs, '{}')) r, generate_series(lower(r), upper(r) - 1) n
                    WHERE NOT EXISTS (SELECT FROM records t WHERE t.ledger_id = ${ledgerId} AND t.seq = n)) END)::int AS alone
      FROM archive_conversations a JOIN archive_segments s ON s.ledger_id = a.ledger_id AND s.number = a.number
      LEFT JOIN LATERAL (SELECT range_agg(r) AS seqs FROM destroyed_conversations x, unnest(x.seqs) r
                          WHERE x.ledger_id = a.ledger_id AND x.conversation_id = a.conversation_id) d ON true
     WHERE a.ledger_id = ${ledgerId} AND a.conversation_id = ANY (${[...ids]}::text[]) AND s.pruned_rows > 0 GROUP BY a.conversation_id`;
  const gone = await tx.$queryRaw<{ id: string; destroyed: number }[]>`
    SELECT x.conversation_id AS id, sum(upper(r) - lower(r))::int AS destroyed FROM destroyed_conversations x, unnest(x.seqs) r
     WHERE x.ledger_id = ${ledgerId} AND x.conversation_id = ANY (${[...ids]}::text[]) GROUP BY x.conversation_id`;
  const away = new Map<string, Away>(rows.map(({ id, alone }) => [id, { alone: alone ?? 0, destroyed: 0 }]));
  for (const { id, destroyed } of gone) away.set(id, { alone: away.get(id)?.alone ?? 0, destroyed });
  return away;
}

function toRow(row: Stored, away: ReadonlyMap<string, Away>): ConversationRow {
  const { alone = 0, destroyed = 0 } = away.get(row.conversation_id) ?? {};
  // A number that came under two ids was counted twice, and has come once. Where too many are open to be kept, the count is what there is.
  const missing = row.agent_seq_max - (row.numbers_seen ?? row.agent_seq_count);
  return {
    conversation_id: row.conversation_id,
    agent_name: row.agent_name,
    user_id: row.user_id,
    subject_id: row.subject_id,
    record_count: Number(row.record_count),
    first_seq: String(row.first_seq),
    last_seq: String(row.last_seq),
    first_at: row.first_at.toISOString(),
    last_at: row.last_at.toISOString(),
    classification: row.classification === null ? null : (CLASSIFICATIONS[row.classification] ?? null),
    ended: row.ended,
    missing: missing > 0n ? Number(missing) : 0,
    archived: alone,
    ...(destroyed > 0 && { destroyed }),
  };
}

export interface Place {
  seq: bigint;
  conversation_seq: bigint;
}

/** Positions of a conversation's records after a number within it, in its order: of those that are archived or destroyed too. */
export async function readConversationPositions(
  tx: Tx,
  ledger: Pick<LedgerRow, 'id'>,
  conversationId: string,
  after: bigint,
  limit: number,
): Promise<Place[]> {
  const here = await tx.$queryRaw<Place[]>`
    SELECT seq, conversation_seq FROM ${recordsOf(ledger)} WHERE conversation_id = ${conversationId} AND conversation_seq > ${after}
     ORDER BY conversation_seq LIMIT ${limit}`;
  const archived = await readArchivedPositions(tx, ledger.id, conversationId, after, limit);
  if (archived.length === 0) return here;
  // What was put back, or is not taken away yet, is in both.
  const known = new Set(here.map(({ seq }) => seq));
  return [...here, ...archived.filter(({ seq }) => !known.has(seq))]
    .sort((a, b) => (a.conversation_seq < b.conversation_seq ? -1 : 1))
    .slice(0, limit);
}

/** In the order of the ledger is in the order of the conversation: the first one behind a number is found by halving. */
async function readArchivedPositions(tx: Tx, ledgerId: number, conversationId: string, after: bigint, limit: number): Promise<Place[]> {
  const ranges = await tx.$queryRaw<{ low: bigint; high: bigint }[]>`
    SELECT lower(r) AS low, upper(r) AS high FROM unnest((
      SELECT range_agg(x) FROM (
        SELECT unnest(a.seqs) AS x FROM archive_conversations a WHERE a.ledger_id = ${ledgerId} AND a.conversation_id = ${conversationId}
        UNION ALL SELECT unnest(d.seqs) FROM destroyed_conversations d WHERE d.ledger_id = ${ledgerId} AND d.conversation_id = ${conversationId}
      ) away)) r`;
  ranges.sort((a, b) => (a.low < b.low ? -1 : 1));
  const total = ranges.reduce((sum, { low, high }) => sum + Number(high - low), 0);
  const numbersOf = (seqs: readonly bigint[]) => tx.$queryRaw<Place[]>`
    SELECT seq, conversation_seq FROM entries WHERE ledger_id = ${ledgerId} AND seq = ANY (${seqs.map(String)}::bigint[])`;
  let first = 0;
  for (let end = after === 0n ? 0 : total; first < end; ) {
    const middle = (first + end) >> 1;
    const [found] = await numbersOf(slice(ranges, middle, 1));
    if (found === undefined || found.conversation_seq <= after) first = middle + 1;
    else end = middle;
  }
  return first >= total ? [] : numbersOf(slice(ranges, first, limit));
}

/** Positions number `from` … of ascending ranges. */
function slice(ranges: readonly { low: bigint; high: bigint }[], from: number, count: number): bigint[] {
  const seqs: bigint[] = [];
  let skip = BigInt(from);
  for (const { low, high } of ranges) {
    if (high - low <= skip) {
      skip -= high - low;
      continue;
    }
    for (let seq = low + skip; seq < high && seqs.length < count; seq++) seqs.push(seq);
    skip = 0n;
    if (seqs.length === count) break;
  }
  return seqs;
}
