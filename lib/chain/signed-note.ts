import { fromBase64, toBase64 } from './base64';
import { concatBytes, utf8 } from './bytes';
import { NoteError } from './note-error';

export { NoteError, type NoteErrorCode } from './note-error';

/** C2SP signed-note: text, an empty line, signature lines. What is read here is not verified: see verify-note. */
export interface Note {
  /** With its final newline, which the signatures cover too. */
  text: string;
  signatures: NoteSignature[];
}

/** Name and key id together say which key signed and how; `signature` is what follows the key id. */
export interface NoteSignature {
  name: string;
  /** u32 */
  keyId: number;
  signature: Uint8Array;
}

/** Sixteen must be accepted. More than this make a note slow to check and prove nothing more. */
export const MAX_SIGNATURES = 64;
/** 64 signatures of nearly 5 kB, the largest that the specification expects, in base 64 and with room for text and names. */
export const MAX_NOTE_BYTES = 512 * 1024;

const KEY_ID_BYTES = 4;
const DASH = '\u2014 ';

/**
 * @throws NoteError too_large, utf8_invalid, control_character, note_malformed, signature_malformed, too_many_signatures
 * @see https://c2sp.org/signed-note
 */
export function parseNote(note: Uint8Array | string): Note {
  const source = readText(note, MAX_NOTE_BYTES);
  const split = source.lastIndexOf('\n\n');
  if (split < 0) throw new NoteError('note_malformed', 'The note has no empty line between text and signatures.');
  return { text: source.slice(0, split + 1), signatures: parseSignatureLines(source.slice(split + 2)) };
}

/**
 * One or more signature lines and nothing else: the end of a note, or the answer of a witness.
 * @throws NoteError too_large, utf8_invalid, control_character, note_malformed, signature_malformed, too_many_signatures
 */
export function parseSignatureLines(lines: Uint8Array | string): NoteSignature[] {
  const source = readText(lines, MAX_NOTE_BYTES);
  if (!source.endsWith('\n')) throw new NoteError('note_malformed', 'The last signature line does not end in a newline.');
  const rows = source.slice(0, -1).split('\n', MAX_SIGNATURES + 1);
  if (rows.length > MAX_SIGNATURES) throw new NoteError('too_many_signatures', `The note has more than ${MAX_SIGNATURES} signatures.`);
  return rows.map(parseSignatureLine);
}

/**
 * The text, an empty line and the signature lines, as `parseNote` reads them.
 * @throws NoteError as `parseNote` does for a text or a name that no note can have.
 */
export function formatNote(text: string, signatures: readonly NoteSignature[]): string {
  const note = `${text}\n${signatures.map(signatureLine).join('')}`;
  if (!text.endsWith('\n')) throw new NoteError('note_malformed', 'The text of a note ends in a newline.');
  parseNote(note);
  return note;
}

/**
 * — <name> base64(key id ‖ signature), with its newline.
 * @throws NoteError signature_malformed for a name with spaces or plus, or an empty signature; RangeError for a key id that is not a u32.
 */
export function signatureLine({ name, keyId, signature }: NoteSignature): string {
  if (!isKeyName(name)) throw new NoteError('signature_malformed', 'A key name is not empty and has neither spaces nor plus.');
  if (signature.length === 0) throw new NoteError('signature_malformed', 'A signature has at least one byte.');
  return `${DASH}${name} ${toBase64(concatBytes(keyIdBytes(keyId), signature))}\n`;
}

/** The note with further signatures behind its own; one that it has already, byte for byte, is not repeated. */
export function addSignatures(note: Note, more: readonly NoteSignature[]): Note {
  const lines = new Set(note.signatures.map(signatureLine));
  const added = more.filter((one) => {
    const line = signatureLine(one);
    return !lines.has(line) && lines.add(line);
  });
  return { text: note.text, signatures: [...note.signatures, ...added] };
}

/** Not empty, without Unicode spaces and plus, and nothing that a note may not contain. */
export function isKeyName(name: string): boolean {
  return name !== '' && name.isWellFormed() && !/[\p{White_Space}+\u0000-\u001f]/u.test(name);
}

/** u32be. @throws RangeError */
export function keyIdBytes(keyId: number): Uint8Array {
  if (!Number.isInteger(keyId) || keyId < 0 || keyId > 0xffff_ffff) throw new RangeError('a key id is a u32');
  return Uint8Array.of(keyId >>> 24, (keyId >>> 16) & 0xff, (keyId >>> 8) & 0xff, keyId & 0xff);
}

/** @throws RangeError where there are fewer than four bytes. */
export function readKeyId(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length).getUint32(0);
}

/**
 * Bytes or text from outside as text: valid UTF-8 without control characters but newline. A byte order mark stays: it is a character like another.
 * @throws NoteError too_large, utf8_invalid, control_character
 */
export function readText(source: Uint8Array | string, mostBytes: number): string {
  if (source.length > mostBytes) throw new NoteError('too_large', `It is longer than ${mostBytes} bytes.`);
  let text: string;
  if (typeof source === 'string') {
    text = source;
    if (!text.isWellFormed()) throw new NoteError('utf8_invalid', 'It has a lone surrogate.');
    // A character has at most three bytes for each of its code units.
    if (text.length * 3 > mostBytes && utf8(text).length > mostBytes)
      throw new NoteError('too_large', `It is longer than ${mostBytes} bytes.`);
  } else {
    try {
      text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(source);
    } catch {
      throw new NoteError('utf8_invalid', 'It is not valid UTF-8.');
    }
  }
  if (/[\u0000-\u0009\u000b-\u001f]/.test(text)) throw new NoteError('control_character', 'It has a control character other than newline.');
  return text;
}

function parseSignatureLine(line: string): NoteSignature {
  const malformed = (what: string) => new NoteError('signature_malformed', `A signature line ${what}.`);
  if (!line.startsWith(DASH)) throw malformed('does not begin with an em dash and a space');
  const space = line.indexOf(' ', DASH.length);
  if (space < 0) throw malformed('has no key name before its signature');
  const name = line.slice(DASH.length, space);
  if (!isKeyName(name)) throw malformed('has a key name that is empty or has a space or a plus in it');
  const bytes = fromBase64(line.slice(space + 1));
  if (bytes === null) throw malformed('does not end in canonical base 64');
  if (bytes.length <= KEY_ID_BYTES) throw malformed('has no signature behind its key id');
  return { name, keyId: readKeyId(bytes), signature: bytes.subarray(KEY_ID_BYTES) };
}
