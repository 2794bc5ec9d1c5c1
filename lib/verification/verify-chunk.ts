import 'server-only';
import type pg from 'pg';
import { inRanges } from '@/lib/chain/archive-manifest';
import type { SeqRange } from '@/lib/chain/archive-segment';
import { type ChainBreak, type ChainBreakCode, ChainWalk, type WalkStart } from '@/lib/chain/verify-chain';
import { nodeSha256 } from '@/lib/ledger/node-sha256';
import { CommittedContent, type ContentFindings } from './check-content';
import { ChunkLeaves } from './chunk-leaves';
import { ALL_FIELDS, CHAIN_FIELDS, chunkQuery, ENTRY } from './chunk-query';
import { type ChunkTree, finishTree, type TreeTask } from './chunk-tree';
import { copyRows } from './copy-rows';
import { decodeEntry, decodeRecord } from './decode-row';
import { SoundRows } from './sound-row';

/** Breaks that are kept of one run; all are counted. */
export const KEPT_BREAKS = 10_000;

export type CodeCounts = Partial<Record<ChainBreakCode, number>>;
export function countCodes(breaks: readonly ChainBreak[], into: CodeCounts = {}): CodeCounts {
  for (const { code } of breaks) into[code] = (into[code] ?? 0) + 1;
  return into;
}

/** Positions `from` … `to` of a ledger, within one leaf of the records table. `genesis` is what entry 0 must point back to. */
export interface ChunkTask {
  ledgerId: number;
  from: bigint;
  to: bigint;
  genesis: Uint8Array;
  projection: boolean;
  tree: TreeTask;
  /** Positions whose bodies are in the archive, by manifests that the ledger's keys signed; ascending, those of this chunk. */
  archived: readonly SeqRange[];
  /** Positions whose bodies were destroyed, by certificates and the access ledger; likewise. */
  destroyed: readonly SeqRange[];
}

export interface ChunkResult {
  /** Entries looked at. */
  checked: number;
  /** In the order of the sequence, the first KEPT_BREAKS. */
  breaks: ChainBreak[];
  breaksTotal: number;
  /** How many of the breaks only say that a body, or sealed words, are not there. */
  missing: number;
  /** All of them by code, those that were not kept too. */
  codes: CodeCounts;
  /** Entries whose bodies are in the archive and no longer here. */
  archived: number;
  /** Entries whose bodies were destroyed at the end of their life. */
  destroyed: number;
  /** Numbers within their conversations of entries whose records are missing, the first 100,000. */
  missingNumbers: bigint[];
  content: ContentFindings;
  tree: ChunkTree;
}

/** One query, one short snapshot, and then its tiles and the checkpoints that end in it. @param client has PLAN_SETTINGS. */
export async function verifyChunk(client: pg.ClientBase, task: ChunkTask): Promise<ChunkResult> {
  const { ledgerId, from, to, genesis, projection, archived, destroyed } = task;
  const start: WalkStart = { seq: from, previousHash: from === 0n ? genesis : null, receivedAtUs: null };
  const sound = new SoundRows(projection);
  sound.resume(start);
  const walk = new ChainWalk(start, nodeSha256);
  const leaves = new ChunkLeaves(from);
  await leaves.takeEarlier(client, ledgerId, from);
  const committed = new CommittedContent();
  const content = { parts: 0, shredded: 0 };
  const result: Omit<ChunkResult, 'tree'> = {
    checked: 0,
    breaks: [],
    breaksTotal: 0,
    missing: 0,
    archived: 0,
    destroyed: 0,
    codes: {},
    missingNumbers: [],
    content,
  };
  const keep = (breaks: ChainBreak[]) => {
    result.breaksTotal += breaks.length;
    countCodes(breaks, result.codes);
    for (const broken of breaks) if (result.breaks.length < KEPT_BREAKS) result.breaks.push(broken);
  };
  let first = true;
  let records = 0;

  await copyRows(client, chunkQuery(ledgerId, from, to, projection), projection ? ALL_FIELDS : CHAIN_FIELDS, (buffer, at) => {
    if (first) {
      first = false;
      const entry = decodeEntry(buffer, at);
      if (entry.seq === from - 1n) {
        sound.resume({ seq: from, previousHash: entry.integrityHash, receivedAtUs: entry.receivedAtUs });
        return;
      }
    }
    result.checked++;
    leaves.takeRow(buffer, at);
    if (projection) committed.takeRow(buffer, at);
    const here = at[2 * ENTRY.body + 1] >= 0;
    const isIn = (ranges: readonly SeqRange[]) => !here && ranges.length > 0 && inRanges(ranges, buffer.readBigInt64BE(at[2 * ENTRY.seq]));
    const gone = isIn(destroyed);
    const elsewhere = gone || isIn(archived);
    if (here) records++;
    if (gone) result.destroyed++;
    else if (elsewhere) result.archived++;
    if (sound.pass(buffer, at, elsewhere)) return;
    const entry = decodeEntry(buffer, at);
    const record = elsewhere ? 'archived' : decodeRecord(buffer, at, projection);
    walk.passTo(sound.state());
    keep(walk.step(entry, record));
    sound.resume(walk.state());
    if (record === null) {
      result.missing++;
      if (result.missingNumbers.length < 100_000) result.missingNumbers.push(entry.conversationSeq);
    }
  });
  walk.passTo(sound.state());
  keep(walk.finish(to));
  await findOrphans(client, task, records, keep);
  result.content = await committed.compare(client, ledgerId, (breaks) => {
    keep(breaks);
    result.missing += breaks.filter(({ code }) => code === 'content_missing').length;
  });
  const tree = await finishTree(client, ledgerId, leaves, { from, to }, task.tree, keep);
  return { ...result, tree };
}

/** Records without an entry: counted, and looked for only where there are more records than were met with an entry. */
async function findOrphans(client: pg.ClientBase, task: ChunkTask, met: number, keep: (breaks: ChainBreak[]) => void): Promise<void> {
  const range = `ledger_id = ${task.ledgerId} AND seq BETWEEN ${task.from} AND ${task.to}`;
  const { rows } = await client.query<{ count: string }>(`SELECT count(*) FROM records WHERE ${range}`);
  if (Number(rows[0].count) === met) return;
  const orphans = await client.query<{ seq: string; id: string }>(
    `SELECT r.seq, r.id FROM records r WHERE ${range} AND NOT EXISTS (SELECT FROM entries e WHERE e.ledger_id = r.ledger_id AND e.seq = r.seq) ORDER BY r.seq`,
  );
  keep(orphans.rows.map(({ seq, id }) => orphan(BigInt(seq), id)));
}

export function orphan(seq: bigint, recordId: string): ChainBreak {
  return { seq, recordId, code: 'entry_missing', expected: 'an entry of the chain', found: 'a record alone' };
}
