import * as z from 'zod/mini';
import { fromBase64 } from './base64';
import { fromHex } from './bytes';
import { readDecimal } from './decimal';
import type { EntryHeader } from './entry-hash';
import { decimal, hex32 } from './json-members';
import { readJson } from './read-json';
import { KEY_ID } from './sealed-words';

/** The files of an evidence bundle (docs/evidence.md). Every reader here takes hostile bytes and gives null for what is not of the format. */
export const BUNDLE_FORMAT = 'holdfast/evidence/v1';
export const MANIFEST = 'manifest.json';
export const ENTRIES = 'entries.jsonl';
export const PROOFS = 'proofs.jsonl';
export const KEYS = 'keys.json';
export const CHECKPOINT = 'checkpoint';
export const ANCHORS = 'anchors/anchors.json';

/** Every file of the format but records and what anchors.json names. */
export const BUNDLE_FILES = [ENTRIES, PROOFS, KEYS, CHECKPOINT, ANCHORS, 'report.html', 'report.pdf', 'verify.html', 'README.txt'] as const;

/** Of a bundle with words: the data keys that open them, the parts that are not in it and why, and a table to read. */
export const CONTENT_KEYS = 'content/keys.json';
export const CONTENT_ABSENT = 'content/absent.jsonl';
export const WORDS_FILES = [CONTENT_KEYS, CONTENT_ABSENT, 'words.csv'] as const;

/** The sealed bytes of a part, by its record's position and its place there. */
export function contentPath(seq: bigint, index: number): string {
  return `content/${seq.toString().padStart(12, '0')}-${index}.bin`;
}

/** Positions sort as their names do. */
export function recordPath(seq: bigint): string {
  return `records/${seq.toString().padStart(12, '0')}.json`;
}

/** Bounds of what is read of a bundle, above what any bundle of ours has: what comes from outside must neither kill nor hang who checks it. */
/** Files of a zip that every reader understands are at most 65,535. */
export const MOST_RECORDS = 50_000;
const MOST_KEYS = 256;
const MOST_ANCHORS = 1_000;
/** Parts of words in one bundle, and records with parts together. */
export const MOST_PARTS = 20_000;
export const MOST_RECORDS_AND_PARTS = 60_000;
const MOST_OTHER_FILES = MOST_ANCHORS + 64;
const MOST_FILES = MOST_RECORDS_AND_PARTS + MOST_OTHER_FILES;
const MANIFEST_BYTES = 64 * 1024 * 1024;
const LIST_BYTES = 32 * 1024 * 1024;
const LINE_BYTES = 8 * 1024;

const text = z.string().check(z.maxLength(4_096));

const Scope = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('conversation'), conversation_id: text }),
  z.strictObject({ kind: z.literal('range'), from: decimal, to: decimal }),
  z.strictObject({ kind: z.literal('filter'), query: text }),
]);

/** Of the parts that the records commit to: how many are in it, and how many are not, by the reason. */
const WordsCounts = z.strictObject({
  parts: z.int().check(z.gte(0), z.lte(MOST_PARTS)),
  shredded: z.int().check(z.gte(0)),
  left_out: z.int().check(z.gte(0)),
  unreadable: z.int().check(z.gte(0)),
});
export type WordsCounts = z.infer<typeof WordsCounts>;

const Manifest = z.strictObject({
  format: z.literal(BUNDLE_FORMAT),
  ledger: z.strictObject({ name: text, slug: text, origin: text, kind: z.enum(['agents', 'access']) }),
  checkpoint: z.strictObject({ number: decimal, incarnation: z.int(), origin: text, size: decimal, root: hex32 }),
  scope: Scope,
  records: z.strictObject({ count: z.int().check(z.gte(0), z.lte(MOST_RECORDS)), bodies: z.int().check(z.gte(0)) }),
  /** Words of conversations are in it. */
  content: z.boolean(),
  words: z.optional(WordsCounts),
  files: z.array(z.strictObject({ path: text, bytes: z.int().check(z.gte(0)), sha256: hex32 })).check(z.maxLength(MOST_FILES)),
});
/** Counts of words stand in it where there are words, and only there. */
export const BundleManifest = Manifest.check(
  z.refine(({ content, words }) => content === (words !== undefined)),
  z.refine(({ content, files }) => content || files.length <= MOST_RECORDS + MOST_OTHER_FILES),
);
export type BundleManifest = z.infer<typeof BundleManifest>;

export const BundleDataKeys = z.strictObject({
  keys: z.array(z.strictObject({ id: z.string().check(z.regex(KEY_ID)), key: z.string().check(z.length(44)) })).check(
    z.maxLength(MOST_PARTS),
    z.refine((keys) => new Set(keys.map(({ id }) => id)).size === keys.length),
  ),
});
export type BundleDataKeys = z.infer<typeof BundleDataKeys>;

/** shredded: its key was destroyed; left_out: its key opens more than is in the bundle; unreadable: what is stored is not what was committed to. */
const AbsentLine = z.strictObject({
  seq: decimal,
  index: z.int().check(z.gte(0), z.lte(65_535)),
  why: z.enum(['shredded', 'left_out', 'unreadable']),
  /** In words; for people. */
  say: text,
});
export type AbsentLine = z.infer<typeof AbsentLine>;

