import { fromBase64, toBase64 } from './base64';
import { concatBytes, toHex, utf8 } from './bytes';
import { sha256 } from './entry-hash';
import { isKeyName, keyIdBytes, NoteError, readKeyId } from './signed-note';

/**
 * 0x01: Ed25519 over the text of a note. 0x04: Ed25519 cosignature with a time. 0x06: ML-DSA-44 cosignature with a time.
 * @see https://c2sp.org/signed-note, "Signature types"
 */
export type SignatureType = 0x01 | 0x04 | 0x06;

export const ED25519 = 0x01;
export const COSIGNATURE_ED25519 = 0x04;
export const COSIGNATURE_ML_DSA_44 = 0x06;

/** Bytes of the public key of each type. */
export const PUBLIC_KEY_BYTES: Record<SignatureType, number> = { 1: 32, 4: 32, 6: 1312 };

export interface VerifierKey {
  name: string;
  /** u32: the first bytes of a hash over name, type and key. */
  keyId: number;
  type: SignatureType;
  publicKey: Uint8Array;
}

/** No key that is read here has a longer text: 255 bytes of name, id, and 1,313 bytes in base 64. */
const MAX_KEY_CHARS = 4096;

/** @throws RangeError for a name that no note can have, or a public key of another length than its type has. */
export function makeVerifierKey(name: string, type: SignatureType, publicKey: Uint8Array): VerifierKey {
  if (!isKeyName(name)) throw new RangeError('a key name is not empty and has neither spaces nor plus');
  if (publicKey.length !== PUBLIC_KEY_BYTES[type]) throw new RangeError(`a public key of this type has ${PUBLIC_KEY_BYTES[type]} bytes`);
  return { name, keyId: keyIdOf(name, type, publicKey), type, publicKey };
}

/**
 * <name>+<key id in hex>+<base64(type ‖ public key)>
 * @throws NoteError key_malformed, key_type_unknown, key_id_mismatch
 */
export function parseVerifierKey(vkey: string): VerifierKey {
  if (vkey.length > MAX_KEY_CHARS) throw new NoteError('key_malformed', 'The verifier key is too long.');
  const parts = /^([^+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+={0,2})$/.exec(vkey);
  const bytes = parts === null ? null : fromBase64(parts[3]);
  if (parts === null || bytes === null || bytes.length === 0 || !isKeyName(parts[1]))
    throw new NoteError('key_malformed', 'A verifier key is a name, a key id in hexadecimal and a key in base 64, joined by plus.');
  const [, name, id] = parts;
  const type = bytes[0];
  if (type !== ED25519 && type !== COSIGNATURE_ED25519 && type !== COSIGNATURE_ML_DSA_44)
    throw new NoteError('key_type_unknown', `Keys of type ${type} are not known here.`);
  const publicKey = bytes.subarray(1);
  if (publicKey.length !== PUBLIC_KEY_BYTES[type])
    throw new NoteError('key_malformed', `A public key of type ${type} has ${PUBLIC_KEY_BYTES[type]} bytes.`);
  const keyId = keyIdOf(name, type, publicKey);
  if (toHex(keyIdBytes(keyId)) !== id) throw new NoteError('key_id_mismatch', 'The key id is not that of name and key.');
  return { name, keyId, type, publicKey };
}

export function formatVerifierKey(key: VerifierKey): string {
  return `${key.name}+${toHex(keyIdBytes(key.keyId))}+${toBase64(concatBytes(Uint8Array.of(key.type), key.publicKey))}`;
}

/** SHA-256(name ‖ 0x0A ‖ type ‖ public key)[:4] */
function keyIdOf(name: string, type: SignatureType, publicKey: Uint8Array): number {
  return readKeyId(sha256(concatBytes(utf8(`${name}\n`), Uint8Array.of(type), publicKey)));
}
