import { fromHex, toHex } from '../../chain/bytes';
import { parseCheckpoint } from '../../chain/checkpoint';
import { leafHash, verifyInclusion } from '../../chain/merkle';
import { NoteError, parseNote } from '../../chain/signed-note';
import { openTlogProof, parseTlogProof } from '../../chain/tlog-proof';
import { parseVerifierKey } from '../../chain/verifier-key';
import { AuditError } from './audit-error';
import type { Receipt } from './record';

/** A receipt with the proof that its record stands in a signed tree. Keep `text`: it verifies offline, without the ledger and without this SDK. */
export interface Proof {
  receipt: Receipt;
  /** C2SP tlog-proof, verbatim; by custom in a file `<id>.tlog-proof`. */
  text: string;
  /** The log that signed, how many entries it had, and the root over them in hex. */
  origin: string;
  size: string;
  root: string;
  /** Which of the keys that were given signed the checkpoint; empty where none were given: then the path was verified, and nobody's signature. */
  signedBy: string[];
}

/**
 * Verifies a proof against the receipt that came when the record was stored. The leaf is what that receipt said: a ledger that changed the record since has
 * no path from it to a root that it signed.
 * @param logKeys verifier keys of the ledger (`<name>+<id>+<key>`), from elsewhere than the ledger itself
 * @throws AuditError proof_invalid
 */
export function checkProof(receipt: Receipt, text: string, logKeys: readonly string[]): Proof {
  try {
    const leaf = leafHash(fromHex(receipt.integrity_hash));
    const { index, proof, note } = parseTlogProof(text);
    if (String(index) !== receipt.seq) throw invalid(`It is a proof of record ${index}.`);
    const { origin, size, root } = parseCheckpoint(parseNote(note).text);
    if (!verifyInclusion({ index, size, leafHash: leaf, proof, root }))
      throw invalid('Its path does not lead from the record to the root.');
    const signedBy = logKeys.length === 0 ? [] : signers(text, leaf, logKeys, origin);
    return { receipt, text, origin, size: String(size), root: toHex(root), signedBy };
  } catch (error) {
    if (error instanceof AuditError) throw error;
    if (error instanceof NoteError || error instanceof RangeError) throw invalid(error.message, error);
    throw error;
  }
}

function signers(text: string, leaf: Uint8Array, logKeys: readonly string[], origin: string): string[] {
  const keys = logKeys.map((vkey) => ({ vkey, ...parseVerifierKey(vkey) }));
  if (!keys.some(({ name }) => name === origin)) throw invalid(`It was signed by ${origin}, of which no key is known here.`);
  const { verified } = openTlogProof(text, leaf, keys, origin);
  return keys.filter(({ name, keyId }) => verified.some(({ key }) => key.name === name && key.keyId === keyId)).map(({ vkey }) => vkey);
}

function invalid(detail: string, cause?: unknown): AuditError {
  return new AuditError('proof_invalid', detail, cause === undefined ? {} : { cause });
}
