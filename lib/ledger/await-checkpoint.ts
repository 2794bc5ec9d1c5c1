import 'server-only';
import { setTimeout as sleep } from 'node:timers/promises';
import { pool } from '@/lib/db';
import type { CheckpointDto } from '@/lib/schema/proofs';
import { newestCheckpoint } from './read-checkpoints';

/** How long a file waits for a checkpoint that covers the ledger as it was when it was asked for. */
const PATIENCE_MS = 20_000;

/**
 * The newest checkpoint, as soon as it covers the first `size` entries. Where signing has stopped or is refused it is the last that was signed, which still proves
 * what it covers; null where nothing was ever signed.
 */
export async function awaitCheckpoint(
  ledgerId: number,
  size: bigint,
  signal: AbortSignal,
  patienceMs = PATIENCE_MS,
): Promise<CheckpointDto | null> {
  const until = Date.now() + patienceMs;
  for (;;) {
    signal.throwIfAborted();
    const newest = await newestCheckpoint(ledgerId, pool('verification'));
    if ((newest !== null && BigInt(newest.size) >= size) || Date.now() > until) return newest;
    await sleep(200, undefined, { signal });
  }
}
