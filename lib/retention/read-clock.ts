import 'server-only';
import { ArchiveFault } from '@/lib/archive/archive-fault';
import { pool } from '@/lib/db';

/** Clocks further apart than this are not a delay of the network: one of them is wrong. */
export const CLOCKS_APART_MS = 300_000;

/** The clock that entries are received by, leases run by, and records are kept by. */
export async function databaseTime(): Promise<Date> {
  const { rows } = await pool('verification').query<{ now: Date }>('SELECT clock_timestamp() AS now');
  return rows[0]!.now;
}

/**
 * The time by which it is decided what may leave the database: the database's, and never one that this machine has not reached yet.
 * @returns milliseconds. @throws ArchiveFault clock, where the two are more than five minutes apart
 */
export async function decidingTime(): Promise<number> {
  const began = Date.now();
  const stored = (await databaseTime()).getTime();
  const own = Date.now();
  // What the question itself took is nobody's fault.
  const apart = stored < began ? began - stored : stored > own ? stored - own : 0;
  if (apart > CLOCKS_APART_MS)
    throw new ArchiveFault(
      'clock',
      `The clock of this machine (${new Date(own).toISOString()}) and that of the database (${new Date(stored).toISOString()}) are more than five minutes apart. Nothing is archived until both are right.`,
    );
  return Math.min(stored, own);
}
