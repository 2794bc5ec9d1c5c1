import { concatBytes } from './bytes';
import { CompactRange } from './compact-range';
import { MAX_DECIMAL } from './decimal';
import { HASH_BYTES, type Sha256, sha256 } from './entry-hash';
import { nodeHash } from './merkle';
import { TILE_HEIGHT, TILE_WIDTH } from './tile-path';

export { MAX_TILE_LEVEL, parseTilePath, TILE_HEIGHT, TILE_WIDTH, type TileName, tilePath } from './tile-path';

/** One tile of hashes, as wide as it is in the tree that is read. */
export interface TileId {
  level: number;
  tile: bigint;
  width: number;
}

/** Where tiles come from: a table, a folder, the network. */
export interface TileReader {
  /**
   * The hashes of each tile in the order asked for, width × 32 bytes each. Rejects where one cannot be had. Called once for each tree, root or proof,
   * with every tile that it needs.
   */
  readTiles(wanted: TileId[]): Promise<Uint8Array[]>;
}

/** A perfect subtree: the leaves index × 2^height … (index + 1) × 2^height − 1. */
interface Subtree {
  height: number;
  index: bigint;
}

/** The leaves start … end − 1; start is a multiple of the smallest power of two that is not below the length. */
interface LeafRange {
  start: bigint;
  end: bigint;
}

/**
 * The root of the hashes of a tile, or of an aligned part of one.
 * @throws RangeError where their number is not a power of two up to 256 or their bytes are no hashes.
 */
export function tileRoot(hashes: Uint8Array, hash: Sha256 = sha256): Uint8Array {
  const count = hashes.length / HASH_BYTES;
  if (!Number.isInteger(count) || count < 1 || count > TILE_WIDTH || (count & (count - 1)) !== 0)
    throw new RangeError('a subtree within a tile has 1, 2, 4 … 256 hashes');
  let row = Array.from({ length: count }, (_, i) => hashes.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES));
  while (row.length > 1) row = Array.from({ length: row.length / 2 }, (_, i) => nodeHash(row[2 * i], row[2 * i + 1], hash));
  return row[0].slice();
}

/** The tree of that size as its frontier, so that it can be appended to. Reads one tile for each level. */
export async function readCompactRange(reader: TileReader, size: bigint, hash: Sha256 = sha256): Promise<CompactRange> {
  checkSize(size);
  const hashes = await readSubtrees(reader, size, perfectSubtrees({ start: 0n, end: size }), hash);
  return CompactRange.from(size, hashes, hash);
}

/** MTH(D[0:size]). Reads one tile for each level. */
export async function treeRoot(reader: TileReader, size: bigint, hash: Sha256 = sha256): Promise<Uint8Array> {
  return (await readCompactRange(reader, size, hash)).root();
}

/**
 * PATH(index, D[0:size]), from the leaf's sibling up. Reads at most two tiles for each level.
 * @param known roots of perfect subtrees that were computed before; for whoever makes many proofs, which share nearly all of them.
 * @throws RangeError where the index is not below the size.
 * @see RFC 9162 §2.1.3.1
 */
export async function proveInclusion(
  reader: TileReader,
  index: bigint,
  size: bigint,
  hash: Sha256 = sha256,
  known?: Map<string, Uint8Array>,
): Promise<Uint8Array[]> {
  checkSize(size);
  if (index < 0n || index >= size) throw new RangeError('the tree has no such leaf');
  const siblings: LeafRange[] = [];
  let { start, end }: LeafRange = { start: 0n, end: size };
  while (end - start > 1n) {
    const middle = start + splitPoint(end - start);
    if (index < middle) {
      siblings.push({ start: middle, end });
      end = middle;
    } else {
      siblings.push({ start, end: middle });
      start = middle;
    }
  }
  return readRanges(reader, size, siblings.reverse(), hash, known);
}

/**
 * PROOF(size1, D[0:size2]); empty where size1 is 0 or size2. Reads at most two tiles for each level.
 * @throws RangeError where size1 is above size2.
 * @see RFC 9162 §2.1.4.1
 */
export async function proveConsistency(reader: TileReader, size1: bigint, size2: bigint, hash: Sha256 = sha256): Promise<Uint8Array[]> {
  checkSize(size2);
  if (size1 < 0n || size1 > size2) throw new RangeError('a tree is consistent with larger ones alone');
  if (size1 === 0n || size1 === size2) return [];
  const nodes: LeafRange[] = [];
  let { start, end }: LeafRange = { start: 0n, end: size2 };
  while (end !== size1) {
    const middle = start + splitPoint(end - start);
    if (size1 <= middle) {
      nodes.push({ start: middle, end });
      end = middle;
    } else {
      nodes.push({ start, end: middle });
      start = middle;
    }
  }
  // The old tree as a whole is known to whoever checks; a part of it is not.
  if (start !== 0n) nodes.push({ start, end });
  return readRanges(reader, size2, nodes.reverse(), hash);
}

/**
 * Entries as tile/entries/<N> carries them: each with its length before it, u16be.
 * @throws RangeError for more than 256 leaves, none, or one above 65,535 bytes.
 */
