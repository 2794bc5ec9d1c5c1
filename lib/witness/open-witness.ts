import 'server-only';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { formatVerifierKey, type VerifierKey } from '@/lib/chain/verifier-key';
import { cosignerKeys, type KeyPair, keepKeys } from '@/lib/signer/keep-keys';
import { openMemory, type SignerMemory } from '@/lib/signer/signer-memory';
import { CosignedOrigins, guardMemory } from './cosigned-origins';
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
 * Keys in `keys.json`, made at the first start; what was cosigned in `memory/`, and for whom in `cosigned.txt`.
 * @throws Error where the keys are there and the memory is not, or lacks the state of an origin that was cosigned: with the same keys and no memory it would
 * cosign any past, and contradict itself.
 */
export function openWitness({ name, dir, logs }: WitnessConfig): Witness {
  const [keyFile, memoryDir, originsFile] = ['keys.json', 'memory', 'cosigned.txt'].map((name) => path.join(dir, name));
  const cosigned = new CosignedOrigins(originsFile);
  for (const needed of [memoryDir, originsFile])
    if (existsSync(keyFile) && !existsSync(needed))
      throw new Error(
        `${needed} is gone: it says what this witness has cosigned. Restore it, or begin as another witness: move ${keyFile} away and take another name.`,
      );
  // These first: killed in between, the next start finds a memory without keys, which is a beginning.
  const memory = guardMemory(openMemory(memoryDir), cosigned);
  if (!cosigned.exists()) cosigned.begin();
  for (const origin of cosigned.all()) memory.read(origin);
  const { current: pair } = keepKeys(keyFile);
  return { name, logs, pair, memory, vkeys: cosignerKeys(pair, name).map(formatVerifierKey) };
}
