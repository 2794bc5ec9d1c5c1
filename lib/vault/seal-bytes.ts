import 'server-only';
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { VaultError } from './key-encryption';

/** NIST SP 800-38D: 96-bit nonces, and the whole tag. Node takes tags of four bytes unless it is told. */
export const NONCE_BYTES = 12;
export const TAG_BYTES = 16;
const CIPHER = 'aes-256-gcm';

/** @returns ciphertext with its tag at the end. The nonce is random: a key seals far fewer than 2^32 messages (§8.3). */
export function sealBytes(key: Buffer, plain: Uint8Array, aad: Uint8Array): { nonce: Buffer; ciphertext: Buffer } {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(aad);
  const body = cipher.update(plain);
  return { nonce, ciphertext: Buffer.concat([body, cipher.final(), cipher.getAuthTag()]) };
}

/** Nothing of it is given out before its tag has been checked. @throws VaultError unreadable */
export function openBytes(key: Buffer, nonce: Uint8Array, ciphertext: Uint8Array, aad: Uint8Array): Buffer {
  if (nonce.length !== NONCE_BYTES || ciphertext.length < TAG_BYTES) throw new VaultError('unreadable', 'nonce or tag is too short');
  const cipher = createDecipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(aad);
  cipher.setAuthTag(ciphertext.subarray(ciphertext.length - TAG_BYTES));
  try {
    const body = cipher.update(ciphertext.subarray(0, ciphertext.length - TAG_BYTES));
    return Buffer.concat([body, cipher.final()]);
  } catch (cause) {
    throw new VaultError('unreadable', 'the tag does not fit', { cause });
  }
}
