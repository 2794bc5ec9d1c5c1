import 'server-only';
import { fromHex } from '@/lib/chain/bytes';
import { type Checkpoint, parseCheckpoint } from '@/lib/chain/checkpoint';
import { readDecimal } from '@/lib/chain/decimal';
import { readJson } from '@/lib/chain/read-json';
import { NoteError, parseNote } from '@/lib/chain/signed-note';
import { parseTlogProof } from '@/lib/chain/tlog-proof';
import { RefusalError } from '@/lib/schema/errors';

/** What somebody kept and brings back. All of it is hostile: it has been read and nothing more. */
export interface Comparand {
  what: 'checkpoint' | 'receipt';
  /** A signed note and what it says; null for a receipt that no checkpoint covered yet. */
  signed: { note: string; checkpoint: Checkpoint } | null;
  /** Of a receipt: the place in the ledger, and the path from there to the checkpoint. */
  index: bigint | null;
  proof: Uint8Array[] | null;
  /** The entry's own hash, where the receipt has it. */
  integrityHash: Uint8Array | null;
}

/**
 * A checkpoint (signed note), a receipt (C2SP tlog-proof), or a receipt as the API gives it (JSON with seq and integrity_hash, and perhaps tlog_proof).
 * @throws RefusalError format with the first fault
 */
export function readComparand(text: string): Comparand {
  try {
    if (text.trimStart().startsWith('{')) return readReceipt(text);
    if (text.startsWith('c2sp.org/tlog-proof@')) return readProof(text, null, null);
    return { what: 'checkpoint', signed: readSigned(text), index: null, proof: null, integrityHash: null };
  } catch (error) {
    if (error instanceof NoteError) throw refused(error.message);
    if (error instanceof Error && error.name === 'JsonFault') throw refused('It is no JSON that can be read.');
    throw error;
  }
}

function readProof(text: string, seq: bigint | null, integrityHash: Uint8Array | null): Comparand {
  const { index, proof, note } = parseTlogProof(text);
  if (seq !== null && seq !== index) throw refused(`The receipt is of position ${seq}, its proof of ${index}.`);
  return { what: 'receipt', signed: readSigned(new TextDecoder().decode(note)), index, proof, integrityHash };
}

function readSigned(note: string): NonNullable<Comparand['signed']> {
  return { note, checkpoint: parseCheckpoint(parseNote(note).text) };
}

function readReceipt(text: string): Comparand {
  const value = readJson(new TextEncoder().encode(text)) as Record<string, unknown>;
  const seq = typeof value.seq === 'string' ? readDecimal(value.seq) : null;
  const hash = value.integrity_hash;
  if (seq === null) throw refused('The receipt has no "seq" that is a decimal number in a string.');
  if (typeof hash !== 'string' || !/^[0-9a-f]{64}$/.test(hash))
    throw refused('The receipt has no "integrity_hash" of 64 lower-case hexadecimal digits.');
  const proof = value.tlog_proof;
  if (typeof proof === 'string') return readProof(proof, seq, fromHex(hash));
  return { what: 'receipt', signed: null, index: seq, proof: null, integrityHash: fromHex(hash) };
}

function refused(detail: string): RefusalError {
  return new RefusalError('format', `This is neither a signed checkpoint nor a receipt. ${detail}`, '/text');
}
