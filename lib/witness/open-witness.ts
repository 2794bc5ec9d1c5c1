import 'server-only';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { formatVerifierKey, type VerifierKey } from '@/lib/chain/verifier-key';
import { cosignerKeys, type KeyPair, keepKeys } from '@/lib/signer/keep-keys';
import { openMemory, type SignerMemory } from '@/lib/signer/signer-memory';
import type { WitnessConfig } from './read-witness-config';

/** A witness with what it signs with and what it must never forget. */
export interface Witness {
  name: string;
  logs: ReadonlyMap<string, readonly VerifierKey[]>;
  pair: KeyPair;
  memory: SignerMemory;
  /** Ed25519 (0x04) and ML-DSA-44 (0x06), as others configure them. */
  vkeys: string[];
}

/**
 * Keys in `keys.json`, made at the first start; what was cosigned in `memory/`.
 * @throws Error where the keys are there and the memory is not: with the same keys and no memory it would cosign any past, and contradict itself.
 */
export function openWitness({ name, dir, logs }: WitnessConfig): Witness {
  const [keyFile, memoryDir] = [path.join(dir, 'keys.json'), path.join(dir, 'memory')];

  if (existsSync(keyFile) && !existsSync(memoryDir))
    throw new Error(
      `${memoryDir} is gone: it says what this witness has cosigned. Restore it, or begin as another witness: move ${keyFile} away and take another name.`,
    );
  // The folder first: killed in between, the next start finds a memory without keys, which is a beginning.
  const memory = openMemory(memoryDir);
  const { current: pair } = keepKeys(keyFile);
  return { name, logs, pair, memory, vkeys: cosignerKeys(pair, name).map(formatVerifierKey) };
}
