import { createHash } from 'node:crypto';
import type { TileId, TileReader } from '../chain/tiles';

/**
 * RFC 6962, section 2.1, written down as it stands there: recursion over slices of the leaves, without tiles, frontiers or shifts. Shares no code with
 * lib/chain, so that the two can be held against each other.
 */
export const nodeSha256 = (bytes: Uint8Array): Uint8Array => new Uint8Array(createHash('sha256').update(bytes).digest());

export class NaiveTree {
  readonly #leaves: Uint8Array[];
  // A tree of 65,537 leaves is asked many times; what is kept here is what the recursion gave.
  readonly #known = new Map<string, Uint8Array>();

  constructor(leaves: Uint8Array[]) {
    this.#leaves = leaves;
  }

  /** MTH(D[start:end]) */
  mth(start: number, end: number): Uint8Array {
    const n = end - start;
    if (n === 0) return nodeSha256(Buffer.alloc(0));
    const key = `${start}-${end}`;
    let known = this.#known.get(key);
    if (known === undefined) {
      if (n === 1) known = nodeSha256(Buffer.concat([Buffer.of(0), this.#leaves[start]]));
      else {
        const k = largestPowerBelow(n);
        known = nodeSha256(Buffer.concat([Buffer.of(1), this.mth(start, start + k), this.mth(start + k, end)]));
      }
      this.#known.set(key, known);
    }
    return known;
  }

  root(size: number): Uint8Array {
    return this.mth(0, size);
  }

  /** PATH(m, D[start:end]), m counted from start */
  path(m: number, start: number, end: number): Uint8Array[] {
    const n = end - start;
    if (n === 1) return [];
    const k = largestPowerBelow(n);
    if (m < k) return [...this.path(m, start, start + k), this.mth(start + k, end)];
    return [...this.path(m - k, start + k, end), this.mth(start, start + k)];
  }

  /** PROOF(m, D[0:n]) */
  proof(m: number, n: number): Uint8Array[] {
    return m === 0 || m === n ? [] : this.#subproof(m, 0, n, true);
  }

  #subproof(m: number, start: number, end: number, whole: boolean): Uint8Array[] {
    const n = end - start;
    if (m === n) return whole ? [] : [this.mth(start, end)];
    const k = largestPowerBelow(n);
    if (m <= k) return [...this.#subproof(m, start, start + k, whole), this.mth(start + k, end)];
    return [...this.#subproof(m - k, start + k, end, false), this.mth(start, start + k)];
  }

  /** Tiles by their definition: MTH(D[(n * 256 + i) * 256**l : (n * 256 + i + 1) * 256**l]). */
  tile({ level, tile, width }: TileId): Uint8Array {
    const span = 256 ** level;
    const first = Number(tile) * 256;
    return Buffer.concat(Array.from({ length: width }, (_, i) => this.mth((first + i) * span, (first + i + 1) * span)));
  }

  reader(): TileReader {
    return { readTiles: async (wanted) => wanted.map((one) => this.tile(one)) };
  }
}

/** Leaf data that differ from each other. */
export function numberedLeaves(count: number): Uint8Array[] {
  return Array.from({ length: count }, (_, i) => new Uint8Array(Buffer.from(`entry ${i}`)));
}

/** k with k < n ≤ 2k */
function largestPowerBelow(n: number): number {
  let k = 1;
  while (2 * k < n) k *= 2;
  return k;
}
