import { fromBase64, toBase64 } from './base64';
import { concatBytes, equalBytes, fromHex, toHex, utf8 } from './bytes';
import { readDecimal } from './decimal';
import { type EntryHeader, entryHash, type Sha256, sha256 } from './entry-hash';

/**
 * The lines of an archive segment (docs/archive.md): entries in the order of their numbers, each with the exact bytes of its body. What is read here comes
 * from a store that is not ours; every reader gives null, or a fault, for what is not of the format, and throws nothing.
 */
export interface ArchivedEntry {
  header: EntryHeader;
  id: string;
  integrityHash: Uint8Array;
  /** As the store had it beside the header; it is hashed into the body, not into the chain. */
  submitted: Uint8Array;
  body: Uint8Array;
}

/** Positions, both ends included. */
export interface SeqRange {
  from: bigint;
  to: bigint;
}

/** A body of 65,536 bytes, each of which takes six characters in a string, and a header. */
export const MAX_LINE_BYTES = 6 * 65_536 + 2_048;

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** One line, with its newline. Bodies that are text, as all that came by the product's doors are, stand as text; others in base 64. */
export function formatEntryLine(entry: ArchivedEntry): Uint8Array {
  return utf8(`${lineOf(entry)}\n`);
}

function lineOf({ header, id, integrityHash, submitted, body }: ArchivedEntry): string {
  const head = {
    seq: header.seq.toString(),
    id,
    received_at_us: header.receivedAtUs.toString(),
    conversation_seq: header.conversationSeq.toString(),
    previous_hash: toHex(header.previousHash),
    body_hash: toHex(header.bodyHash),
    submitted: toHex(submitted),
    integrity_hash: toHex(integrityHash),
  };
  const text = textOf(body);
  return JSON.stringify(text === null ? { header: head, body_base64: toBase64(body) } : { header: head, body: text });
}

