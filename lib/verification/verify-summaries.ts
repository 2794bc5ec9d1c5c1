import 'server-only';
import type pg from 'pg';
import { readRanges } from '@/lib/chain/archive-manifest';
import type { SeqRange } from '@/lib/chain/archive-segment';
import type { ChainBreak } from '@/lib/chain/verify-chain';
import {
  type ConversationStep,
  type ConversationSummary,
  ConversationWalk,
  compareSummary,
  type MissingNumbers,
  type WalkedConversation,
} from '@/lib/chain/verify-conversations';
import { pool } from '@/lib/db';
import { NamedPeople, saidByBodies, unnamed } from './compare-people';
import { copyRows } from './copy-rows';
import { readStep, STEP_COLUMNS, STEP_FIELDS } from './read-step';

/** Records a snapshot. Memory holds as many summaries at most. */
const PAGE = 20_000;

export interface SummariesTask {
  ledgerId: number;
  missing: MissingNumbers;
  onBreaks(breaks: ChainBreak[]): void;
  onProgress?: (records: number) => void;
  signal?: AbortSignal;
  page?: number;
}

/**
 * The second pass over a whole ledger, in the order of the index (conversation, number in it): numbers without a gap, and the list of conversations as
 * its records make it, with the people whom they name. Pages are short snapshots; a conversation that goes on while this runs is compared in the snapshot in which it is complete.
 */
export async function verifySummaries(task: SummariesTask): Promise<void> {
  const client = await pool('verification').connect();
  let failed: Error | undefined;
  try {
    await walkPages(client, task);
  } catch (error) {
    failed = error as Error;
    throw error;
  } finally {
    // A connection left within a transaction or a COPY is not given back for others to use.
    client.release(failed);
  }
}

async function walkPages(client: pg.PoolClient, task: SummariesTask): Promise<void> {
  const { ledgerId, missing, signal, onBreaks, page = PAGE } = task;
  const walk = new ConversationWalk(missing);
  let place: { conversation: string; number: bigint } | null = null;
  let seen = 0;
  const steps: ConversationStep[] = [];
  const people = new NamedPeople();
  for (;;) {
    signal?.throwIfAborted();
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    await client.query(
      'SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off; SET LOCAL enable_sort = off; SET LOCAL jit = off',
    );
    // Of conversations that have left the database no record is met: they are bounded by the list.
    const bound: string | null = await findBound(client, ledgerId, place?.conversation ?? null, page);
    steps.length = 0;
    await copyRows(client, pageQuery(client, ledgerId, place, bound, page), STEP_FIELDS, (buffer, at) => steps.push(readStep(buffer, at)));
    const whole: boolean = steps.length < page;
    const last: ConversationStep | undefined = steps.at(-1);
    const end = whole ? bound : last!.conversationId;
    missing.archived = await readArchivedNumbers(client, ledgerId, place?.conversation ?? null, end);
    const finished: WalkedConversation[] = [];
    for (const step of steps) {
      const { breaks, finished: before } = walk.step(step);
      if (breaks.length > 0) onBreaks(breaks);
      if (before !== null) finished.push(before);
    }
    const open = whole ? walk.finish() : null;
    if (open !== null) finished.push(open);
    // The conversation that the page broke off in waits for its end; those before it are complete in this snapshot, and none can be missed between them.
    const stored: ConversationSummary[] = await readSummaries(client, ledgerId, place?.conversation ?? null, end);
    onBreaks(compareLists(finished, stored, missing));
    onBreaks(await comparePeople(client, ledgerId, people, steps, finished));
    await client.query('COMMIT');
    seen += steps.length;
    task.onProgress?.(seen);
    if (end === null) return;
    place = whole ? { conversation: end, number: -1n } : { conversation: end, number: last!.conversationSeq };
  }
}

/** The conversation that so many of the list come before, from one on; null where fewer are left. */
async function findBound(client: pg.ClientBase, ledgerId: number, from: string | null, page: number): Promise<string | null> {
  const { rows } = await client.query<{ id: string }>(
    `SELECT conversation_id AS id FROM conversations WHERE ledger_id = $1 AND conversation_id >= coalesce($2, '') COLLATE "C" ORDER BY conversation_id OFFSET $3 LIMIT 1`,
    [ledgerId, from, page],
  );
  return rows[0]?.id ?? null;
}

