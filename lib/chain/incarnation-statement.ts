import { fromBase64, toBase64 } from './base64';
import { equalBytes, toHex } from './bytes';
import { readDecimal, writeDecimal } from './decimal';
import { HASH_BYTES } from './entry-hash';
import { MAX_NOTE_BYTES, NoteError, readText } from './signed-note';
import type { VerifierKey } from './verifier-key';
import { openNote } from './verify-note';

/** What the keys of a new incarnation say at its beginning: docs/format.md, "Statement of an incarnation". The text of a signed note. */
export interface IncarnationStatement {
  /** The new name. */
  origin: string;
  /** The last tree that is known to have been signed, and under which name. */
  previous: { origin: string; size: bigint; root: Uint8Array };
  /** The tree that was found, with which the new name begins. Roots are 32 bytes. */
  found: { size: bigint; root: Uint8Array };
}

const FORMAT = 'holdfast/incarnation/v1';

/** @throws NoteError note_malformed for an origin with a space or a line break in it; RangeError for a size that is no decimal of the format. */
export function formatIncarnationStatement({ origin, previous, found }: IncarnationStatement): string {
  const tree = ({ size, root }: { size: bigint; root: Uint8Array }) => `${writeDecimal(size)} ${toBase64(root)}`;
  const text = `${FORMAT}\n${origin}\nprevious ${previous.origin} ${tree(previous)}\nfound ${tree(found)}\n`;
  parseIncarnationStatement(text);
  return text;
}

/**
 * Without its signatures: it is not verified by being read.
 * @throws NoteError too_large, utf8_invalid, control_character, note_malformed
 */
export function parseIncarnationStatement(text: string): IncarnationStatement {
  const source = readText(text, MAX_NOTE_BYTES);
  const malformed = (what: string) => new NoteError('note_malformed', `The statement ${what}.`);
  if (!source.endsWith('\n')) throw malformed('does not end in a newline');
  const lines = source.slice(0, -1).split('\n', 5);
  if (lines.length !== 4) throw malformed('is not of four lines');
  const [format, origin, previousLine, foundLine] = lines;
  if (format !== FORMAT) throw malformed(`does not begin with ${FORMAT}`);
  if (origin === '' || /\s/.test(origin)) throw malformed('names no origin');
  const previous = previousLine.split(' ', 5);
  const found = foundLine.split(' ', 4);
  if (previous.length !== 4 || previous[0] !== 'previous' || previous[1] === '') throw malformed('does not say what was signed before');
  if (found.length !== 3 || found[0] !== 'found') throw malformed('does not say what was found');
  const tree = (sizeText: string, rootText: string) => {
    const size = readDecimal(sizeText);
    const root = fromBase64(rootText);
    if (size === null || root?.length !== HASH_BYTES) throw malformed('has a size or a root that is none');
    return { size, root };
  };
  return { origin, previous: { origin: previous[1], ...tree(previous[2], previous[3]) }, found: tree(found[1], found[2]) };
}

/**
 * The statement that one of the keys signed: keys of the incarnation itself, under its own name.
 * @throws NoteError as `openNote` and `parseIncarnationStatement`; origin_mismatch where it is of another name, no_known_signature
 */
export function openIncarnationStatement(note: Uint8Array | string, keys: readonly VerifierKey[], origin: string): IncarnationStatement {
  const opened = openNote(
    note,
    keys.filter(({ name }) => name === origin),
  );
  const statement = parseIncarnationStatement(opened.note.text);
  if (statement.origin !== origin) throw new NoteError('origin_mismatch', `The statement is of ${statement.origin}, and not of ${origin}.`);
  return statement;
}

/** What a store, or a bundle, says of the same beginning. */
export interface IncarnationFacts {
  /** Of the ledger: the name of its first incarnation. */
  ledger: string;
  previous: { size: bigint; root: Uint8Array };
  found: { size: bigint; root: Uint8Array };
}

/** @returns the first thing in which a statement says otherwise, as [what the statement says, what was said]; null where they agree. */
export function contradictStatement(statement: IncarnationStatement, facts: IncarnationFacts): [said: string, found: string] | null {
  // A name that the database has forgotten can have been signed last; a name of another ledger cannot.
  const { origin } = statement.previous;
  if (origin !== facts.ledger && !origin.startsWith(`${facts.ledger}/incarnations/`))
    return [`${origin} before it`, `${facts.ledger} or an incarnation of it`];
  for (const part of ['previous', 'found'] as const) {
    const [said, stored] = [statement[part], facts[part]];
    const say = ({ size, root }: { size: bigint; root: Uint8Array }) =>
      `${part === 'previous' ? 'signed before' : 'found'}: ${size} entries, root ${toHex(root)}`;
    if (said.size !== stored.size || !equalBytes(said.root, stored.root)) return [say(said), say(stored)];
  }
  return null;
}