export function readAbsentLine(line: Uint8Array): AbsentLine | null {
  return readBundleFile(AbsentLine, line, LINE_BYTES);
}

/** A signature line names its key by name and id: two keys with one of these would each be tried on every line. */
const keyAndId = (vkey: string) => vkey.split('+', 2).join('+');

export const BundleKeys = z.strictObject({
  keys: z
    .array(
      z.strictObject({
        vkey: text,
        kind: z.enum(['ed25519', 'ml-dsa-44']),
        incarnation: z.int(),
        from_size: decimal,
        to_size: z.nullable(decimal),
        introduced_at: text,
      }),
    )
    .check(
      z.maxLength(MOST_KEYS),
      z.refine((keys) => new Set(keys.map(({ vkey }) => keyAndId(vkey))).size === keys.length),
    ),
  incarnations: z
    .array(
      z.strictObject({
        number: z.int(),
        origin: text,
        began_at: text,
        size: decimal,
        previous_size: z.nullable(decimal),
        statement: z.nullable(z.string().check(z.maxLength(65_536))),
      }),
    )
    .check(z.maxLength(MOST_KEYS)),
});
export type BundleKeys = z.infer<typeof BundleKeys>;

/** Where the evidence of an anchor lies in the bundle, by its place in the list. */
export function anchorPath(n: number, kind: string): string {
  return `anchors/${n}-${kind}.${kind === 'timestamp' ? 'tsr' : 'json'}`;
}
const ANCHOR_PATH = /^anchors\/[1-9][0-9]{0,3}-(timestamp\.tsr|(webhook|object_lock|email)\.json)$/;

export const BundleAnchors = z
  .array(
    z.strictObject({
      kind: z.enum(['witness', 'timestamp', 'webhook', 'object_lock', 'email']),
      target: text,
      anchored_at: text,
      /** Where the evidence lies in the bundle; null where the checkpoint's own signature lines are it. */
      file: z.nullable(z.string().check(z.regex(ANCHOR_PATH))),
    }),
  )
  .check(
    z.maxLength(MOST_ANCHORS),
    z.refine((anchors) => anchors.every(({ kind, file }, i) => file === null || file === anchorPath(i + 1, kind))),
  );
export type BundleAnchors = z.infer<typeof BundleAnchors>;

const EntryLine = z.strictObject({
  seq: decimal,
  id: z.string().check(z.regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)),
  received_at_us: decimal,
  conversation_seq: decimal,
  previous_hash: hex32,
  body_hash: hex32,
  integrity_hash: hex32,
});
export type EntryLine = z.infer<typeof EntryLine>;
const ProofLine = z.strictObject({ seq: decimal, proof: z.array(z.string().check(z.maxLength(44))).check(z.maxLength(63)) });

export interface BundleEntry {
  header: EntryHeader;
  id: string;
  integrityHash: Uint8Array;
}

/** Lists of a bundle are long; their members are few and flat. */
const WIDE = { depth: 8, members: 64, keyChars: 64 };

export function readBundleFile<T>(shape: z.ZodMiniType<T>, bytes: Uint8Array, most = LIST_BYTES): T | null {
  if (bytes.length > most) return null;
  try {
    const read = z.safeParse(shape, readJson(bytes, WIDE));
    return read.success ? read.data : null;
  } catch {
    return null;
  }
}

export function readManifest(bytes: Uint8Array): BundleManifest | null {
  return readBundleFile(BundleManifest, bytes, MANIFEST_BYTES);
}

/** The lines of a file, each ended by a newline. @returns null where the last one is not, and where there are more than `most`, at the first that is too many. */
export function linesOf(bytes: Uint8Array, most: number, bound = MOST_RECORDS): Uint8Array[] | null {
  const lines: Uint8Array[] = [];
  let start = 0;
  for (let at = bytes.indexOf(10); at !== -1; at = bytes.indexOf(10, start)) {
    if (lines.length >= Math.min(most, bound)) return null;
    lines.push(bytes.subarray(start, at));
    start = at + 1;
  }
  return start === bytes.length ? lines : null;
}

export function readEntryLine(line: Uint8Array): BundleEntry | null {
  const read = readBundleFile(EntryLine, line, LINE_BYTES);
  const numbers = read === null ? [] : [read.seq, read.received_at_us, read.conversation_seq].map(readDecimal);
  const [seq, receivedAtUs, conversationSeq] = numbers;
  if (read === null || seq === null || receivedAtUs === null || conversationSeq === null) return null;
  return {
    id: read.id,
    integrityHash: fromHex(read.integrity_hash),
    header: { seq, receivedAtUs, conversationSeq, previousHash: fromHex(read.previous_hash), bodyHash: fromHex(read.body_hash) },
  };
}

export function readProofLine(line: Uint8Array): { seq: bigint; proof: Uint8Array[] } | null {
  const read = readBundleFile(ProofLine, line, LINE_BYTES);
  const seq = read === null ? null : readDecimal(read.seq);
  if (read === null || seq === null) return null;
  const proof = read.proof.map(fromBase64);
  return proof.every((hash) => hash?.length === 32) ? { seq, proof: proof as Uint8Array[] } : null;
}
