import 'server-only';
import { hash } from 'node:crypto';
import type pg from 'pg';
import { HASH_BYTES } from '@/lib/chain/entry-hash';
import { ENTRY } from './chunk-query';
import { copyRows } from './copy-rows';

/** Entries of a chunk: those under one tile of level 1, so that chunks are hashed side by side and put together by one hash each. */
export const CHUNK_SIZE = 65_536;
export const CHUNK_HEIGHT = 16;

/** Positions of a run within a chunk: breaks are told of these alone. Both ends included. */
export interface Within {
  from: bigint;
  to: bigint;
}

/**
 * The tree over one chunk, from the hashes that its entries hold. Hashes lie one behind another, a buffer for each level: no object is made for a leaf.
 */
export class ChunkLeaves {
  /** Of the first leaf; a multiple of CHUNK_SIZE. */
  readonly start: bigint;
  readonly #start: number;
  /** Level k: roots of subtrees of 2^k leaves. */
  readonly #levels: Buffer[] = [Buffer.alloc(CHUNK_SIZE * HASH_BYTES)];
  readonly #present = new Uint8Array(CHUNK_SIZE);
  readonly #leaf = Buffer.alloc(1 + HASH_BYTES);

  /** @param position any within the chunk. */
  constructor(position: bigint) {
    this.start = (position / BigInt(CHUNK_SIZE)) * BigInt(CHUNK_SIZE);
    this.#start = Number(this.start);
  }

  /** A row of the chunk query. */
  takeRow(buffer: Buffer, at: Int32Array): void {
    this.#take(buffer, at[2 * ENTRY.seq], at[2 * ENTRY.integrityHash], at[2 * ENTRY.integrityHash + 1]);
  }

  /** Entries before `from` in its chunk, which the run itself does not look at. */
  async takeEarlier(client: pg.ClientBase, ledgerId: number, from: bigint): Promise<void> {
    if (from === this.start) return;
    const query = `SELECT seq, integrity_hash FROM entries WHERE ledger_id = ${ledgerId} AND seq BETWEEN ${this.start} AND ${from - 1n}`;
    await copyRows(client, query, 2, (buffer, at) => this.#take(buffer, at[0], at[2], at[3]));
  }

  /** Takes the integrity hash of an entry from where it lies. */
  #take(buffer: Buffer, seqAt: number, hashAt: number, size: number): void {
    const at = buffer.readUInt32BE(seqAt) * 4294967296 + buffer.readUInt32BE(seqAt + 4) - this.#start;
    if (at < 0 || at >= CHUNK_SIZE || size !== HASH_BYTES) return;
    const leaf = this.#leaf;
    for (let i = 0; i < HASH_BYTES; i++) leaf[1 + i] = buffer[hashAt + i];
    // Text is made three times as fast as a Buffer, and written down without another object.
    this.#levels[0].write(hash('sha256', leaf, 'binary'), at * HASH_BYTES, HASH_BYTES, 'latin1');
    this.#present[at] = 1;
  }

  /**
   * Leaves of entries that are missing, from the tile that they lie under, so that what follows them can still be compared: that they are missing is told
   * elsewhere. @param place of the first hash among the chunk's leaves; @param end of the leaves that there ought to be.
   */
  fill(place: number, hashes: Buffer, end: number): void {
    for (let i = 0; (i + 1) * HASH_BYTES <= hashes.length && place + i < end; i++) {
      if (this.#present[place + i] === 1) continue;
      hashes.copy(this.#levels[0], (place + i) * HASH_BYTES, i * HASH_BYTES, (i + 1) * HASH_BYTES);
      this.#present[place + i] = 1;
    }
  }

  /** Hashes of a level, `count` of them from `index` on. */
  hashes(level: number, index: number, count = 1): Buffer {
    return this.#levels[level].subarray(index * HASH_BYTES, (index + count) * HASH_BYTES);
  }

  /** Makes the levels above. @returns how many leaves from the start on are known, of `count`. */
  hashLevels(count: number): number {
    let known = 0;
    while (known < count && this.#present[known] === 1) known++;
    for (let level = 1; level <= CHUNK_HEIGHT; level++) {
      const nodes = known >> level;
      const below = this.#levels[level - 1];
      const own = Buffer.allocUnsafe(nodes * HASH_BYTES);
      for (let i = 0; i < nodes; i++) writeNode(below, 2 * i * HASH_BYTES, below, (2 * i + 1) * HASH_BYTES, own, i * HASH_BYTES);
      this.#levels[level] = own;
    }
    return known;
  }

  /** Roots of the perfect subtrees of the first `count` leaves, largest first. */
  frontier(count: number): Uint8Array[] {
    const hashes: Uint8Array[] = [];
    let at = 0;
    for (let level = CHUNK_HEIGHT; level >= 0; level--) {
      if (((count >> level) & 1) === 0) continue;
      hashes.push(Uint8Array.from(this.hashes(level, at >> level)));
      at += 1 << level;
    }
    return hashes;
  }

  /** The hash over the first `count` leaves: perfect subtrees, hashed together from the last and smallest to the first. */
  writeRoot(count: number, into: Buffer, at: number): void {
    let begun = false;
    let end = count;
    for (let level = 0; level <= CHUNK_HEIGHT; level++) {
      if (((count >> level) & 1) === 0) continue;
      end -= 1 << level;
      const place = (end >> level) * HASH_BYTES;
      if (begun) writeNode(this.#levels[level], place, into, at, into, at);
      else this.#levels[level].copy(into, at, place, place + HASH_BYTES);
      begun = true;
    }
  }
}

const NODE = Buffer.alloc(1 + 2 * HASH_BYTES, 1);
/** SHA-256(0x01 ‖ left ‖ right), RFC 9162 §2.1.1, from where the two lie to where the result goes. */
function writeNode(left: Buffer, leftAt: number, right: Buffer, rightAt: number, into: Buffer, at: number): void {
  left.copy(NODE, 1, leftAt, leftAt + HASH_BYTES);
  right.copy(NODE, 1 + HASH_BYTES, rightAt, rightAt + HASH_BYTES);
  into.write(hash('sha256', NODE, 'binary'), at, HASH_BYTES, 'latin1');
}
