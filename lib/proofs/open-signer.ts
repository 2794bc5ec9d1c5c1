import 'server-only';
import path from 'node:path';
import { env } from '@/lib/env';
import { givenKeys, keepKeys } from '@/lib/signer/keep-keys';
import type { Signer } from '@/lib/signer/sign-checkpoint';
import { openMemory } from '@/lib/signer/signer-memory';

/** @returns null where another machine signs for this database (SIGNER=off) or no folder was given. @throws Error for damaged keys, ones that others may read, and given ones that are not there */
export function openSigner(): Signer | null {
  const { SIGNER, SIGNER_DIR, SIGNER_KEY_FILE } = env();
  if (SIGNER === 'off' || SIGNER_DIR === undefined) return null;
  const keys = SIGNER_KEY_FILE === undefined ? keepKeys(keyFile(SIGNER_DIR)) : givenKeys(SIGNER_KEY_FILE);
  return { keys, memory: openMemory(path.join(SIGNER_DIR, 'memory')) };
}

export function keyFile(dir: string): string {
  return env().SIGNER_KEY_FILE ?? path.join(dir, 'keys.json');
}
