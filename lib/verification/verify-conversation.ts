import 'server-only';
import type pg from 'pg';
import type { SeqRange } from '@/lib/chain/archive-segment';
import { equalBytes, toHex } from '@/lib/chain/bytes';
import { genesisHash } from '@/lib/chain/entry-hash';
import { type ChainBreak, type ChainEntry, type ChainRecord, checkEntry } from '@/lib/chain/verify-chain';
import {
  type ConversationStep,
  type ConversationSummary,
  ConversationWalk,
  compareSummary,
  MissingNumbers,
} from '@/lib/chain/verify-conversations';
import { pool } from '@/lib/db';
import { nodeSha256 } from '@/lib/ledger/node-sha256';
import { ArchivedRanges } from './archived-ranges';
import { archivedPositions, fetchSteps } from './archived-steps';
import { CommittedContent, type ContentFindings } from './check-content';
import { ALL_FIELDS, rowsQuery } from './chunk-query';
import { NamedPeople, type Naming, saidByBodies, unnamed } from './compare-people';
import { copyRows } from './copy-rows';
import { decodeEntry, decodeRecord } from './decode-row';
import { readStep, STEP_COLUMNS, STEP_FIELDS } from './read-step';
import type { ObjectsFindings } from './verify-archive';
import type { Head } from './verify-heads';
import type { InclusionProver } from './verify-inclusion';
import { readSummary } from './verify-summaries';

export interface ConversationTask {
  ledgerId: number;
  conversationId: string;
  /** Proves each record under a checkpoint too. */
  prover?: InclusionProver;
  onBreaks(breaks: ChainBreak[]): void;
  onProgress?: (checked: number, total: number) => void;
  signal?: AbortSignal;
}

/** Records a query: their neighbours are read with them. */
const PAGE = 2_000;

/**
 * The records 1 … n of one conversation: each against its own header, each header against the entry before it in the ledger, the numbers without a gap, and
 * the line in the list. @returns how many there are, and the last of them.
 */
export async function verifyConversation(
  task: ConversationTask,
): Promise<{ checked: number; head: Head | null; content: ContentFindings; objects: ObjectsFindings | null }> {
  const { ledgerId, conversationId, onBreaks, signal } = task;
  const client = await pool('verification').connect();
  let failed: Error | undefined;
  try {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    const summary = await readSummary(client, ledgerId, conversationId);
    const id = client.escapeLiteral(conversationId);
    const steps: ConversationStep[] = [];
    await copyRows(
      client,
      `SELECT ${STEP_COLUMNS} FROM records WHERE ledger_id = ${ledgerId} AND conversation_id = ${id} ORDER BY conversation_seq`,
      STEP_FIELDS,
      (buffer, at) => steps.push(readStep(buffer, at)),
    );
    const gone = await archivedPositions(client, ledgerId, conversationId);
    const named = await saidByBodies(client, ledgerId, await lackingOf(client, ledgerId, steps));
    // Headers do not change: they need no snapshot together.
    await client.query('COMMIT');
    const { rows } = await client.query<{ origin: string }>('SELECT origin FROM ledgers WHERE id = $1', [ledgerId]);
    const ledger = { id: ledgerId, origin: rows[0].origin };
    const genesis = genesisHash(ledger.origin, nodeSha256);
    const archived = gone.length === 0 ? null : await fetchSteps(ledger, conversationId, gone, onBreaks);
    const first = [...steps, ...(archived?.steps ?? [])].reduce(firstNamed, null);
    onBreaks(walkSteps(conversationId, [...steps, ...(archived?.steps ?? [])], archived?.numbers ?? [], summary));
    // Who was named first is a part of the line, which was compared where all of it could be had.
    const line = archived === null || archived.numbers.length === 0 ? (first?.subjectId ?? null) : null;
    const away = archived === null ? [] : await lackingOf(client, ledgerId, archived.steps);
    onBreaks([...named, ...away].filter(({ person }) => person !== line).map(unnamed));
    const seqs = [...steps.map(({ seq }) => seq), ...gone].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));

    let head: Head | null = null;
    const content: ContentFindings = { parts: archived?.objects.content.parts ?? 0, shredded: archived?.objects.content.shredded ?? 0 };
    for (let start = 0; start < seqs.length; start += PAGE) {
      signal?.throwIfAborted();
      const page = seqs.slice(start, start + PAGE);
      const entries = await readEntries(client, ledgerId, page);
      const committed = new CommittedContent();
      for (const seq of page) {
        const here = entries.get(seq);
        if (here === undefined)
          onBreaks([{ seq, recordId: null, code: 'entry_missing', expected: 'an entry of the chain', found: 'a record alone' }]);
        else {
          // Of the archived ones the bodies were looked at where they were fetched; one that has left meanwhile was here in the snapshot.
          const record = here.record ?? (archived?.seqs.has(seq) || (await isArchived(ledger, seq)) ? 'archived' : null);
          onBreaks([
            ...checkLink(here.entry, seq === 0n ? genesis : entries.get(seq - 1n)?.entry.integrityHash),
            ...checkEntry(here.entry, record, nodeSha256),
          ]);
          if (here.record !== null) committed.takeBody(seq, here.entry.id, here.record.body);
          if (task.prover !== undefined) onBreaks(await task.prover.prove(seq, here.entry.integrityHash));
          if (head === null || seq > head.seq) head = { seq, integrityHash: Buffer.from(here.entry.integrityHash) };
        }
      }
      const { parts, shredded } = await committed.compare(client, ledgerId, onBreaks);
      content.parts += parts;
      content.shredded += shredded;
      task.onProgress?.(Math.min(start + PAGE, seqs.length), seqs.length);
    }
    return { checked: seqs.length, head, content, objects: archived?.objects ?? null };
  } catch (error) {
    failed = error as Error;
    throw error;
  } finally {
    client.release(failed);
  }
}

