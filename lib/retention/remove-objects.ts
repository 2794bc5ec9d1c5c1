import 'server-only';
import { StoreFault } from '@/lib/archive/archive-store';
import { storeAt } from '@/lib/archive/open-store';
import { findSegment, type Segment } from '@/lib/archive/segments';
import { pool } from '@/lib/db';
import type { LedgerRow } from '@/lib/ledger/find-ledger';
import { log } from '@/lib/log';

/**
 * Deletes the archive objects of a destruction whose every record is destroyed, whose lock has ended and that no hold reaches: each version under the key, for whatever an
 * earlier try has put there holds the same bodies. What cannot go yet is noted with its reason and its day; a later pass comes back to it.
 * @returns how many are still there
 */
export async function removeObjects(ledger: Pick<LedgerRow, 'id'>, id: string): Promise<number> {
  const { rows } = await pool('verification').query<{ number: string }>(
    `SELECT number FROM destruction_objects WHERE destruction_id = $1 AND state <> 'removed' ORDER BY number`,
    [id],
  );
  let left = 0;
  for (const { number } of rows) if (!(await removeObject(ledger.id, BigInt(number)))) left++;
  return left;
}

/**
 * The same of all destructions of a ledger, each object once, those that were asked for longest ago first, and none before the day on which its lock was found to end.
 * @param most objects that are asked for: each is a transaction, for which whoever places a hold waits
 */
export async function removeDueObjects(ledger: Pick<LedgerRow, 'id' | 'slug'>, most = OBJECTS_A_LOOK): Promise<void> {
  const { rows } = await pool('verification').query<{ number: string }>(
    `SELECT s.number FROM archive_segments s WHERE s.ledger_id = $1 AND s.number IN (
       SELECT o.number FROM destruction_objects o WHERE o.ledger_id = $1 AND o.state <> 'removed' AND (o.until IS NULL OR o.until <= clock_timestamp()))
      ORDER BY s.removal_asked_at NULLS FIRST, s.number LIMIT $2`,
    [ledger.id, most],
  );
  for (const { number } of rows)
    try {
      await removeObject(ledger.id, BigInt(number));
    } catch (error) {
      log.warn({ err: error, ledger: ledger.slug, segment: number }, 'an archive object could not be looked at; tried again later');
    }
}

/** A look is made once a minute. */
const OBJECTS_A_LOOK = 200;

async function removeObject(ledgerId: number, number: bigint): Promise<boolean> {
  const segment = await findSegment(ledgerId, number);
  if (segment === null) return false;
  // A hold is placed under the lock that is held from here on: none can come between the question and the deletion.
  const client = await pool('archive').connect();
  let failed: Error | undefined;
  try {
    await client.query('BEGIN');
    const { rows } = await client.query<{ found: string }>('SELECT destruction_object_free($1, $2) AS found', [ledgerId, String(number)]);
    const found = rows[0]!.found;
    if (found === 'removed' || found === 'free') {
      const refused = found === 'free' ? await deleteVersions(segment) : null;
      if (refused === null) {
        await client.query('SELECT destruction_object_removed($1, $2)', [ledgerId, String(number)]);
        await client.query('COMMIT');
        return true;
      }
      await client.query('SELECT destruction_object_noted($1, $2, $3, $4)', [ledgerId, String(number), refused.state, refused.until]);
    } else {
      const until = found === 'locked' ? latest(segment.retainUntil, segment.lockedUntil) : null;
      await client.query('SELECT destruction_object_noted($1, $2, $3, $4)', [ledgerId, String(number), found, until]);
    }
    await client.query('COMMIT');
    return false;
  } catch (error) {
    failed = error as Error;
    throw error;
  } finally {
    client.release(failed);
  }
}

/** @returns null where nothing is left under the key; else why not, as the store says it */
async function deleteVersions(segment: Segment): Promise<{ state: 'locked' | 'held' | 'unreachable'; until: Date | null } | null> {
  const store = storeAt(segment);
  const key = segment.objectKey;
  try {
    for await (const one of store.list(key)) {
      if (one.key !== key) continue;
      const head = await store.head(key, one.versionId);
      if (head === null) continue;
      if (head.legalHold) return { state: 'held', until: null };
      if (head.retainUntil !== null && head.retainUntil.getTime() > Date.now()) return { state: 'locked', until: head.retainUntil };
      await store.remove(key, one.versionId);
    }
    return null;
  } catch (error) {
    if (!(error instanceof StoreFault)) throw error;
    log.warn(
      { err: error, ledger: segment.ledgerId, segment: String(segment.number) },
      'an archive object could not be deleted; tried again later',
    );
    return { state: error.code === 'locked' ? 'locked' : 'unreachable', until: null };
  }
}

function latest(a: Date, b: Date | null): Date {
  return b !== null && b > a ? b : a;
}
