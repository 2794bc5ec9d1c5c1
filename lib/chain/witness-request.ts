import { utf8 } from './bytes';
import { type Checkpoint, parseCheckpoint } from './checkpoint';
import { readDecimal, writeDecimal } from './decimal';
import { MAX_NOTE_BYTES, NoteError, parseNote, readText } from './signed-note';
import { MAX_PROOF_HASHES, readHashLines, writeHashLines } from './tlog-proof';

/** Body of add-checkpoint (C2SP tlog-witness): a checkpoint, and the proof that it continues the one of `oldSize`. */
export interface AddCheckpoint {
  oldSize: bigint;
  proof: Uint8Array[];
  /** The signed checkpoint, verbatim. */
  note: Uint8Array;
}

/** The note, the old size and 63 hashes. */
export const MAX_REQUEST_BYTES = MAX_NOTE_BYTES + 4096;

/** What a witness answers with 400 whatever it knows of the log; whether the old size is above the checkpoint's is asked after 404 and 403. */
export interface AddCheckpointForm extends AddCheckpoint {
  checkpoint: Checkpoint;
}

/**
 * The form alone.
 * @throws NoteError as `parseNote` and `parseCheckpoint`; request_malformed
 * @see https://c2sp.org/tlog-witness
 */
export function parseAddCheckpointForm(source: Uint8Array | string): AddCheckpointForm {
  const text = readText(source, MAX_REQUEST_BYTES);
  const empty = text.indexOf('\n\n');
  if (empty < 0) throw malformed('has no empty line before its checkpoint');
  const [old, ...lines] = text.slice(0, empty).split('\n', MAX_PROOF_HASHES + 2);
  const oldSize = old.startsWith('old ') ? readDecimal(old.slice('old '.length)) : null;
  if (oldSize === null) throw malformed('does not begin with "old" and a decimal size');
  const proof = readHashLines(lines);
  if (proof === null) throw malformed(`has a proof that is not up to ${MAX_PROOF_HASHES} hashes in canonical base 64`);
  const note = text.slice(empty + 2);
  return { oldSize, proof, note: utf8(note), checkpoint: parseCheckpoint(parseNote(note).text) };
}

/**
 * The form, with an old size that is not above the checkpoint's; signatures and proof are still to be verified.
 * @throws NoteError as `parseAddCheckpointForm`
 */
export function parseAddCheckpoint(source: Uint8Array | string): AddCheckpoint {
  const { oldSize, proof, note, checkpoint } = parseAddCheckpointForm(source);
  if (oldSize > checkpoint.size) throw malformed('names an old size above the size of its checkpoint');
  return { oldSize, proof, note };
}

function malformed(what: string): NoteError {
  return new NoteError('request_malformed', `The request ${what}.`);
}

/** @throws NoteError as `parseAddCheckpoint`, RangeError for a size that is no decimal of the format. */
export function formatAddCheckpoint({ oldSize, proof, note }: Omit<AddCheckpoint, 'note'> & { note: Uint8Array | string }): string {
  const text = `old ${writeDecimal(oldSize)}\n${writeHashLines(proof)}\n${readText(note, MAX_NOTE_BYTES)}`;
  parseAddCheckpoint(text);
  return text;
}
