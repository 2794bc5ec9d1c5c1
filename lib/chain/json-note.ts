import * as z from 'zod/mini';
import { canonicalize, type JsonValue } from './canonical-json';
import type { NoteError } from './note-error';
import { readJsonText } from './read-json';
import { MAX_NOTE_BYTES, readText } from './signed-note';

/** Its lists are longer than what a record may hold. */
const LIMITS = { depth: 8, members: 64, keyChars: 64 };

/**
 * The text of a signed note that is JSON: two lines, the format's name and canonical JSON. Without its signatures: it is not verified by being read.
 * @param malformed what is thrown, of what is wrong with it in words
 * @throws NoteError too_large, utf8_invalid, control_character; and `malformed`
 */
export function readJsonNote<T>(source: string, format: string, schema: z.ZodMiniType<T>, malformed: (what: string) => NoteError): T {
  const lines = readText(source, MAX_NOTE_BYTES).split('\n', 4);
  if (lines.length !== 3 || lines[2] !== '') throw malformed('is not of two lines');
  if (lines[0] !== format) throw malformed(`does not begin with ${format}`);
  let value: unknown;
  try {
    value = readJsonText(lines[1], LIMITS);
  } catch {
    throw malformed('is not JSON');
  }
  const read = z.safeParse(schema, value);
  if (!read.success) throw malformed('has other members than the format');
  if (canonicalize(read.data as JsonValue) !== lines[1]) throw malformed('is not in canonical form');
  return read.data;
}