export function entryBundle(leaves: readonly Uint8Array[]): Uint8Array {
  if (leaves.length < 1 || leaves.length > TILE_WIDTH) throw new RangeError('a bundle has 1 to 256 entries');
  const parts: Uint8Array[] = [];
  for (const leaf of leaves) {
    if (leaf.length > 0xffff) throw new RangeError('an entry of a bundle has at most 65,535 bytes');
    parts.push(Uint8Array.of(leaf.length >> 8, leaf.length & 0xff), leaf);
  }
  return concatBytes(...parts);
}

/** null where the bytes are not 1 to 256 entries and nothing else. */
export function parseEntryBundle(bytes: Uint8Array): Uint8Array[] | null {
  const leaves: Uint8Array[] = [];
  let at = 0;
  while (at < bytes.length) {
    if (leaves.length === TILE_WIDTH || at + 2 > bytes.length) return null;
    const end = at + 2 + ((bytes[at] << 8) | bytes[at + 1]);
    if (end > bytes.length) return null;
    leaves.push(bytes.slice(at + 2, end));
    at = end;
  }
  return leaves.length === 0 ? null : leaves;
}

function checkSize(size: bigint): void {
  if (size < 0n || size > MAX_DECIMAL) throw new RangeError('not a tree size');
}

/** The largest power of two below a length of at least 2 (RFC 9162 §2.1.1: k < n ≤ 2k). */
function splitPoint(length: bigint): bigint {
  return 1n << BigInt((length - 1n).toString(2).length - 1);
}

function perfectSubtrees({ start, end }: LeafRange): Subtree[] {
  const subtrees: Subtree[] = [];
  let at = start;
  while (at < end) {
    const height = (end - at).toString(2).length - 1;
    subtrees.push({ height, index: at >> BigInt(height) });
    at += 1n << BigInt(height);
  }
  return subtrees;
}

/** Roots of leaf ranges: each is one perfect subtree, or several at the ragged end of the tree that are hashed together. */
async function readRanges(
  reader: TileReader,
  size: bigint,
  ranges: LeafRange[],
  hash: Sha256,
  known?: Map<string, Uint8Array>,
): Promise<Uint8Array[]> {
  const pieces = ranges.map(perfectSubtrees);
  const roots = await readSubtrees(reader, size, pieces.flat(), hash, known);
  let at = 0;
  return pieces.map((piece) => {
    const own = roots.slice(at, at + piece.length);
    at += piece.length;
    return own.reduceRight((right, left) => nodeHash(left, right, hash));
  });
}

/** Reads every tile once, however many subtrees lie in it. */
async function readSubtrees(
  reader: TileReader,
  size: bigint,
  subtrees: Subtree[],
  hash: Sha256,
  known?: Map<string, Uint8Array>,
): Promise<Uint8Array[]> {
  if (known !== undefined) return readUnknown(reader, size, subtrees, hash, known);
  const wanted: TileId[] = [];
  const places = new Map<string, number>();
  const parts = subtrees.map(({ height, index }) => {
    const level = Math.floor(height / TILE_HEIGHT);
    const within = height % TILE_HEIGHT;
    const first = index << BigInt(within);
    const tile = first >> BigInt(TILE_HEIGHT);
    const key = `${level}/${tile}`;
    let place = places.get(key);
    if (place === undefined) {
      place = wanted.length;
      places.set(key, place);
      wanted.push({ level, tile, width: tileWidth(level, tile, size) });
    }
    return { place, from: Number(first & BigInt(TILE_WIDTH - 1)), count: 1 << within };
  });
  const tiles = wanted.length === 0 ? [] : await reader.readTiles(wanted);
  if (tiles.length !== wanted.length || tiles.some((tile, i) => tile.length !== wanted[i].width * HASH_BYTES))
    throw new RangeError('a reader of tiles gave other tiles than asked for');
  return parts.map(({ place, from, count }) => tileRoot(tiles[place].subarray(from * HASH_BYTES, (from + count) * HASH_BYTES), hash));
}

/** A perfect subtree never changes, whatever the tree grows to. */
async function readUnknown(
  reader: TileReader,
  size: bigint,
  subtrees: Subtree[],
  hash: Sha256,
  known: Map<string, Uint8Array>,
): Promise<Uint8Array[]> {
  const nameOf = ({ height, index }: Subtree) => `${height}/${index}`;
  const missing = subtrees.filter((subtree) => !known.has(nameOf(subtree)));
  const roots = missing.length === 0 ? [] : await readSubtrees(reader, size, missing, hash);
  for (const [i, subtree] of missing.entries()) known.set(nameOf(subtree), roots[i]);
  return subtrees.map((subtree) => known.get(nameOf(subtree)) as Uint8Array);
}

/** How many hashes a tile has in a tree of that size: 256, fewer in the last of its level, or 0 where there is none. */
export function tileWidth(level: number, tile: bigint, size: bigint): number {
  const there = (size >> BigInt(level * TILE_HEIGHT)) - tile * BigInt(TILE_WIDTH);
  return there >= BigInt(TILE_WIDTH) ? TILE_WIDTH : there > 0n ? Number(there) : 0;
}
