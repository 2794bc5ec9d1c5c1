import { equalBytes, fromHex, toHex, utf8 } from '@/lib/chain/bytes';
import { entryHash, genesisHash, sha256 } from '@/lib/chain/entry-hash';
import type { RecordDto } from '@/lib/schema/screens';

export interface Recomputed {
  /** SHA-256 of the stored bytes, hex; null where the bytes are not here. */
  bodyHash: string | null;
  integrityHash: string;
  /** What previous_hash should be: the hash of the entry before, or of the ledger's origin for entry 0; null where it is not here. */
  previousHash: string | null;
  bodyMatches: boolean | null;
  integrityMatches: boolean;
  previousMatches: boolean | null;
  nextMatches: boolean | null;
}

/**
 * RFC 3339 UTC with up to six fractional digits to microseconds since 1970. A Date keeps only milliseconds, and the hash covers more.
 * @throws RangeError for a text that is no such time
 */
export function toMicroseconds(iso: string): bigint {
  const match = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:\.(\d{1,6}))?Z$/.exec(iso);
  const seconds = match === null ? Number.NaN : Date.parse(`${match[1]}Z`);
  if (match === null || Number.isNaN(seconds)) throw new RangeError('not a UTC time');
  return BigInt(seconds) * 1000n + BigInt((match[2] ?? '').padEnd(6, '0'));
}

function bytesOf(canonical: NonNullable<RecordDto['canonical']>): Uint8Array {
  if (canonical.encoding === 'utf8') return utf8(canonical.text);
  return Uint8Array.from(atob(canonical.text), (character) => character.charCodeAt(0));
}

/** Computes the entry's hashes again from what the server gave, in the reader's browser (format, section 3). */
export function recomputeHash(record: Omit<RecordDto, 'words'>): Recomputed {
  const { entry, canonical, previous, next } = record;
  const bodyHash = canonical === null ? null : toHex(sha256(bytesOf(canonical)));
  const integrity = entryHash({
    seq: BigInt(entry.seq),
    receivedAtUs: toMicroseconds(entry.received_at),
    conversationSeq: BigInt(entry.conversation_seq),
    previousHash: fromHex(entry.previous_hash),
    bodyHash: fromHex(bodyHash ?? entry.body_hash),
  });
  const previousHash = entry.seq === '0' ? toHex(genesisHash(record.ledger_origin)) : (previous?.integrity_hash ?? null);
  return {
    bodyHash,
    integrityHash: toHex(integrity),
    previousHash,
    bodyMatches: bodyHash === null ? null : bodyHash === entry.body_hash,
    integrityMatches: equalBytes(integrity, fromHex(entry.integrity_hash)),
    previousMatches: previousHash === null ? null : previousHash === entry.previous_hash,
    nextMatches: next === null ? null : next.previous_hash === entry.integrity_hash,
  };
}
