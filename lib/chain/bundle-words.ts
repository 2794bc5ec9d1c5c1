import { fromBase64 } from './base64';
import {
  BundleDataKeys,
  type BundleEntry,
  type BundleManifest,
  CONTENT_ABSENT,
  CONTENT_KEYS,
  contentPath,
  linesOf,
  MOST_RECORDS_AND_PARTS,
  readAbsentLine,
  readBundleFile,
  recordPath,
  WORDS_FILES,
  type WordsCounts,
} from './bundle-format';
import {
  importWordsKey,
  isCommittedKey,
  openWords,
  readCommitments,
  type WordsCommitment,
  type WordsOwner,
  wordsCipher,
} from './sealed-words';

/** A part that a record of the bundle commits to. `ciphertext` is null where it is not in the bundle; `absent` is then what the bundle says of why. */
export interface BundlePart {
  seq: bigint;
  path: string;
  owner: WordsOwner;
  commitment: WordsCommitment;
  ciphertext: Uint8Array | null;
  absent: { why: 'shredded' | 'left_out' | 'unreadable'; say: string } | null;
}

/** A body is at most so long (format, "Body"). */
const MOST_BODY = 65_536;

/**
 * The words of a bundle as its files have them, before and after they are checked; nothing is opened but what is asked for, and nothing opened is kept. What
 * cannot be read is in `faults`, with the file that it is in.
 */
export class BundleWords {
  readonly parts: BundlePart[] = [];
  readonly faults: { seq: string | null; path: string; expected: string; found: string }[] = [];
  /** Every file of words that the format knows here. */
  readonly paths: string[] = [...WORDS_FILES];
  readonly #keys = new Map<string, Uint8Array>();
  readonly #imported = new Map<string, Promise<CryptoKey>>();
  readonly #bySeq = new Map<bigint, BundlePart[]>();

  constructor(readonly counts: WordsCounts) {}

  of(seq: bigint): readonly BundlePart[] {
    return this.#bySeq.get(seq) ?? [];
  }

  key(id: string): Uint8Array | null {
    return this.#keys.get(id) ?? null;
  }

  get keyIds(): Iterable<string> {
    return this.#keys.keys();
  }

  addKey(id: string, key: Uint8Array): void {
    this.#keys.set(id, key);
  }

  add(part: BundlePart): void {
    this.parts.push(part);
    this.paths.push(part.path);
    const of = this.#bySeq.get(part.seq);
    if (of === undefined) this.#bySeq.set(part.seq, [part]);
    else of.push(part);
  }

  /**
   * The words of a part, if they are what its record committed to under the key that it committed to.
   * @returns null where they are not, or are not in the bundle; 'no_cipher' where the page has no cipher to open them with
   */
  async open({ commitment, ciphertext, owner }: BundlePart): Promise<{ text: string } | 'no_cipher' | null> {
    const key = this.key(commitment.key_id);
    if (ciphertext === null || key === null || !isCommittedKey(key, commitment)) return null;
    const cipher = wordsCipher();
    if (cipher === null) return 'no_cipher';
    let imported = this.#imported.get(commitment.key_id);
    if (imported === undefined) {
      imported = importWordsKey(cipher, key);
      this.#imported.set(commitment.key_id, imported);
    }
    const text = await openWords(cipher, await imported, owner, commitment, ciphertext);
    return text === null ? null : { text };
  }
}

/** Reads what is there; hostile, and nothing of it is proven yet. */
export function readWords(files: ReadonlyMap<string, Uint8Array>, manifest: BundleManifest, entries: readonly BundleEntry[]): BundleWords {
  const words = new BundleWords(manifest.words!);
  readKeys(words, files.get(CONTENT_KEYS));
  const absent = readAbsent(words, files.get(CONTENT_ABSENT));
  for (const { header } of entries) {
    const path = recordPath(header.seq);
    const body = files.get(path);
    if (body === undefined) continue;
    const record = body.length > MOST_BODY ? null : recordOf(body);
    const commitments = record === null ? null : readCommitments(record.content);
    if (commitments === null || words.parts.length + commitments.length > MOST_RECORDS_AND_PARTS) {
      words.faults.push({ seq: String(header.seq), path, expected: 'commitments to sealed words', found: 'something else' });
      continue;
    }
    if (commitments.length === 0) continue;
    const { id, conversation_id: conversation } = record!;
    const owner = {
      origin: manifest.ledger.origin,
      conversationId: typeof conversation === 'string' ? conversation : null,
      recordId: String(id),
    };
    for (const commitment of commitments) {
      const file = contentPath(header.seq, commitment.index);
      const said = absent.get(file) ?? null;
      absent.delete(file);
      words.add({ seq: header.seq, path: file, owner, commitment, ciphertext: files.get(file) ?? null, absent: said });
    }
  }
  for (const file of absent.keys())
    words.faults.push({ seq: null, path: CONTENT_ABSENT, expected: 'parts of these records', found: `${file}, which none commits to` });
  return words;
}

function readKeys(words: BundleWords, bytes: Uint8Array | undefined): void {
  const read = bytes === undefined ? null : readBundleFile(BundleDataKeys, bytes);
  const keys = read?.keys.map(({ id, key }) => ({ id, key: fromBase64(key) })) ?? [];
  if (read === null || keys.some(({ key }) => key?.length !== 32))
    words.faults.push({ seq: null, path: CONTENT_KEYS, expected: 'data keys of 32 bytes', found: bytes === undefined ? 'no file' : '' });
  for (const { id, key } of keys) if (key?.length === 32) words.addKey(id, key);
}

function readAbsent(words: BundleWords, bytes: Uint8Array | undefined): Map<string, NonNullable<BundlePart['absent']>> {
  const lines = bytes === undefined ? null : linesOf(bytes, MOST_RECORDS_AND_PARTS, MOST_RECORDS_AND_PARTS);
  const absent = new Map<string, NonNullable<BundlePart['absent']>>();
  let sound = lines !== null;
  for (const line of lines ?? []) {
    const read = readAbsentLine(line);
    const path = read === null ? '' : contentPath(BigInt(read.seq), read.index);
    if (read === null || absent.has(path)) sound = false;
    else absent.set(path, { why: read.why, say: read.say });
  }
  if (!sound) words.faults.push({ seq: null, path: CONTENT_ABSENT, expected: 'a line for each part that is not here', found: '' });
  return absent;
}

function recordOf(body: Uint8Array): Record<string, unknown> | null {
  try {
    const record: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
    return record !== null && typeof record === 'object' && !Array.isArray(record) ? (record as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}