/** Numbers of archived and destroyed records, by conversation: the headers, which stay, have them. `end` is included: of the one that a page breaks off in too. */
export async function readArchivedNumbers(
  client: pg.ClientBase,
  ledgerId: number,
  from: string | null,
  end: string | null,
): Promise<Map<string, SeqRange[]>> {
  const { rows } = await client.query<{ id: string; numbers: string }>(
    `SELECT a.conversation_id AS id, range_agg(int8range(e.conversation_seq, e.conversation_seq, '[]'))::text AS numbers
       FROM (SELECT ledger_id, conversation_id, seqs FROM archive_conversations UNION ALL SELECT ledger_id, conversation_id, seqs FROM destroyed_conversations) a,
            unnest(a.seqs) r, generate_series(lower(r), upper(r) - 1) s
       JOIN entries e ON e.ledger_id = $1 AND e.seq = s
      WHERE a.ledger_id = $1 AND a.conversation_id >= coalesce($2, '') COLLATE "C" AND ($3::text IS NULL OR a.conversation_id <= $3 COLLATE "C") GROUP BY 1`,
    [ledgerId, from, end],
  );
  return new Map(rows.map(({ id, numbers }) => [id, readRanges(numbers) ?? []]));
}

function pageQuery(
  client: pg.PoolClient,
  ledgerId: number,
  after: { conversation: string; number: bigint } | null,
  bound: string | null,
  page: number,
): string {
  const behind =
    after === null
      ? ''
      : `AND (conversation_id, conversation_seq) > (${client.escapeLiteral(after.conversation)} COLLATE "C", ${after.number})`;
  const before = bound === null ? '' : `AND conversation_id < ${client.escapeLiteral(bound)} COLLATE "C"`;
  return `SELECT ${STEP_COLUMNS} FROM records WHERE ledger_id = ${ledgerId} AND conversation_id IS NOT NULL ${behind} ${before}
    ORDER BY conversation_id, conversation_seq LIMIT ${page}`;
}

/** Both lists in order of the id; what only one of them has is a break. */
function compareLists(walked: WalkedConversation[], stored: ConversationSummary[], missing: MissingNumbers): ChainBreak[] {
  const lines = new Map(stored.map((line) => [line.conversation_id, line]));
  const breaks: ChainBreak[] = [];
  for (const conversation of walked) {
    const id = conversation.summary.conversation_id;
    breaks.push(...compareSummary(conversation, lines.get(id) ?? null, missing));
    lines.delete(id);
  }
  for (const line of lines.values()) breaks.push(...compareSummary(null, line, missing));
  return breaks;
}

/** In the snapshot that the records are read in. Who was named first is a part of the line, which was compared already where all of its records are here. */
async function comparePeople(
  client: pg.ClientBase,
  ledgerId: number,
  people: NamedPeople,
  steps: readonly ConversationStep[],
  finished: readonly WalkedConversation[],
): Promise<ChainBreak[]> {
  people.takeSteps(steps);
  const lines = new Map(finished.flatMap(({ summary, missing }) => (missing > 0 ? [] : [[summary.conversation_id, summary.subject_id]])));
  const lacking = (await people.missing(client, ledgerId)).filter(({ conversationId, person }) => lines.get(conversationId) !== person);
  return (await saidByBodies(client, ledgerId, lacking)).map(unnamed);
}

interface SummaryRow
  extends Omit<
    ConversationSummary,
    'record_count' | 'first_seq' | 'last_seq' | 'first_at' | 'last_at' | 'agent_seq_max' | 'agent_seq_count'
  > {
  record_count: string;
  first_seq: string;
  last_seq: string;
  first_at: Date;
  last_at: Date;
  agent_seq_max: string;
  agent_seq_count: string;
}
const SUMMARY_COLUMNS = `conversation_id, record_count, first_seq, last_seq, first_at, last_at, agent_name, user_id, subject_id, classification,
  agent_seq_max, agent_seq_count, agent_seqs::text AS agent_seqs, has_gap, ended`;

async function readSummaries(
  client: pg.ClientBase,
  ledgerId: number,
  from: string | null,
  before: string | null,
): Promise<ConversationSummary[]> {
  const { rows } = await client.query<SummaryRow>(
    `SELECT ${SUMMARY_COLUMNS} FROM conversations WHERE ledger_id = $1
       AND ($2::text IS NULL OR conversation_id >= $2 COLLATE "C") AND ($3::text IS NULL OR conversation_id < $3 COLLATE "C")`,
    [ledgerId, from, before],
  );
  return rows.map(toSummary);
}

export async function readSummary(client: pg.ClientBase, ledgerId: number, conversationId: string): Promise<ConversationSummary | null> {
  const { rows } = await client.query<SummaryRow>(
    `SELECT ${SUMMARY_COLUMNS} FROM conversations WHERE ledger_id = $1 AND conversation_id = $2`,
    [ledgerId, conversationId],
  );
  return rows.length === 0 ? null : toSummary(rows[0]);
}

function toSummary(row: SummaryRow): ConversationSummary {
  return {
    ...row,
    record_count: BigInt(row.record_count),
    first_seq: BigInt(row.first_seq),
    last_seq: BigInt(row.last_seq),
    first_at: Number(row.first_at),
    last_at: Number(row.last_at),
    agent_seq_max: BigInt(row.agent_seq_max),
    agent_seq_count: BigInt(row.agent_seq_count),
  };
}
