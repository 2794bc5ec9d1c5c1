import { COSIGNATURE_ML_DSA_44, ED25519, type VerifierKey } from './verifier-key';

const KINDS = [
  { type: ED25519, name: 'Ed25519' },
  { type: COSIGNATURE_ML_DSA_44, name: 'ML-DSA-44' },
] as const;

/**
 * A log signs each checkpoint in two ways, so that whoever breaks one of them has nothing yet. Where keys of both kinds are known for it, both must have signed:
 * else the weaker would do, with the line of the stronger taken off.
 * @param known keys that may sign this checkpoint, witnesses' among them. @param signed those of them that did
 * @returns the kind of which a key of the log is known and none signed; null where there is none
 */
export function halfSigned(origin: string, known: readonly VerifierKey[], signed: readonly VerifierKey[]): string | null {
  const has = (keys: readonly VerifierKey[], type: number) => keys.some((key) => key.name === origin && key.type === type);
  return KINDS.find(({ type }) => has(known, type) && !has(signed, type))?.name ?? null;
}
