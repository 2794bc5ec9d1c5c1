import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { holdLock } from '@/lib/hold-lock';

const WAIT_MS = 120_000;

/**
 * One process of a checkout at a time makes, starts or stops what all of them share: secrets, the server's data, the server. Waits for its turn;
 * a holder that was killed is passed over.
 * @returns how to give it back.
 * @throws Error that names the file where the holder lives and does not let go.
 */
export async function holdState(dir: string): Promise<() => void> {
  mkdirSync(dir, { recursive: true, mode: 0o711 });
  return holdLock(path.join(dir, 'start.lock'), WAIT_MS);
}
