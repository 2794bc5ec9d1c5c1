import { concatBytes, utf8 } from './bytes';
import type { Checkpoint } from './checkpoint';
import { MAX_DECIMAL, writeDecimal } from './decimal';

/** C2SP tlog-cosignature: what a cosigner signs, and its signature with the time before it. Timestamps are seconds since 1970. */

const TIMESTAMP_BYTES = 8;
const SUBTREE_LABEL = utf8('subtree/v1\n\0');
const MAX_NAME_BYTES = 255;

/**
 * "cosignature/v1\n" ‖ "time <timestamp>\n" ‖ the text of the checkpoint with its extension lines
 * @throws RangeError for a timestamp above 2^63 − 1.
 */
export function cosignedMessageEd25519(text: string, timestamp: bigint): Uint8Array {
  return utf8(`cosignature/v1\ntime ${writeDecimal(timestamp)}\n${text}`);
}

/**
 * "subtree/v1\n\0" ‖ u8 length ‖ cosigner name ‖ u64be timestamp ‖ u8 length ‖ origin ‖ u64be 0 ‖ u64be size ‖ root: the whole tree as a subtree.
 * @throws RangeError for a name or origin of no or more than 255 bytes, a number above 2^63 − 1, or a root that is not 32 bytes.
 */
export function cosignedMessageMlDsa(
  name: string,
  timestamp: bigint,
  checkpoint: Pick<Checkpoint, 'origin' | 'size' | 'root'>,
): Uint8Array {
  if (checkpoint.root.length !== 32) throw new RangeError('a SHA-256 hash has 32 bytes');
  return concatBytes(
    SUBTREE_LABEL,
    lengthPrefixed(name),
    u64(timestamp),
    lengthPrefixed(checkpoint.origin),
    u64(0n),
    u64(checkpoint.size),
    checkpoint.root,
  );
}

/** A timestamped_signature: u64be timestamp ‖ signature. */
export interface TimestampedSignature {
  timestamp: bigint;
  signature: Uint8Array;
}

/** @throws RangeError for a timestamp above 2^63 − 1. */
export function joinTimestamped({ timestamp, signature }: TimestampedSignature): Uint8Array {
  return concatBytes(u64(timestamp), signature);
}

/** null where the bytes are not a time up to 2^63 − 1 and a signature of the length expected. */
export function splitTimestamped(bytes: Uint8Array, signatureBytes: number): TimestampedSignature | null {
  if (bytes.length !== TIMESTAMP_BYTES + signatureBytes) return null;
  const timestamp = new DataView(bytes.buffer, bytes.byteOffset, bytes.length).getBigUint64(0);
  return timestamp > MAX_DECIMAL ? null : { timestamp, signature: bytes.subarray(TIMESTAMP_BYTES) };
}

function u64(value: bigint): Uint8Array {
  if (value < 0n || value > MAX_DECIMAL) throw new RangeError('not a number between 0 and 2^63 − 1');
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, value);
  return bytes;
}

function lengthPrefixed(text: string): Uint8Array {
  const bytes = utf8(text);
  if (bytes.length < 1 || bytes.length > MAX_NAME_BYTES) throw new RangeError('a name in this message has 1 to 255 bytes');
  return concatBytes(Uint8Array.of(bytes.length), bytes);
}
