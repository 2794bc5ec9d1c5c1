import { fromBase64, toBase64 } from './base64';
import { utf8 } from './bytes';
import { parseCheckpoint } from './checkpoint';
import { readDecimal, writeDecimal } from './decimal';
import { HASH_BYTES, type Sha256, sha256 } from './entry-hash';
import { verifyInclusion } from './merkle';
import { MAX_NOTE_BYTES, NoteError, parseNote, readText } from './signed-note';
import type { VerifierKey } from './verifier-key';
import { type OpenedCheckpoint, openCheckpoint } from './verify-note';

/** C2SP tlog-proof: what one entry needs to be verified offline. */
export interface TlogProof {
  /** Opaque and not authenticated. */
  extra?: Uint8Array;
  index: bigint;
  /** From the leaf's sibling up to the root's child, 32 bytes each. */
  proof: Uint8Array[];
  /** The signed checkpoint, verbatim. */
  note: Uint8Array;
}

/** No tree of up to 2^63 − 1 entries has a longer path. */
export const MAX_PROOF_HASHES = 63;
const HEADER = 'c2sp.org/tlog-proof@v1';
/** The note, its proof, and as much again of extra data. */
const MAX_PROOF_BYTES = 2 * MAX_NOTE_BYTES;

/**
 * The form alone, of the checkpoint too: nothing of it is verified by being read.
 * @throws NoteError as `parseNote` and `parseCheckpoint`; proof_malformed
 * @see https://c2sp.org/tlog-proof
 */
export function parseTlogProof(source: Uint8Array | string): TlogProof {
  const text = readText(source, MAX_PROOF_BYTES);
  const malformed = (what: string) => new NoteError('proof_malformed', `The proof ${what}.`);
  const empty = text.indexOf('\n\n');
  if (empty < 0) throw malformed('has no empty line before its checkpoint');
  const [header, ...lines] = text.slice(0, empty).split('\n', MAX_PROOF_HASHES + 4);
  if (header !== HEADER) throw malformed(`does not begin with ${HEADER}`);
  let extra: Uint8Array | undefined;
  if (lines[0]?.startsWith('extra ')) {
    const bytes = fromBase64((lines.shift() as string).slice('extra '.length));
    if (bytes === null || bytes.length === 0) throw malformed('has extra data that are not canonical base 64');
    extra = bytes;
  }
  const index = lines[0]?.startsWith('index ') ? readDecimal((lines.shift() as string).slice('index '.length)) : null;
  if (index === null) throw malformed('has no index that is a decimal number without leading zeros up to 2^63 − 1');
  const proof = readHashLines(lines);
  if (proof === null) throw malformed(`has a path that is not up to ${MAX_PROOF_HASHES} hashes in canonical base 64`);
  const note = text.slice(empty + 2);
  parseCheckpoint(parseNote(note).text);
  return { ...(extra === undefined ? {} : { extra }), index, proof, note: utf8(note) };
}

/**
 * Empty extra data are left out.
 * @throws NoteError as `parseTlogProof`, RangeError for an index that is no decimal of the format.
 */
export function formatTlogProof({ extra, index, proof, note }: Omit<TlogProof, 'note'> & { note: Uint8Array | string }): string {
  const extraLine = extra === undefined || extra.length === 0 ? '' : `extra ${toBase64(extra)}\n`;
  const text = `${HEADER}\n${extraLine}index ${writeDecimal(index)}\n${writeHashLines(proof)}\n${readText(note, MAX_NOTE_BYTES)}`;
  parseTlogProof(text);
  return text;
}

/**
 * That the leaf stands in the log of that origin, by a checkpoint which a key of the log signed. Other keys given (witnesses) are verified where they
 * signed; how many suffice is for the caller to say, from `verified`.
 * @param leafHash as computed by whoever verifies, never as it came with the proof
 * @throws NoteError as `parseTlogProof` and `openCheckpoint`; not_included
 */
export function openTlogProof(
  source: Uint8Array | string,
  leafHash: Uint8Array,
  keys: readonly VerifierKey[],
  origin: string,
  hash: Sha256 = sha256,
): OpenedCheckpoint & { index: bigint } {
  const { index, proof, note } = parseTlogProof(source);
  const opened = openCheckpoint(note, keys, origin);
  const { size, root } = opened.checkpoint;
  if (!verifyInclusion({ index, size, leafHash, proof, root }, hash))
    throw new NoteError('not_included', 'The path does not lead from the entry to the root of the checkpoint.');
  return { ...opened, index };
}

/** Lines of one hash each, with their newlines. */
export function writeHashLines(hashes: readonly Uint8Array[]): string {
  return hashes.map((one) => `${toBase64(one)}\n`).join('');
}

/** null where there are more than 63 lines or one is not 32 bytes in canonical base 64. */
export function readHashLines(lines: readonly string[]): Uint8Array[] | null {
  if (lines.length > MAX_PROOF_HASHES) return null;
  const hashes: Uint8Array[] = [];
  for (const line of lines) {
    const bytes = fromBase64(line);
    if (bytes?.length !== HASH_BYTES) return null;
    hashes.push(bytes);
  }
  return hashes;
}
