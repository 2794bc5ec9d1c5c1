import 'server-only';
import { SYSTEM } from '@/lib/access-log/access-entry';
import { recordedChange } from '@/lib/access-log/audited-change';
import { holdObjects } from '@/lib/archive/hold-objects';
import { ownStore } from '@/lib/archive/open-store';
import { prepareCopies, sweepCopies } from '@/lib/archive/prepare-copies';
import { prisma } from '@/lib/db';
import { env } from '@/lib/env';
import { wakeQueue } from '@/lib/jobs/queue';
import { keepDoing } from '@/lib/keep-doing';
import { type LedgerRow, listLedgers } from '@/lib/ledger/find-ledger';
import { log } from '@/lib/log';
import { insertArchiveRun } from './manage-archive';
import { prolongLocks } from './prolong-locks';
import { ARCHIVE } from './run-archive';

const LOOK_EVERY_MS = 20_000;
/** Of each look, for locks that are to last longer. */
const LOCKS_MS = 5_000;
/** Of each look, for copies that the archive is searched in. */
const PREPARE_MS = 10_000;
/** First key of the advisory lock; the second is the ledger. */
const SCHEDULE_LOCK = 1212564306;

/** Archival that nobody has to think of, once a day where it is switched on; and holds, which are to be on archived objects soon after they are placed. @returns how to stop */
export function keepArchiving(everyMs = LOOK_EVERY_MS): () => Promise<void> {
  return keepDoing(
    async ({ signal }) => {
      const ledgers = await listLedgers();
      if (env().DATABASE_PRUNER_URL !== undefined) {
        for (const ledger of ledgers) await lookAfterOne(ledger);
        for (const ledger of ledgers) await lookAfterLocks(ledger, signal);
      }
      for (const ledger of ledgers) await lookAfterCopies(ledger, signal);
    },
    everyMs,
    (error) => log.warn({ err: error }, 'the archive could not be looked after; tried again later'),
  );
}

/** That one ledger cannot be looked after keeps the holds of no other from being put on. */
async function lookAfterOne(ledger: LedgerRow): Promise<void> {
  try {
    await lookAfterArchive(ledger);
  } catch (error) {
    log.warn({ err: error, ledger: ledger.slug }, 'the archive of a ledger could not be looked after; tried again later');
  }
}

/** That locks cannot be looked at keeps nothing else from being done. */
async function lookAfterLocks(ledger: LedgerRow, signal: AbortSignal): Promise<void> {
  try {
    await prolongLocks(ledger, LOCKS_MS, signal);
  } catch (error) {
    log.warn({ err: error, ledger: ledger.slug }, 'the locks of archived objects could not be looked after; tried again later');
  }
}

/** What a search needs is made before somebody searches. That it fails keeps nothing else from being done. */
async function lookAfterCopies(ledger: LedgerRow, signal: AbortSignal): Promise<void> {
  try {
    await sweepCopies(ledger);
    await prepareCopies(ledger, PREPARE_MS, signal);
  } catch (error) {
    log.warn({ err: error, ledger: ledger.slug }, 'copies to search in could not be made; a search makes those that it needs');
  }
}

/** One look at one ledger. @returns the run that was asked for, if one was due */
export async function lookAfterArchive(ledger: LedgerRow): Promise<string | null> {
  await holdObjects(ledger.id);
  if (ownStore() === null || !(await isDue(ledger.id))) return null;
  const id = await recordedChange<string | null>(
    SYSTEM,
    ledger.slug,
    (run) => ({ action: 'archive_run', screen: 'schedule', resource: { type: 'archive_run', id: run ?? '-' } }),
    async (tx) => {
      const [{ mine } = { mine: false }] = await tx.$queryRaw<{ mine: boolean }[]>`
        SELECT pg_try_advisory_xact_lock(${SCHEDULE_LOCK}::int, ${ledger.id}::int) AS mine`;
      if (!mine || !(await isDue(ledger.id))) throw new NotNow();
      return insertArchiveRun(tx, ledger.id, { kind: ARCHIVE, scope: {}, params: {}, requestedBy: 'schedule', scheduled: true });
    },
  ).catch((error) => {
    if (error instanceof NotNow) return null;
    throw error;
  });
  if (id !== null) await wakeQueue([id]);
  return id;
}

/** Another process was first: nothing is written, the entry of the access ledger included. */
class NotNow extends Error {}

/** One that failed is tried again after so long, so often a day. */
const AGAIN_AFTER = '1 hour';
const TRIES = 4;

/**
 * Its time of day has come since the schedule was last changed, none that was asked for since did its work, and none waits. One that failed is tried again after a
 * while, a few times a day.
 */
async function isDue(ledgerId: number): Promise<boolean> {
  const [row] = await prisma().$queryRaw<{ due: boolean }[]>`
    SELECT s.scheduled AND at.moment <= clock_timestamp() AND s.changed_at <= at.moment
           AND (SELECT count(*) < ${TRIES} AND coalesce(bool_and(j.state = 'failed' AND j.finished_at < clock_timestamp() - ${AGAIN_AFTER}::interval), true)
                  FROM archive_runs r JOIN jobs j ON j.id = r.id
                 WHERE r.ledger_id = s.ledger_id AND r.triggered_by = 'schedule' AND r.requested_at >= at.moment)
           AND NOT EXISTS (SELECT FROM archive_runs r JOIN jobs j ON j.id = r.id WHERE r.ledger_id = s.ledger_id AND j.state IN ('queued', 'running')) AS due
      FROM archive_settings s, LATERAL (SELECT ((clock_timestamp() AT TIME ZONE 'UTC')::date + s.at) AT TIME ZONE 'UTC' AS moment) at WHERE s.ledger_id = ${ledgerId}`;
  return row?.due ?? false;
}
