import 'server-only';
import type pg from 'pg';
import { HASH_BYTES } from '@/lib/chain/entry-hash';
import type { ChainBreak } from '@/lib/chain/verify-chain';
import { CHUNK_SIZE, type ChunkLeaves, type Within } from './chunk-leaves';
import { compareTiles } from './compare-tiles';
import { copyRows } from './copy-rows';

/** What the tree of a chunk is held against. */
export interface TreeTask {
  /** The newest checkpoint that counts: entries below its size have tiles, checkpoints behind it are left to the next run. */
  covered: { number: bigint; size: bigint } | null;
  /**
   * Roots that are known from elsewhere, held against the entries like those of checkpoints: what the signer remembers (`incarnation` 0), and what an older
   * incarnation had signed last.
   */
  elsewhere: { size: bigint; root: Uint8Array; incarnation: number }[];
}

/** Roots to compare, packed, in the order of sizes; `number` 0 is one from elsewhere. */
export interface ClaimedRoots {
  sizes: BigInt64Array;
  incarnations: Int32Array;
  numbers: BigInt64Array;
  /** Checkpoints that repeat this size and root. */
  counts: BigInt64Array;
  /** 32 bytes each: what was signed. */
  roots: Uint8Array;
  /** 32 bytes each: the root over the chunk's own leaves up to that size; without meaning where `known` is 0. */
  inner: Uint8Array;
  known: Uint8Array;
}

export interface ChunkTree {
  /** Of its first leaf; a multiple of CHUNK_SIZE. */
  start: bigint;
  /** Leaves from the start on. */
  count: number;
  /** Roots of its perfect subtrees, largest first; null where a leaf is not known. */
  frontier: Uint8Array[] | null;
  claims: ClaimedRoots;
  tilesCompared: number;
  tileBreaks: number;
}

interface Claim {
  size: bigint;
  root: Uint8Array;
  incarnation: number;
  number: bigint;
  count: bigint;
}

/** Compares the stored tiles with the leaves, and puts together what the roots at checkpoints are made from. */
export async function finishTree(
  client: pg.ClientBase,
  ledgerId: number,
  leaves: ChunkLeaves,
  within: Within,
  task: TreeTask,
  onBreaks: (breaks: ChainBreak[]) => void,
): Promise<ChunkTree> {
  const count = Number(within.to - leaves.start) + 1;
  let tileBreaks = 0;
  const { compared, known } = await compareTiles(client, ledgerId, leaves, within, task.covered?.size ?? 0n, (breaks) => {
    tileBreaks += breaks.length;
    onBreaks(breaks);
  });
  const claims = pack(await readClaims(client, ledgerId, within, task), leaves, known);
  const frontier = known < count ? null : leaves.frontier(count);
  return { start: leaves.start, count, frontier, claims, tilesCompared: compared, tileBreaks };
}

/** The roots that checkpoints claim for sizes that end among these positions. */
async function readClaims(client: pg.ClientBase, ledgerId: number, { from, to }: Within, task: TreeTask): Promise<Claim[]> {
  const claims: Claim[] = task.elsewhere
    .filter(({ size }) => size > from && size <= to + 1n)
    .map((claim) => ({ ...claim, number: 0n, count: 1n }));
  if (task.covered === null) return claims;
  const query = `SELECT size, incarnation::bigint, min(number), count(*), root FROM checkpoints
    WHERE ledger_id = ${ledgerId} AND size > ${from} AND size <= ${to + 1n} AND number <= ${task.covered.number}
    GROUP BY size, incarnation, root ORDER BY size, min(number) LIMIT ${4 * CHUNK_SIZE}`;
  await copyRows(client, query, 5, (buffer, at) => {
    const number = (field: number) => buffer.readBigInt64BE(at[2 * field]);
    const root = Uint8Array.from(buffer.subarray(at[8], at[8] + Math.max(0, at[9])));
    claims.push({ size: number(0), incarnation: Number(number(1)), number: number(2), count: number(3), root });
  });
  return claims;
}

/** With the part of each root that the chunk's own leaves make. @param known leaves from the start on. */
function pack(claims: Claim[], leaves: ChunkLeaves, known: number): ClaimedRoots {
  const packed: ClaimedRoots = {
    sizes: BigInt64Array.from(claims, (c) => c.size),
    incarnations: Int32Array.from(claims, (c) => c.incarnation),
    numbers: BigInt64Array.from(claims, (c) => c.number),
    counts: BigInt64Array.from(claims, (c) => c.count),
    roots: new Uint8Array(claims.length * HASH_BYTES),
    inner: new Uint8Array(claims.length * HASH_BYTES),
    known: new Uint8Array(claims.length),
  };
  const inner = Buffer.from(packed.inner.buffer);
  claims.forEach(({ size, root }, i) => {
    // Columns have a check of their length, which an administrator can drop.
    packed.roots.set(root.subarray(0, HASH_BYTES), i * HASH_BYTES);
    const count = Number(size - leaves.start);
    if (count > known) return;
    packed.known[i] = 1;
    leaves.writeRoot(count, inner, i * HASH_BYTES);
  });
  return packed;
}
