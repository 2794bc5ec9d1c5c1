import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import * as z from 'zod/mini';
import { equalBytes, fromHex, utf8 } from './bytes';
import { canonicalize } from './canonical-json';

/** Sealed words by the format's page alone (docs/format.md, "Words"): what a body commits to, and how a part is opened with its data key. */

const hex = (bytes: number) => z.string().check(z.regex(new RegExp(`^[0-9a-f]{${bytes * 2}}$`)));
export const KEY_ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/** Of one record; what is sent is far less. */
const MOST_COMMITMENTS = 256;
export const TAG_BYTES = 16;

const WordsCommitment = z.looseObject({
  ciphertext_sha256: hex(32),
  index: z.int().check(z.gte(0), z.lte(65_535)),
  key_commitment: hex(32),
  key_id: z.string().check(z.regex(KEY_ID)),
  length: z.int().check(z.gte(0)),
  media_type: z.optional(z.string()),
  nonce: hex(12),
  part: z.string().check(z.maxLength(256)),
});
/** What a body says of one part; in the chain, and therefore unchangeable. `length` is bytes of the words in UTF-8. */
export type WordsCommitment = z.infer<typeof WordsCommitment>;

/** A record as its body names it: what its words are bound to. */
export interface WordsOwner {
  /** The ledger's own, not an incarnation's. */
  origin: string;
  conversationId: string | null;
  recordId: string;
}

/** @returns of a body's `content`; null where that is no list of commitments, each with a place of its own */
export function readCommitments(content: unknown): WordsCommitment[] | null {
  if (content === undefined) return [];
  if (!Array.isArray(content) || content.length > MOST_COMMITMENTS) return null;
  const read = z.safeParse(z.array(WordsCommitment), content);
  if (!read.success || new Set(read.data.map(({ index }) => index)).size !== read.data.length) return null;
  return read.data;
}

/** HMAC-SHA256(key, "commit"): binds a commitment to one key, which GCM alone does not. */
export function keyCommitment(key: Uint8Array): Uint8Array {
  return hmac(sha256, key, utf8('commit'));
}

/** The platform's cipher; null where a page was opened in a way in which browsers give none. */
export function wordsCipher(): SubtleCrypto | null {
  return globalThis.crypto?.subtle ?? null;
}

export function importWordsKey(cipher: SubtleCrypto, key: Uint8Array): Promise<CryptoKey> {
  return cipher.importKey('raw', Uint8Array.from(key), 'AES-GCM', false, ['decrypt']);
}

/** The words; null where the tag does not fit, or what it protects is not UTF-8 of that length. */
export async function openWords(
  cipher: SubtleCrypto,
  key: CryptoKey,
  owner: WordsOwner,
  commitment: WordsCommitment,
  ciphertext: Uint8Array,
): Promise<string | null> {
  if (ciphertext.length !== commitment.length + TAG_BYTES) return null;
  try {
    const algorithm = {
      name: 'AES-GCM',
      iv: Uint8Array.from(fromHex(commitment.nonce)),
      additionalData: Uint8Array.from(aadOf(owner, commitment)),
      tagLength: TAG_BYTES * 8,
    };
    const plain = await cipher.decrypt(algorithm, key, Uint8Array.from(ciphertext));
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(plain);
  } catch {
    return null;
  }
}

function aadOf({ origin, conversationId, recordId }: WordsOwner, { index, part }: WordsCommitment): Uint8Array {
  return utf8(
    canonicalize({ ...(conversationId === null ? {} : { conversation: conversationId }), index, ledger: origin, part, record: recordId }),
  );
}

export function isCommittedKey(key: Uint8Array, commitment: WordsCommitment): boolean {
  return equalBytes(keyCommitment(key), fromHex(commitment.key_commitment));
}