function lackingOf(client: pg.ClientBase, ledgerId: number, steps: readonly ConversationStep[]): Promise<Naming[]> {
  const people = new NamedPeople();
  people.takeSteps(steps);
  return people.missing(client, ledgerId);
}

function firstNamed(first: ConversationStep | null, step: ConversationStep): ConversationStep | null {
  return step.subjectId !== null && (first === null || step.conversationSeq < first.conversationSeq) ? step : first;
}

/** In the order of their numbers, wherever they came from. */
function walkSteps(
  conversationId: string,
  steps: ConversationStep[],
  unseen: readonly SeqRange[],
  summary: ConversationSummary | null,
): ChainBreak[] {
  const missing = new MissingNumbers();
  missing.archived = new Map([[conversationId, unseen]]);
  const walk = new ConversationWalk(missing);
  const inOrder = steps.sort((a, b) => (a.conversationSeq < b.conversationSeq ? -1 : a.conversationSeq > b.conversationSeq ? 1 : 0));
  const breaks = inOrder.flatMap((step) => walk.step(step).breaks);
  const walked = walk.finish();
  return walked === null && summary === null ? breaks : [...breaks, ...compareSummary(walked, summary, missing)];
}

async function isArchived(ledger: { id: number; origin: string }, seq: bigint): Promise<boolean> {
  return (await ArchivedRanges.of(ledger, [seq])).has(seq);
}

type Row = { entry: ChainEntry; record: ChainRecord | null };

/** The entries with their records, and the entries before them. */
async function readEntries(client: Parameters<typeof copyRows>[0], ledgerId: number, seqs: bigint[]): Promise<Map<bigint, Row>> {
  const rows = new Map<bigint, Row>();
  const places = [...new Set(seqs.flatMap((seq) => (seq === 0n ? [seq] : [seq - 1n, seq])))].join(',');
  await copyRows(client, rowsQuery(`e.ledger_id = ${ledgerId} AND e.seq IN (${places})`), ALL_FIELDS, (buffer, at) => {
    const entry = decodeEntry(buffer, at);
    rows.set(entry.seq, { entry, record: decodeRecord(buffer, at, true) });
  });
  return rows;
}

function checkLink(entry: ChainEntry, previousHash: Uint8Array | undefined): ChainBreak[] {
  const at = { seq: entry.seq, recordId: entry.id };
  if (previousHash === undefined)
    return [{ ...at, seq: entry.seq - 1n, recordId: null, code: 'sequence_gap', expected: `${entry.seq - 1n}`, found: 'no entry' }];
  if (equalBytes(previousHash, entry.previousHash)) return [];
  return [{ ...at, code: 'link_broken', expected: toHex(previousHash), found: toHex(entry.previousHash) }];
}
