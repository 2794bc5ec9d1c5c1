import 'server-only';
import type pg from 'pg';
import { toHex } from '@/lib/chain/bytes';
import { HASH_BYTES } from '@/lib/chain/entry-hash';
import { TILE_WIDTH } from '@/lib/chain/tiles';
import type { ChainBreak } from '@/lib/chain/verify-chain';
import { CHUNK_HEIGHT, CHUNK_SIZE, type ChunkLeaves, type Within } from './chunk-leaves';
import { copyRows } from './copy-rows';

const WIDTH = BigInt(TILE_WIDTH);
const LEVEL_ONE = 8;

/** A tile of level 0 as it is stored, and the first of its hashes that is not the entry's. */
interface StoredTile {
  tile: bigint;
  root: Buffer;
  differs: { place: number; expected: string; found: string } | null;
}

/**
 * The stored tiles over a chunk against its leaves. A tile that stands where entries are missing lends their hashes.
 * @param coveredSize entries that the newest checkpoint covers: each full tile below was there when it was signed.
 * @returns tiles compared, and leaves that are known from the chunk's start on.
 */
export async function compareTiles(
  client: pg.ClientBase,
  ledgerId: number,
  leaves: ChunkLeaves,
  within: Within,
  coveredSize: bigint,
  onBreaks: (breaks: ChainBreak[]) => void,
): Promise<{ compared: number; known: number }> {
  const stored = await readTiles(client, ledgerId, leaves, within);
  const known = leaves.hashLevels(Number(within.to - leaves.start) + 1);
  onBreaks(breaksOf(stored, leaves, known, within, coveredSize));
  if (known < CHUNK_SIZE) return { compared: stored.length, known };
  const told = new Set(stored.filter(({ differs }) => differs !== null).map(({ tile }) => tile));
  const above = await compareLevelOne(client, ledgerId, leaves, within, coveredSize, told, onBreaks);
  return { compared: stored.length + above, known };
}

export function mismatch(seq: bigint, expected: string, found: string): ChainBreak {
  return { seq, recordId: null, code: 'root_mismatch', expected, found };
}

async function readTiles(client: pg.ClientBase, ledgerId: number, leaves: ChunkLeaves, { to }: Within): Promise<StoredTile[]> {
  const first = leaves.start / WIDTH;
  const end = Number(to - leaves.start) + 1;
  const stored: StoredTile[] = [];
  const query = `SELECT tile, root, hashes FROM tree_tiles WHERE ledger_id = ${ledgerId} AND level = 0 AND tile BETWEEN ${first} AND ${to / WIDTH}
    ORDER BY tile`;
  await copyRows(client, query, 3, (buffer, at) => {
    const tile = buffer.readBigInt64BE(at[0]);
    const hashes = buffer.subarray(at[4], at[4] + Math.max(0, at[5]));
    const place = Number(tile - first) * TILE_WIDTH;
    leaves.fill(place, hashes.subarray(0, TILE_WIDTH * HASH_BYTES), end);
    const root = Buffer.from(buffer.subarray(at[2], at[2] + Math.max(0, at[3])));
    stored.push({ tile, root, differs: firstDifference(leaves.hashes(0, place, Math.min(TILE_WIDTH, end - place)), hashes) });
  });
  return stored;
}

function firstDifference(own: Buffer, hashes: Buffer): StoredTile['differs'] {
  if (hashes.length === TILE_WIDTH * HASH_BYTES && own.equals(hashes.subarray(0, own.length))) return null;
  const count = own.length / HASH_BYTES;
  let place = 0;
  while (place < count - 1 && hashAt(own, place).equals(hashAt(hashes, place))) place++;
  return { place, expected: toHex(hashAt(own, place)), found: toHex(hashAt(hashes, place)) };
}

function breaksOf(stored: StoredTile[], leaves: ChunkLeaves, known: number, { from }: Within, coveredSize: bigint): ChainBreak[] {
  const breaks: ChainBreak[] = [];
  const first = leaves.start / WIDTH;
  const firstWithin = from / WIDTH;
  for (const { tile, root, differs } of stored) {
    if (tile < firstWithin) continue;
    const at = Number(tile - first);
    if (differs !== null)
      breaks.push(
        mismatch(tile * WIDTH + BigInt(differs.place), `tile 0/${tile}, hash ${differs.place}: ${differs.expected}`, differs.found),
      );
    else if ((at + 1) * TILE_WIDTH <= known && !root.equals(leaves.hashes(LEVEL_ONE, at)))
      breaks.push(mismatch(tile * WIDTH, `tile 0/${tile}, root: ${toHex(leaves.hashes(LEVEL_ONE, at))}`, toHex(root)));
  }
  const there = new Set(stored.map(({ tile }) => tile));
  const end = smaller(coveredSize / WIDTH, first + BigInt(Math.floor(known / TILE_WIDTH)));
  for (let tile = firstWithin; tile < end; tile++) if (!there.has(tile)) breaks.push(mismatch(tile * WIDTH, `tile 0/${tile}`, 'no tile'));
  return breaks;
}

/** The one tile of level 1 over a whole chunk. @param told tiles below that were found to differ: what follows from them is not told again. */
async function compareLevelOne(
  client: pg.ClientBase,
  ledgerId: number,
  leaves: ChunkLeaves,
  { from }: Within,
  coveredSize: bigint,
  told: ReadonlySet<bigint>,
  onBreaks: (breaks: ChainBreak[]) => void,
): Promise<number> {
  const tile = leaves.start / BigInt(CHUNK_SIZE);
  const below = leaves.start / WIDTH;
  let found = 0;
  const query = `SELECT root, hashes FROM tree_tiles WHERE ledger_id = ${ledgerId} AND level = 1 AND tile = ${tile}`;
  await copyRows(client, query, 2, (buffer, at) => {
    found++;
    const hashes = buffer.subarray(at[2], at[2] + Math.max(0, at[3]));
    const root = buffer.subarray(at[0], at[0] + Math.max(0, at[1]));
    const breaks: ChainBreak[] = [];
    for (let i = Number(from / WIDTH - below); i < TILE_WIDTH; i++) {
      const [own, theirs] = [leaves.hashes(LEVEL_ONE, i), hashAt(hashes, i)];
      if (!own.equals(theirs) && !told.has(below + BigInt(i)))
        breaks.push(mismatch(leaves.start + BigInt(i) * WIDTH, `tile 1/${tile}, hash ${i}: ${toHex(own)}`, toHex(theirs)));
    }
    const whole = leaves.hashes(CHUNK_HEIGHT, 0);
    if (breaks.length === 0 && told.size === 0 && !root.equals(whole))
      breaks.push(mismatch(leaves.start, `tile 1/${tile}, root: ${toHex(whole)}`, toHex(root)));
    onBreaks(breaks);
  });
  if (found === 0 && tile < coveredSize / BigInt(CHUNK_SIZE)) onBreaks([mismatch(leaves.start, `tile 1/${tile}`, 'no tile')]);
  return found;
}

function hashAt(hashes: Buffer, index: number): Buffer {
  return hashes.subarray(index * HASH_BYTES, (index + 1) * HASH_BYTES);
}
function smaller(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}
