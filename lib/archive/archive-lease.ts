import 'server-only';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { pool } from '@/lib/db';
import { log } from '@/lib/log';

const LEASE_MS = 60_000;

/** The right to archive a ledger, held by one process at a time. What is done under a lease that was lost is refused by the database. */
export interface Lease {
  ledgerId: number;
  fence: string;
  /** Aborted when it is known to be lost. */
  signal: AbortSignal;
  letGo(): Promise<void>;
}

/** @param ms how long it lasts where its holder is gone. @returns null where another process holds it. */
export async function takeLease(ledgerId: number, ms = LEASE_MS): Promise<Lease | null> {
  const holder = randomUUID();
  const fence = await renew(ledgerId, holder, ms);
  if (fence === null) return null;
  const lost = new AbortController();
  let beating: Promise<void> | null = null;
  const beat = setInterval(() => {
    beating ??= prolong().finally(() => {
      beating = null;
    });
  }, ms / 4);
  beat.unref();
  const prolong = async () => {
    try {
      if ((await renew(ledgerId, holder, ms)) !== fence) lost.abort();
    } catch (error) {
      // The next one makes up for it; else the lease runs out, and what is done then is refused.
      log.warn({ err: error, ledger: ledgerId }, 'the lease of an archival could not be prolonged');
    }
  };
  return {
    ledgerId,
    fence,
    signal: lost.signal,
    letGo: async () => {
      clearInterval(beat);
      // One that is under way would take it again.
      await beating;
      await pool('archive').query('SELECT archive_let_go($1, $2)', [ledgerId, holder]);
    },
  };
}

const ASK_EVERY_MS = 2_000;

/**
 * Waits while another process archives or restores this ledger: until it has ended, or, where it was killed, until its lease runs out.
 * @param onWait told once that it waits; askEveryMs how often it asks
 * @throws the reason of `signal`
 */
export async function awaitLease(
  ledgerId: number,
  {
    leaseMs,
    signal,
    onWait,
    askEveryMs = ASK_EVERY_MS,
  }: { leaseMs?: number | undefined; signal?: AbortSignal | undefined; onWait?: (() => void) | undefined; askEveryMs?: number } = {},
): Promise<Lease> {
  for (let waits = false; ; waits = true) {
    signal?.throwIfAborted();
    const lease = await takeLease(ledgerId, leaseMs);
    if (lease !== null) return lease;
    if (!waits) onWait?.();
    await sleep(askEveryMs, undefined, { signal });
  }
}

async function renew(ledgerId: number, holder: string, ms: number): Promise<string | null> {
  const { rows } = await pool('archive').query<{ fence: string | null }>('SELECT archive_lease($1, $2, $3) AS fence', [
    ledgerId,
    holder,
    Math.round(ms),
  ]);
  return rows[0]?.fence ?? null;
}
