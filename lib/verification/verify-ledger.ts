import 'server-only';
import { CompactRange } from '@/lib/chain/compact-range';
import { genesisHash } from '@/lib/chain/entry-hash';
import type { ChainBreak } from '@/lib/chain/verify-chain';
import { pool } from '@/lib/db';
import { env } from '@/lib/env';
import { nodeSha256 } from '@/lib/ledger/node-sha256';
import type { ArchivedRanges } from './archived-ranges';
import { CHUNK_HEIGHT, CHUNK_SIZE } from './chunk-leaves';
import type { TreeTask } from './chunk-tree';
import type { DestroyedRanges } from './destroyed-ranges';
import { type Runner, startRunner } from './run-thread';
import { type TreeFindings, TreeWalk } from './tree-walk';
import { type ChunkResult, type ChunkTask, type CodeCounts, countCodes, KEPT_BREAKS, verifyChunk } from './verify-chunk';

/** Divides the 262,144 positions of a leaf: a chunk's records lie in one table. */
export const CHUNK = BigInt(CHUNK_SIZE);

/** Entries of a run that starts no thread: some tens of milliseconds, in slices of what the network brings at once. */
const HERE = 4_096n;

export interface LedgerTask {
  ledgerId: number;
  /** Both ends included. */
  from: bigint;
  to: bigint;
  /** Threads, each with a connection. */
  threads: number;
  /** Whether columns are held against bodies. */
  projection: boolean;
  /** What the tree is held against; nothing where it is left out, and the tree is made all the same. */
  tree?: TreeTask & { incarnation: number; settled: ReadonlySet<number> };
  /** What is in the archive; nothing where it is left out. */
  archived?: ArchivedRanges;
  /** What was destroyed; nothing where it is left out. */
  destroyed?: DestroyedRanges;
  onProgress?: (checked: number) => void;
  /** Stops between chunks; the result so far is thrown away. @throws the signal's reason */
  signal?: AbortSignal;
}

export interface LedgerFindings extends Omit<ChunkResult, 'tree'> {
  tree: TreeFindings;
}

/**
 * Every entry of a range against itself, its record and the entry before, in constant memory: chunks of short snapshots, each starting from what is stored
 * of the entry before it, so that they can be read side by side.
 */
export async function verifyLedger(task: LedgerTask): Promise<LedgerFindings> {
  const genesis = await findGenesis(task.ledgerId);
  const findings = new Findings();
  const tree = await startTree(task, (breaks) => findings.addBreaks(breaks));
  const chunks = chunksOf(task, genesis);
  const work = async (runner: Runner<ChunkTask, ChunkResult>) => {
    for (;;) {
      task.signal?.throwIfAborted();
      const next = chunks.next();
      if (next.done) return;
      const result = await runChunk(runner, next.value, task);
      findings.add(next.value.from, result);
      await tree.add(result.tree);
      task.onProgress?.(findings.checked);
    }
  };
  const count = Math.max(1, Math.min(task.threads, Number((task.to - task.from) / CHUNK) + 1));
  const file = task.to - task.from < HERE ? null : 'verify-worker.mjs';
  const runners = await Promise.all(Array.from({ length: count }, () => startRunner(file, verifyChunk, env().DATABASE_URL)));
  try {
    await Promise.all(runners.map(work));
  } finally {
    await Promise.allSettled(runners.map((runner) => runner.close()));
  }
  const found = tree.finish();
  return { ...findings.result(), tree: found };
}

const NO_TREE = { covered: null, elsewhere: [], incarnation: 1, settled: new Set<number>() };

/** Before a range that does not begin at 0 stands the tree that the stored tiles make; a wrong one shows in every root behind it. */
async function startTree({ ledgerId, from, tree = NO_TREE }: LedgerTask, onBreaks: (breaks: ChainBreak[]) => void): Promise<TreeWalk> {
  const start = (from / CHUNK) * CHUNK;
  const { incarnation, settled, covered } = tree;
  const task = { ledgerId, incarnation, settled, whole: start === 0n, coveredSize: covered?.size ?? 0n, onBreaks };
  return new TreeWalk(task, start, await readBefore(ledgerId, start));
}

/** The tree of `start` entries from the roots of the tiles over whole chunks; null where one is missing. */
async function readBefore(ledgerId: number, start: bigint): Promise<CompactRange | null> {
  const range = new CompactRange(nodeSha256);
  const { rows } = await pool('verification').query<{ tile: string; root: Buffer }>(
    'SELECT tile, root FROM tree_tiles WHERE ledger_id = $1 AND level = 1 AND tile < $2 ORDER BY tile',
    [ledgerId, String(start / CHUNK)],
  );
  for (const { tile, root } of rows) {
    if (BigInt(tile) * CHUNK !== range.size || root.length !== 32) return null;
    range.appendSubtree(CHUNK_HEIGHT, root);
  }
  return range.size === start ? range : null;
}

