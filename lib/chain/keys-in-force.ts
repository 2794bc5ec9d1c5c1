import type { SignerKeyDto } from '@/lib/schema/proofs';
import { readDecimal } from './decimal';
import { parseVerifierKey, type VerifierKey } from './verifier-key';

/**
 * The keys of a ledger that may sign a checkpoint of that size. Both ends of a range count: at a rotation the old key and the new one sign the same
 * checkpoint. What a key signs outside its range proves nothing, so that a key that is stolen after its rotation is worth nothing.
 * @throws NoteError for a verifier key that is none. A range that is none holds no size.
 */
export function keysInForce(keys: readonly SignerKeyDto[], size: bigint): VerifierKey[] {
  return keys.filter((key) => inForce(key, size)).map((key) => parseVerifierKey(key.vkey));
}

function inForce(key: SignerKeyDto, size: bigint): boolean {
  const from = readDecimal(key.from_size);
  const to = key.to_size === null ? null : readDecimal(key.to_size);
  return from !== null && from <= size && (key.to_size === null || (to !== null && size <= to));
}