function textOf(bytes: Uint8Array): string | null {
  try {
    const text = decoder.decode(bytes);
    return text.includes('\0') ? null : text;
  } catch {
    return null;
  }
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const HEX32 = /^[0-9a-f]{64}$/;

/** @param line without its newline. @returns null for what {@link formatEntryLine} does not write, byte for byte: an entry has one spelling. */
export function readEntryLine(line: Uint8Array): ArchivedEntry | null {
  if (line.length > MAX_LINE_BYTES) return null;
  let text: string;
  let value: unknown;
  try {
    text = decoder.decode(line);
    value = JSON.parse(text);
  } catch {
    return null;
  }
  const { header, body, body_base64 } = membersOf(value);
  const head = membersOf(header);
  const digits = (name: string) => (typeof head[name] === 'string' ? readDecimal(head[name]) : null);
  const hash = (name: string) => (typeof head[name] === 'string' && HEX32.test(head[name]) ? fromHex(head[name]) : null);
  const [seq, receivedAtUs, conversationSeq] = ['seq', 'received_at_us', 'conversation_seq'].map(digits);
  const [previousHash, bodyHash, submitted, integrityHash] = ['previous_hash', 'body_hash', 'submitted', 'integrity_hash'].map(hash);
  if (seq == null || receivedAtUs == null || conversationSeq == null) return null;
  if (!previousHash || !bodyHash || !submitted || !integrityHash || typeof head.id !== 'string' || !UUID.test(head.id)) return null;
  const bytes =
    typeof body === 'string' ? (body.isWellFormed() ? utf8(body) : null) : fromBase64(typeof body_base64 === 'string' ? body_base64 : '-');
  if (bytes === null) return null;
  const entry = {
    header: { seq, receivedAtUs, conversationSeq, previousHash, bodyHash },
    id: head.id,
    integrityHash,
    submitted,
    body: bytes,
  };
  return lineOf(entry) === text ? entry : null;
}

function membersOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

/** What is wrong with one line. */
export type SegmentFaultCode = 'line_malformed' | 'line_too_long' | 'hash_mismatch' | 'body_altered' | 'link_broken' | 'order' | 'cut_off';
export interface SegmentFault {
  /** From 1. */
  line: number;
  /** Null where the line cannot be read. */
  seq: bigint | null;
  code: SegmentFaultCode;
}

/** What the lines of a segment come to, for comparison with its manifest. */
export interface SegmentTotals {
  rows: number;
  rawBytes: number;
  ranges: SeqRange[];
  firstHash: Uint8Array | null;
  lastHash: Uint8Array | null;
}

/**
 * Walks over a segment as it comes, chunk by chunk, in memory of one line: each entry against itself and its body, and against the one before where that is
 * its neighbour. Faults beyond `most` are counted as one more and the rest is not looked at.
 */
export class SegmentWalk {
  readonly faults: SegmentFault[] = [];
  readonly #onEntry: (entry: ArchivedEntry) => void;
  readonly #hash: Sha256;
  readonly #most: number;
  #rest: Uint8Array = new Uint8Array(0);
  #line = 0;
  #previous: ArchivedEntry | null = null;
  readonly #totals: SegmentTotals = { rows: 0, rawBytes: 0, ranges: [], firstHash: null, lastHash: null };

  /** @param onEntry told of each line that can be read, sound or not, unless its body is another than its digest says. */
  constructor({
    onEntry = () => {},
    hash = sha256,
    most = 100,
  }: { onEntry?: (entry: ArchivedEntry) => void; hash?: Sha256; most?: number } = {}) {
    this.#onEntry = onEntry;
    this.#hash = hash;
    this.#most = most;
  }

  push(chunk: Uint8Array): void {
    this.#totals.rawBytes += chunk.length;
    let from = 0;
    for (let end = chunk.indexOf(10); end !== -1 && !this.#given(); end = chunk.indexOf(10, from)) {
      const piece = chunk.subarray(from, end);
      this.#take(this.#rest.length === 0 ? piece : concatBytes(this.#rest, piece));
      this.#rest = new Uint8Array(0);
      from = end + 1;
    }
    const left = chunk.subarray(from);
    if (this.#given()) return;
    if (this.#rest.length + left.length > MAX_LINE_BYTES) {
      this.#fault('line_too_long', null, this.#line + 1);
      // What follows could be read as lines that nobody wrote.
      while (!this.#given()) this.#fault('line_too_long', null, this.#line + 1);
      return;
    }
    this.#rest = this.#rest.length === 0 ? left.slice() : concatBytes(this.#rest, left);
  }

  finish(): SegmentTotals {
    if (this.#rest.length > 0) this.#fault('cut_off', null, this.#line + 1);
    return this.#totals;
  }

  #given(): boolean {
    return this.faults.length >= this.#most;
  }

  #fault(code: SegmentFaultCode, seq: bigint | null, line = this.#line): void {
    this.faults.push({ line, seq, code });
  }

  #take(line: Uint8Array): void {
    this.#line++;
    const entry = readEntryLine(line);
    if (entry === null) {
      this.#fault('line_malformed', null);
      return;
    }
    const { seq } = entry.header;
    const totals = this.#totals;
    totals.rows++;
    const before = this.#previous;
    if (before !== null && seq <= before.header.seq) {
      this.#fault('order', seq);
      return;
    }
    if (!equalBytes(entryHash(entry.header, this.#hash), entry.integrityHash)) this.#fault('hash_mismatch', seq);
    const last = totals.ranges.at(-1);
    if (last !== undefined && last.to + 1n === seq) {
      last.to = seq;
      if (!equalBytes(before!.integrityHash, entry.header.previousHash)) this.#fault('link_broken', seq);
    } else totals.ranges.push({ from: seq, to: seq });
    totals.firstHash ??= entry.integrityHash;
    totals.lastHash = entry.integrityHash;
    this.#previous = entry;
    if (equalBytes(this.#hash(entry.body), entry.header.bodyHash)) this.#onEntry(entry);
    else this.#fault('body_altered', seq);
  }
}
