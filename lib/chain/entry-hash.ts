import { sha256 as nobleSha256 } from '@noble/hashes/sha2.js';
import { concatBytes, utf8 } from './bytes';

/** SHA-256 of bytes. The pure one runs everywhere; a server passes the one of its platform, which is some thirty times as fast. */
export type Sha256 = (bytes: Uint8Array) => Uint8Array;
export const sha256: Sha256 = (bytes) => nobleSha256(bytes);

const GENESIS_TAG = utf8('holdfast/genesis/v1\n');
export const ENTRY_TAG = utf8('holdfast/entry/v1\n');
export const HASH_BYTES = 32;
/** Length of an entry's preimage: tag, three u64be, two digests. */
export const PREIMAGE_BYTES = ENTRY_TAG.length + 8 + 8 + 8 + HASH_BYTES + HASH_BYTES;

/** The part of an entry that its hash covers (format, section 3). Hashes are 32 bytes; `receivedAtUs` is microseconds since 1970. */
export interface EntryHeader {
  seq: bigint;
  receivedAtUs: bigint;
  conversationSeq: bigint;
  previousHash: Uint8Array;
  bodyHash: Uint8Array;
}

/** genesis = SHA-256("holdfast/genesis/v1\n" ‖ origin): the previous_hash of entry 0. */
export function genesisHash(origin: string, hash: Sha256 = sha256): Uint8Array {
  return hash(concatBytes(GENESIS_TAG, utf8(origin)));
}

/**
 * "holdfast/entry/v1\n" ‖ u64be(seq) ‖ u64be(received_at_us) ‖ u64be(conversation_seq) ‖ previous_hash[32] ‖ SHA-256(body)[32]
 * @throws RangeError for a hash that is not 32 bytes or a number that is not a u64.
 */
export function entryPreimage(entry: EntryHeader): Uint8Array {
  if (entry.previousHash.length !== HASH_BYTES || entry.bodyHash.length !== HASH_BYTES) throw new RangeError('a SHA-256 hash has 32 bytes');
  const preimage = new Uint8Array(PREIMAGE_BYTES);
  const view = new DataView(preimage.buffer);
  preimage.set(ENTRY_TAG, 0);
  let at = ENTRY_TAG.length;
  for (const number of [entry.seq, entry.receivedAtUs, entry.conversationSeq]) {
    if (number < 0n || number > 0xffff_ffff_ffff_ffffn) throw new RangeError('not an unsigned 64-bit number');
    view.setBigUint64(at, number);
    at += 8;
  }
  preimage.set(entry.previousHash, at);
  preimage.set(entry.bodyHash, at + HASH_BYTES);
  return preimage;
}

/** integrity_hash = SHA-256(preimage). */
export function entryHash(entry: EntryHeader, hash: Sha256 = sha256): Uint8Array {
  return hash(entryPreimage(entry));
}
