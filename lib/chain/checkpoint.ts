import { fromBase64, toBase64 } from './base64';
import { readDecimal, writeDecimal } from './decimal';
import { HASH_BYTES } from './entry-hash';
import { MAX_NOTE_BYTES, NoteError, readText } from './signed-note';

/** What a log says of its tree (C2SP tlog-checkpoint): the text of a signed note. */
export interface Checkpoint {
  /** Names the log. */
  origin: string;
  size: bigint;
  /** 32 bytes */
  root: Uint8Array;
  /** Further lines, opaque and not empty. Ours have none. */
  extensions: string[];
}

export const MAX_EXTENSIONS = 64;

/**
 * The text of a checkpoint, without signatures. It is not verified by being read.
 * @throws NoteError too_large, utf8_invalid, control_character, checkpoint_malformed
 * @see https://c2sp.org/tlog-checkpoint
 */
export function parseCheckpoint(text: string): Checkpoint {
  const source = readText(text, MAX_NOTE_BYTES);
  const malformed = (what: string) => new NoteError('checkpoint_malformed', `The checkpoint ${what}.`);
  if (!source.endsWith('\n')) throw malformed('does not end in a newline');
  const lines = source.slice(0, -1).split('\n', 3 + MAX_EXTENSIONS + 1);
  if (lines.length < 3) throw malformed('has fewer than three lines');
  if (lines.length > 3 + MAX_EXTENSIONS) throw malformed(`has more than ${MAX_EXTENSIONS} extension lines`);
  const [origin, sizeLine, rootLine, ...extensions] = lines;
  if (origin === '') throw malformed('has no origin');
  const size = readDecimal(sizeLine);
  if (size === null) throw malformed('has a size that is not a decimal number without leading zeros up to 2^63 − 1');
  const root = fromBase64(rootLine);
  if (root?.length !== HASH_BYTES) throw malformed('has a root that is not 32 bytes in canonical base 64');
  if (extensions.includes('')) throw malformed('has an empty extension line');
  return { origin, size, root, extensions };
}

/**
 * Origin, size and root, a line each, then the extensions.
 * @throws NoteError as `parseCheckpoint`, RangeError for a size that is no decimal of the format.
 */
export function formatCheckpoint({ origin, size, root, extensions }: Checkpoint): string {
  if ([origin, ...extensions].some((line) => line.includes('\n')))
    throw new NoteError('checkpoint_malformed', 'A line of a checkpoint has no newline in it.');
  const text = [origin, writeDecimal(size), toBase64(root), ...extensions].map((line) => `${line}\n`).join('');
  parseCheckpoint(text);
  return text;
}
