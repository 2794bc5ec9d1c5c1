import { ed25519 } from '@noble/curves/ed25519.js';
import { ml_dsa44 } from '@noble/post-quantum/ml-dsa.js';
import { utf8 } from './bytes';
import { type Checkpoint, parseCheckpoint } from './checkpoint';
import { cosignedMessageEd25519, cosignedMessageMlDsa, splitTimestamped } from './cosignature';
import { halfSigned } from './half-signed';
import { type Note, NoteError, type NoteSignature, parseNote } from './signed-note';
import { COSIGNATURE_ED25519, COSIGNATURE_ML_DSA_44, ED25519, type VerifierKey } from './verifier-key';

/**
 * absent: no signature bears the key's name and id. malformed: it is not of the length that its type has, or its time is out of range.
 * not_a_checkpoint: a cosignature of a note that is none. invalid: it is not the key's signature of this text.
 */
export type SignatureFault = 'absent' | 'malformed' | 'not_a_checkpoint' | 'invalid';

export type SignatureResult =
  | { ok: false; why: SignatureFault }
  /** `timestamp`, for cosignatures alone, is in seconds since 1970; 0 where a cosigner makes no statement about time. */
  | { ok: true; timestamp?: bigint };

/** What was signed, and the signature proper. */
export interface SignedMessage {
  message: Uint8Array;
  signature: Uint8Array;
  timestamp?: bigint;
}

const ED25519_SIGNATURE_BYTES = 64;
const ML_DSA_44_SIGNATURE_BYTES = 2420;

/**
 * Whether the note bears a signature of that key. Several by one key must all verify; the newest time of them is told.
 * Ed25519 is verified as RFC 8032 §5.1.7 has it: canonical encodings alone, S below the group order, no key of small order.
 */
export function verifySignature(note: Note, key: VerifierKey): SignatureResult {
  let newest: bigint | undefined;
  let found = false;
  for (const signature of signaturesOf(note, key)) {
    found = true;
    const result = verifyOne(note, signature, key);
    if (!result.ok) return result;
    if (result.timestamp !== undefined && (newest === undefined || result.timestamp > newest)) newest = result.timestamp;
  }
  if (!found) return { ok: false, why: 'absent' };
  return newest === undefined ? { ok: true } : { ok: true, timestamp: newest };
}

/** One signature line, which bears the key's name and id. */
export function verifyOne(note: Note, signature: NoteSignature, key: VerifierKey): SignatureResult {
  const signed = signedMessage(note, signature, key);
  if (typeof signed === 'string') return { ok: false, why: signed };
  const verifies =
    key.type === COSIGNATURE_ML_DSA_44
      ? verifyMlDsa44(signed.signature, signed.message, key.publicKey)
      : verifyEd25519(signed.signature, signed.message, key.publicKey);
  if (!verifies) return { ok: false, why: 'invalid' };
  return signed.timestamp === undefined ? { ok: true } : { ok: true, timestamp: signed.timestamp };
}

/** The bytes that a signature line of that key is over, or why it cannot be one. */
export function signedMessage(note: Note, { signature }: NoteSignature, key: VerifierKey): SignedMessage | SignatureFault {
  if (key.type === ED25519) {
    if (signature.length !== ED25519_SIGNATURE_BYTES) return 'malformed';
    return { message: utf8(note.text), signature };
  }
  const split = splitTimestamped(signature, key.type === COSIGNATURE_ED25519 ? ED25519_SIGNATURE_BYTES : ML_DSA_44_SIGNATURE_BYTES);
  if (split === null) return 'malformed';
  const checkpoint = checkpointOf(note);
  if (checkpoint === null) return 'not_a_checkpoint';
  if (key.type === COSIGNATURE_ED25519) return { ...split, message: cosignedMessageEd25519(note.text, split.timestamp) };
  try {
    return { ...split, message: cosignedMessageMlDsa(key.name, split.timestamp, checkpoint) };
  } catch {
    // A name or origin that does not fit into the message of this type.
    return 'malformed';
  }
}

export interface VerifiedSignature {
  key: VerifierKey;
  /** Seconds since 1970; null for signatures without a time. */
  timestamp: bigint | null;
}

export interface OpenedNote {
  note: Note;
  /** Which of the keys signed, in the order given; never empty. */
  verified: VerifiedSignature[];
}

export interface OpenedCheckpoint extends OpenedNote {
  /** Whether those who signed suffice (the log, a quorum of witnesses) is for the caller to say. */
  checkpoint: Checkpoint;
}

/**
 * Reads a note and verifies the signatures of the keys that are known. Signatures of unknown keys are passed over; a known key whose signature
 * fails rejects the note.
 * @throws NoteError as `parseNote`; signature_invalid, no_known_signature
 */
export function openNote(noteBytes: Uint8Array | string, keys: readonly VerifierKey[]): OpenedNote {
  const note = parseNote(noteBytes);
  const verified: VerifiedSignature[] = [];
  for (const key of keys) {
    const result = verifySignature(note, key);
    if (result.ok) verified.push({ key, timestamp: result.timestamp ?? null });
    else if (result.why !== 'absent')
      throw new NoteError('signature_invalid', `The signature of ${key.name} does not verify (${result.why}).`);
  }
  if (verified.length === 0) throw new NoteError('no_known_signature', 'No key that is known here signed the note.');
  return { note, verified };
}

/**
 * `openNote` for a signed checkpoint.
 * @param origin where given, the checkpoint must be of that log, and a key of that name must have signed it, one of each kind where keys of both are
 * given: cosignatures alone do not suffice.
 * @throws NoteError as `openNote` and `parseCheckpoint`; origin_mismatch, half_signed
 */
export function openCheckpoint(noteBytes: Uint8Array | string, keys: readonly VerifierKey[], origin?: string): OpenedCheckpoint {
  const checkpoint = parseCheckpoint(parseNote(noteBytes).text);
  if (origin !== undefined && checkpoint.origin !== origin)
    throw new NoteError('origin_mismatch', 'The checkpoint is of another log than the one asked for.');
  const opened = openNote(noteBytes, keys);
  if (origin !== undefined && !opened.verified.some(({ key }) => key.name === origin))
    throw new NoteError('no_known_signature', 'No key of the log that is known here signed its checkpoint.');
  const signers = opened.verified.map(({ key }) => key);
  const missing = origin === undefined ? null : halfSigned(origin, keys, signers);
  if (missing !== null)
    throw new NoteError('half_signed', `The log has a key of ${missing}, and the checkpoint bears no signature of that kind.`);
  return { checkpoint, ...opened };
}

/** Strict: `zip215: false` refuses non-canonical encodings and keys of small order, which the library accepts otherwise. */
export function verifyEd25519(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean {
  try {
    return ed25519.verify(signature, message, publicKey, { zip215: false });
  } catch {
    return false;
  }
}

/** ML-DSA of FIPS 204 with an empty context. */
export function verifyMlDsa44(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean {
  try {
    return ml_dsa44.verify(signature, message, publicKey);
  } catch {
    return false;
  }
}

/** A signature that stands there twice, byte for byte, is one. */
function signaturesOf(note: Note, key: VerifierKey): NoteSignature[] {
  const seen = new Set<string>();
  return note.signatures.filter(({ name, keyId, signature }) => {
    if (name !== key.name || keyId !== key.keyId) return false;
    const spelled = String(signature);
    return !seen.has(spelled) && seen.add(spelled);
  });
}

function checkpointOf(note: Note): Checkpoint | null {
  try {
    return parseCheckpoint(note.text);
  } catch {
    return null;
  }
}
