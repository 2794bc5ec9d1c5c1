import { equalBytes, toHex } from './bytes';
import { type Columns, compareColumns } from './check-projection';
import { type EntryHeader, entryHash, type Sha256, sha256 } from './entry-hash';

/**
 * The verifier of the chain (format, section 5), written from the format's page and not from the function that appends. It never throws for what
 * it finds: it returns every break, each with its place. Runs in a browser as it is.
 */
export type ChainBreakCode =
  | 'body_altered'
  | 'body_missing'
  | 'projection_altered'
  | 'link_broken'
  | 'hash_mismatch'
  | 'sequence_gap'
  | 'sequence_duplicate'
  | 'conversation_gap'
  | 'time_reversed'
  | 'entry_missing'
  | 'head_changed'
  | 'tail_truncated'
  | 'root_mismatch'
  | 'checkpoint_signature_invalid'
  | 'checkpoint_inconsistent'
  | 'content_missing'
  | 'content_mismatch'
  | 'archive_missing'
  | 'archive_altered'
  | 'destruction_unproven'
  | 'hold_missing'
  | 'hold_altered';

export interface ChainBreak {
  seq: bigint;
  recordId: string | null;
  code: ChainBreakCode;
  expected: string;
  found: string;
}

/** A header as it stands in the store. */
export interface ChainEntry extends EntryHeader {
  id: string;
  integrityHash: Uint8Array;
}

/** What stands beside a header: the exact body, and the columns where the reader has them (a browser has none). */
export interface ChainRecord {
  body: Uint8Array;
  columns: Columns | null;
}

/** Where a walk starts: after `seq − 1`, whose integrity_hash and time are these; null where that entry is not there. */
export interface WalkStart {
  seq: bigint;
  previousHash: Uint8Array | null;
  receivedAtUs: bigint | null;
}

/**
 * Entries in the order of their sequence numbers, one after another; the state is one hash, one number and one time.
 *
 * Each entry is checked against itself (its stored hash is the hash of its own header, its body is the one whose digest it holds) and against the
 * one before (its previous_hash, its number, its time). Stored values are compared, not recomputed ones carried along: one changed entry gives the
 * breaks that it causes and not one for every entry behind it, and a part that was hashed anew shows where it meets the rest.
 */
export class ChainWalk {
  #next: bigint;
  #previousHash: Uint8Array | null;
  #receivedAtUs: bigint | null;
  readonly #hash: Sha256;

  constructor(start: WalkStart, hash: Sha256 = sha256) {
    this.#next = start.seq;
    this.#previousHash = start.previousHash;
    this.#receivedAtUs = start.receivedAtUs;
    this.#hash = hash;
  }

  /** Goes on behind an entry that was found sound in another way. */
  passTo(start: WalkStart): void {
    this.#next = start.seq;
    this.#previousHash = start.previousHash;
    this.#receivedAtUs = start.receivedAtUs;
  }

  state(): WalkStart {
    return { seq: this.#next, previousHash: this.#previousHash, receivedAtUs: this.#receivedAtUs };
  }

  /** @param record null where the store has none for this entry; `archived` where its body has left the store and is looked at elsewhere. */
  step(entry: ChainEntry, record: ChainRecord | 'archived' | null): ChainBreak[] {
    const breaks: ChainBreak[] = [];
    const add = (code: ChainBreakCode, expected: string, found: string) =>
      breaks.push({ seq: entry.seq, recordId: entry.id, code, expected, found });
    const again = entry.seq < this.#next;
    if (again) add('sequence_duplicate', `${this.#next}`, `${entry.seq}`);
    else if (entry.seq > this.#next) {
      breaks.push(gap(this.#next, entry.seq));
      // What stood before is gone, and with it what previous_hash could be compared with.
      this.#previousHash = null;
    }
    if (!again && this.#previousHash !== null && !equalBytes(this.#previousHash, entry.previousHash))
      add('link_broken', toHex(this.#previousHash), toHex(entry.previousHash));
    breaks.push(...checkEntry(entry, record, this.#hash));
    if (this.#receivedAtUs !== null && entry.receivedAtUs < this.#receivedAtUs)
      add('time_reversed', `at or after ${this.#receivedAtUs} µs`, `${entry.receivedAtUs} µs`);
    if (!again) {
      this.#next = entry.seq + 1n;
      this.#previousHash = entry.integrityHash;
    }
    this.#receivedAtUs = entry.receivedAtUs;
    return breaks;
  }

  /** What is missing at the end. @param last the position up to which there must be entries. */
  finish(last: bigint): ChainBreak[] {
    return this.#next > last ? [] : [gap(this.#next, last + 1n)];
  }
}

/** One entry by itself, without its neighbours. */
export function checkEntry(entry: ChainEntry, record: ChainRecord | 'archived' | null, hash: Sha256 = sha256): ChainBreak[] {
  const breaks: ChainBreak[] = [];
  const add = (code: ChainBreakCode, expected: string, found: string) =>
    breaks.push({ seq: entry.seq, recordId: entry.id, code, expected, found });
  const integrity = hashOf(entry, hash);
  if (integrity === null || !equalBytes(integrity, entry.integrityHash))
    add('hash_mismatch', integrity === null ? 'a header that can be hashed' : toHex(integrity), toHex(entry.integrityHash));
  // Its link still verifies, from the digest that the header holds.
  if (record === 'archived') return breaks;
  if (record === null) {
    add('body_missing', toHex(entry.bodyHash), 'no record');
    return breaks;
  }
  const digest = hash(record.body);
  if (!equalBytes(digest, entry.bodyHash)) add('body_altered', toHex(entry.bodyHash), toHex(digest));
  // Columns are held against the truth; an altered body is none.
  else if (record.columns !== null)
    for (const { field, expected, found } of compareColumns(record.body, record.columns))
      add('projection_altered', `${field}: ${expected}`, `${field}: ${found}`);
  return breaks;
}

/** null for a header with numbers or hashes that no entry can have: what stands in the store is not ours to trust. */
function hashOf(entry: ChainEntry, hash: Sha256): Uint8Array | null {
  try {
    return entryHash(entry, hash);
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

/** Positions `from` up to, not including, `to` are not there. */
function gap(from: bigint, to: bigint): ChainBreak {
  const last = to - 1n;
  const missing = last === from ? `${from}` : `${from} … ${last} (${last - from + 1n} entries)`;
  return { seq: from, recordId: null, code: 'sequence_gap', expected: missing, found: 'no entry' };
}
