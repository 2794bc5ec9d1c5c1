import { MAX_DECIMAL } from './decimal';
import { HASH_BYTES, type Sha256, sha256 } from './entry-hash';
import { EMPTY_ROOT, nodeHash } from './merkle';

/**
 * A tree from its first entry on, held as the roots of its perfect subtrees, largest first: one for every bit that is set in its size. Appending
 * costs two hashes on average, and the root at most one for each bit.
 */
export class CompactRange {
  #size = 0n;
  readonly #hashes: Uint8Array[] = [];
  readonly #hash: Sha256;

  constructor(hash: Sha256 = sha256) {
    this.#hash = hash;
  }

  /**
   * Goes on from a size and the hashes that `hashes()` gave for it.
   * @throws RangeError where their number or length is not that of the size.
   */
  static from(size: bigint, hashes: readonly Uint8Array[], hash: Sha256 = sha256): CompactRange {
    if (size < 0n || size > MAX_DECIMAL || hashes.length !== bitsSet(size)) throw new RangeError('not the hashes of a tree of that size');
    if (hashes.some((one) => one.length !== HASH_BYTES)) throw new RangeError('a SHA-256 hash has 32 bytes');
    const range = new CompactRange(hash);
    range.#size = size;
    range.#hashes.push(...hashes);
    return range;
  }

  get size(): bigint {
    return this.#size;
  }

  /** The roots of the perfect subtrees, from the first and largest to the last. */
  hashes(): Uint8Array[] {
    return [...this.#hashes];
  }

  /** @throws RangeError for a hash that is not 32 bytes. */
  append(leafHash: Uint8Array): void {
    this.appendSubtree(0, leafHash);
  }

  /**
   * Appends 2^height entries by the root of their perfect subtree.
   * @throws RangeError where the size is not a multiple of 2^height (such entries make no subtree of their own there), or for a hash that is not 32 bytes.
   */
  appendSubtree(height: number, root: Uint8Array): void {
    const width = 1n << BigInt(height);
    if (this.#size % width !== 0n) throw new RangeError('a subtree begins at a multiple of its width');
    if (root.length !== HASH_BYTES) throw new RangeError('a SHA-256 hash has 32 bytes');
    let merged = root;
    for (let bit = width; (this.#size & bit) !== 0n; bit <<= 1n) merged = nodeHash(this.#hashes.pop() as Uint8Array, merged, this.#hash);
    this.#hashes.push(merged);
    this.#size += width;
  }

  /** MTH of all entries so far (RFC 9162 §2.1.1). */
  root(): Uint8Array {
    if (this.#hashes.length === 0) return EMPTY_ROOT;
    return this.#hashes.reduceRight((right, left) => nodeHash(left, right, this.#hash));
  }
}

function bitsSet(size: bigint): number {
  let count = 0;
  for (let rest = size; rest !== 0n; rest &= rest - 1n) count++;
  return count;
}
