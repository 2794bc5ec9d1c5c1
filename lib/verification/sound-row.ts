import 'server-only';
import { hash } from 'node:crypto';
import { ENTRY_TAG, PREIMAGE_BYTES } from '@/lib/chain/entry-hash';
import type { WalkStart } from '@/lib/chain/verify-chain';
import { ENTRY } from './chunk-query';
import { agreesWithBody } from './sound-columns';

const HASHES = [ENTRY.bodyHash, ENTRY.submitted, ENTRY.previousHash, ENTRY.integrityHash];

/**
 * Says of most rows, quickly, that there is nothing to say about them: bytes are compared and hashed where they lie, no object is made. Where it says
 * no, ChainWalk looks at the row and tells what is wrong, if anything: this one never accuses. That it passes nothing which ChainWalk would not pass is
 * held by a test that changes every byte of rows.
 */
export class SoundRows {
  /** tag ‖ seq ‖ received_at ‖ conversation_seq ‖ previous_hash ‖ body_hash: seq, time and previous hash of the row before are kept in place. */
  readonly #preimage = Buffer.alloc(PREIMAGE_BYTES);
  readonly #previous = Buffer.alloc(32);
  readonly #digest = Buffer.alloc(32);
  readonly #integrity = Buffer.alloc(32);
  #linked = false;
  #next = 0;
  #timeHigh = 0;
  #timeLow = 0;
  readonly #projection: boolean;

  constructor(projection: boolean) {
    this.#projection = projection;
    this.#preimage.set(ENTRY_TAG);
  }

  /** Takes up behind what a slower look has settled. */
  resume(start: WalkStart): void {
    this.#next = Number(start.seq);
    this.#linked = start.previousHash !== null;
    if (start.previousHash !== null) this.#previous.set(start.previousHash);
    const time = start.receivedAtUs ?? 0n;
    this.#timeHigh = Number(time >> 32n);
    this.#timeLow = Number(time & 0xffff_ffffn);
  }

  /** As text, which is made three times as fast as a Buffer, and written down without another object. */
  #hash(bytes: Buffer, into: Buffer): Buffer {
    into.write(hash('sha256', bytes, 'binary'), 0, 32, 'latin1');
    return into;
  }

  /** Where the walk stands, for the slower look. */
  state(): WalkStart {
    return {
      seq: BigInt(this.#next),
      previousHash: this.#linked ? Uint8Array.from(this.#previous) : null,
      receivedAtUs: (BigInt(this.#timeHigh) << 32n) | BigInt(this.#timeLow),
    };
  }

  /**
   * True, and one row further, where all is as it must be; else false and nothing moved.
   * @param archived the row's body has left the store: the digest in its header stands for it
   */
  pass(buffer: Buffer, at: Int32Array, archived = false): boolean {
    const bodySize = at[2 * ENTRY.body + 1];
    if (!this.#linked || (bodySize < 0 && !archived)) return false;
    // The columns' checks of their length are an administrator's to drop.
    for (const field of HASHES) if (at[2 * field + 1] !== 32) return false;
    const seqAt = at[2 * ENTRY.seq];
    if (readU32(buffer, seqAt) * 4294967296 + readU32(buffer, seqAt + 4) !== this.#next) return false;
    const timeAt = at[2 * ENTRY.receivedAt];
    const high = readU32(buffer, timeAt);
    const low = readU32(buffer, timeAt + 4);
    if (high < this.#timeHigh || (high === this.#timeHigh && low < this.#timeLow)) return false;
    const previousAt = at[2 * ENTRY.previousHash];
    const previous = this.#previous;
    for (let i = 0; i < 32; i++) if (buffer[previousAt + i] !== previous[i]) return false;

    const bodyAt = at[2 * ENTRY.body];
    const bodyHashAt = at[2 * ENTRY.bodyHash];
    const digest = this.#digest;
    if (bodySize < 0) digest.set(buffer.subarray(bodyHashAt, bodyHashAt + 32));
    else {
      this.#hash(buffer.subarray(bodyAt, bodyAt + bodySize), digest);
      for (let i = 0; i < 32; i++) if (buffer[bodyHashAt + i] !== digest[i]) return false;
    }

    const preimage = this.#preimage;
    const conversationAt = at[2 * ENTRY.conversationSeq];
    let to = ENTRY_TAG.length;
    for (let i = 0; i < 8; i++) {
      preimage[to + i] = buffer[seqAt + i];
      preimage[to + 8 + i] = buffer[timeAt + i];
      preimage[to + 16 + i] = buffer[conversationAt + i];
    }
    to += 24;
    for (let i = 0; i < 32; i++) {
      preimage[to + i] = previous[i];
      preimage[to + 32 + i] = digest[i];
    }
    const integrity = this.#hash(preimage, this.#integrity);
    const integrityAt = at[2 * ENTRY.integrityHash];
    for (let i = 0; i < 32; i++) if (buffer[integrityAt + i] !== integrity[i]) return false;

    if (this.#projection && bodySize >= 0 && !agreesWithBody(buffer, at)) return false;
    previous.set(integrity);
    this.#next++;
    this.#timeHigh = high;
    this.#timeLow = low;
    return true;
  }
}

function readU32(buffer: Buffer, at: number): number {
  return ((buffer[at] << 24) | (buffer[at + 1] << 16) | (buffer[at + 2] << 8) | buffer[at + 3]) >>> 0;
}
