import 'server-only';
import type { ConversationRow } from '@/lib/schema/screens';
import { CLASSIFICATIONS } from '@/lib/schema/vocabulary';
import { Prisma } from '@/prisma/generated/client';
import type { Tx } from './bounded-read';

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
  return firstSeqs.flatMap((seq) => {
    const row = at.get(seq);
    return row === undefined ? [] : [toRow(row)];
  });
}

/** @returns null where this ledger has no conversation of that id. */
export async function readConversationRow(tx: Tx, ledgerId: number, conversationId: string): Promise<ConversationRow | null> {
  const rows = await tx.$queryRaw<Stored[]>`
    SELECT ${COLUMNS} FROM conversations WHERE ledger_id = ${ledgerId} AND conversation_id = ${conversationId}`;
  return rows[0] ? toRow(rows[0]) : null;
}

function toRow(row: Stored): ConversationRow {
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
  };
}

/** Positions of a conversation's records after a number within it, in its order. */
export async function readConversationPositions(
  tx: Tx,
  table: Prisma.Sql,
  conversationId: string,
  after: bigint,
  limit: number,
): Promise<{ seq: bigint; conversation_seq: bigint }[]> {
  return tx.$queryRaw`
    SELECT seq, conversation_seq FROM ${table} WHERE conversation_id = ${conversationId} AND conversation_seq > ${after}
     ORDER BY conversation_seq LIMIT ${limit}`;
}
