import 'server-only';
import { createHash, timingSafeEqual } from 'node:crypto';
import { canonicalize } from '@/lib/chain/canonical-json';
import type { DataKey } from './data-keys';
import { VaultError } from './key-encryption';
import { openBytes, sealBytes } from './seal-bytes';

/** Where words stand: what their ciphertext is bound to, so that no two can be exchanged (format, section 6). */
export interface PartPlace {
  /** The ledger's origin. */
  origin: string;
  conversationId: string | null;
  recordId: string;
  part: string;
  index: number;
}

/** What the record's body says of a part; in the chain, and therefore unchangeable. */
export interface PartCommitment {
  /** Hex. */
  ciphertext_sha256: string;
  index: number;
  key_commitment: string;
  key_id: string;
  /** Bytes of the words in UTF-8. */
  length: number;
  nonce: string;
  part: string;
}

export interface SealedPart {
  commitment: PartCommitment;
  nonce: Buffer;
  sha256: Buffer;
  /** With its tag. */
  ciphertext: Buffer;
}

/** Seals one part. The body commits to what this returns and never to the words: a digest of a short answer could be guessed after shredding. */
export function sealPart(key: DataKey, place: PartPlace, text: string): SealedPart {
  const plain = Buffer.from(text, 'utf8');
  const { nonce, ciphertext } = sealBytes(key.key, plain, aadOf(place));
  const sha256 = createHash('sha256').update(ciphertext).digest();
  return {
    commitment: {
      ciphertext_sha256: sha256.toString('hex'),
      index: place.index,
      key_commitment: key.commitment.toString('hex'),
      key_id: key.id,
      length: plain.length,
      nonce: nonce.toString('hex'),
      part: place.part,
    },
    nonce,
    sha256,
    ciphertext,
  };
}

/**
 * The words of a part, if what is stored is what the body committed to, under the key that it committed to.
 * @throws VaultError unreadable
 */
export function openPart(key: DataKey, place: PartPlace, commitment: PartCommitment, ciphertext: Uint8Array): string {
  if (commitment.key_id !== key.id || !sameHex(commitment.key_commitment, key.commitment))
    throw new VaultError('unreadable', 'the record committed to another key');
  if (!sameHex(commitment.ciphertext_sha256, createHash('sha256').update(ciphertext).digest()))
    throw new VaultError('unreadable', 'the record committed to another ciphertext');
  const plain = openBytes(key.key, Buffer.from(commitment.nonce, 'hex'), ciphertext, aadOf(place));
  if (plain.length !== commitment.length) throw new VaultError('unreadable', 'the words are not as long as the record says');
  return plain.toString('utf8');
}

function aadOf({ origin, conversationId, recordId, part, index }: PartPlace): Uint8Array {
  const text = canonicalize({
    ...(conversationId === null ? {} : { conversation: conversationId }),
    index,
    ledger: origin,
    part,
    record: recordId,
  });
  return Buffer.from(text, 'utf8');
}

function sameHex(hex: string, bytes: Buffer): boolean {
  const given = Buffer.from(hex, 'hex');
  return given.length === bytes.length && timingSafeEqual(given, bytes);
}