/** What is archived or destroyed while this runs is missing in its snapshot, and told before that: a second look tells it from what is lost. */
async function runChunk(
  runner: Runner<ChunkTask, ChunkResult>,
  chunk: ChunkTask,
  { archived, destroyed }: Pick<LedgerTask, 'archived' | 'destroyed'>,
): Promise<ChunkResult> {
  for (;;) {
    const look = () => ({
      archived: archived?.within(chunk.from, chunk.to) ?? [],
      destroyed: destroyed?.within(chunk.from, chunk.to) ?? [],
    });
    const known = look();
    const result = await runner.run({ ...chunk, ...known });
    if (!result.codes.body_missing) return result;
    await archived?.refresh();
    await destroyed?.refresh();
    if (sizeOf(look()) === sizeOf(known)) return result;
  }
}

function sizeOf(ranges: Pick<ChunkTask, 'archived' | 'destroyed'>): bigint {
  return [...ranges.archived, ...ranges.destroyed].reduce((sum, { from, to }) => sum + to - from + 1n, 0n);
}

function* chunksOf({ ledgerId, from, to, projection, tree = NO_TREE }: LedgerTask, genesis: Uint8Array): Generator<ChunkTask> {
  for (let start = from; start <= to; ) {
    const end = (start / CHUNK + 1n) * CHUNK - 1n;
    const { covered, elsewhere } = tree;
    yield {
      ledgerId,
      from: start,
      to: end < to ? end : to,
      genesis,
      projection,
      tree: { covered, elsewhere },
      archived: [],
      destroyed: [],
    };
    start = end + 1n;
  }
}

async function findGenesis(ledgerId: number): Promise<Uint8Array> {
  const { rows } = await pool('verification').query<{ origin: string }>('SELECT origin FROM ledgers WHERE id = $1', [ledgerId]);
  return genesisHash(rows[0].origin, nodeSha256);
}

/** Chunks end in any order; their breaks are told in the order of the ledger, the first ones kept. */
class Findings {
  checked = 0;
  #breaksTotal = 0;
  #missing = 0;
  #archived = 0;
  #destroyed = 0;
  readonly #codes: CodeCounts = {};
  #missingNumbers: bigint[] = [];
  readonly #content = { parts: 0, shredded: 0 };
  #parts: { from: bigint; breaks: ChainBreak[] }[] = [];

  /** Those that no chunk told. */
  addBreaks(breaks: ChainBreak[]): void {
    this.#breaksTotal += breaks.length;
    countCodes(breaks, this.#codes);
    for (const found of breaks) this.#keep(found.seq, [found]);
  }

  add(from: bigint, result: ChunkResult): void {
    this.checked += result.checked;
    this.#breaksTotal += result.breaksTotal;
    this.#missing += result.missing;
    this.#archived += result.archived;
    this.#destroyed += result.destroyed;
    addCounts(this.#codes, result.codes);
    this.#content.parts += result.content.parts;
    this.#content.shredded += result.content.shredded;
    if (this.#missingNumbers.length <= 100_000) this.#missingNumbers.push(...result.missingNumbers);
    if (result.breaks.length > 0) this.#keep(from, result.breaks);
  }

  #keep(from: bigint, breaks: ChainBreak[]): void {
    this.#parts.push({ from, breaks });
    this.#parts.sort((a, b) => (a.from < b.from ? -1 : 1));
    // Chunks behind enough kept breaks cannot add to them.
    let kept = 0;
    this.#parts = this.#parts.filter((part) => {
      const within = kept < KEPT_BREAKS;
      kept += part.breaks.length;
      return within;
    });
  }

  result(): Omit<LedgerFindings, 'tree'> {
    return {
      checked: this.checked,
      breaksTotal: this.#breaksTotal,
      missing: this.#missing,
      archived: this.#archived,
      destroyed: this.#destroyed,
      codes: this.#codes,
      missingNumbers: this.#missingNumbers,
      content: this.#content,
      breaks: this.#parts.flatMap((part) => part.breaks).slice(0, KEPT_BREAKS),
    };
  }
}

export function addCounts(into: CodeCounts, from: CodeCounts): void {
  for (const [code, count] of Object.entries(from) as [keyof CodeCounts, number][]) into[code] = (into[code] ?? 0) + count;
}
