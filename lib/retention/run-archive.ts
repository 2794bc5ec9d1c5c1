import 'server-only';
import * as z from 'zod/mini';
import { SYSTEM } from '@/lib/access-log/access-entry';
import { appendAccess } from '@/lib/access-log/append-access';
import { endAlarm, raiseAlarm } from '@/lib/alarms/raise-alarm';
import { ArchiveFault } from '@/lib/archive/archive-fault';
import { type ArchiveOutcome, archiveLedger } from '@/lib/archive/archive-ledger';
import { StoreFault } from '@/lib/archive/archive-store';
import { holdObjects } from '@/lib/archive/hold-objects';
import { ownStore } from '@/lib/archive/open-store';
import { restoreRange } from '@/lib/archive/restore-range';
import { pool } from '@/lib/db';
import type { RunningJob, Task } from '@/lib/jobs/run-job';
import { boundedRead } from '@/lib/ledger/bounded-read';
import { type LedgerRow, listLedgers } from '@/lib/ledger/find-ledger';
import { readRulesMark } from '@/lib/ledger/read-judged';
import { log } from '@/lib/log';
import { RefusalError } from '@/lib/schema/errors';
import { Seq } from '@/lib/schema/seq';
import { DueRecords } from './find-due';

/** Kinds of jobs; lib/server gives the worker their tasks. */
export const ARCHIVE = 'archive';
export const RESTORE = 'restore';

const ArchiveParams = z.object({ policy: z.optional(z.string()) });
const RestoreParams = z.object({ from: Seq, to: Seq, hot_until: z.string() });

/** One run of archival. What it has confirmed stands, however it ends; one that is tried again goes on from there. */
export const runArchive: Task = async (job) => {
  const { policy } = ArchiveParams.parse(job.params);
  const ledger = await ledgerOf(job);
  const store = ownStore();
  if (store === null) return stop(job, new ArchiveFault('store', NO_STORE));
  await note(job.id, 'store = $2', [JSON.stringify({ kind: store.kind, place: store.place, worm: store.worm })]);
  let mark: string;
  let found: DueRecords;
  try {
    mark = await boundedRead((tx) => readRulesMark(tx, ledger.id));
    found = await DueRecords.of(ledger, policy === undefined ? {} : { policy });
  } catch (error) {
    return stop(job, error);
  }
  let done = 0;
  let noted = Promise.resolve();
  const total = () => Math.max(2 * found.about, done);
  job.progress(0, total());
  try {
    const outcome = await archiveLedger({
      ledger,
      store,
      due: found.due,
      runId: job.id,
      onWait: () => void note(job.id, 'outcome = $2', [WAITS]).catch(() => {}),
      onProgress: (what, records) => {
        // Half of the work is done when a copy is confirmed, half when its records have gone.
        done += records;
        job.progress(done, total());
        const write = () => (what === 'confirmed' ? note(job.id, OWN_SEGMENTS, []) : note(job.id, 'pruned = pruned + $2', [records]));
        noted = noted.then(write).catch((error) => log.warn({ err: error, run: job.id }, 'a run could not be noted'));
      },
      signal: job.signal,
    });
    await holdObjects(ledger.id);
    await noted;
    // Locked by the rules that were in force when it began: what changed since is looked at (prolong-locks.ts).
    await pool('archive').query(
      `SELECT archive_lock_kept(ledger_id, number, $2, NULL, NULL) FROM archive_segments WHERE ledger_id = $3 AND run_id = $1 AND decided_at IS NULL`,
      [job.id, mark, ledger.id],
    );
    await tellAltered(ledger, outcome.altered, policy === undefined);
    job.signal.throwIfAborted();
    await recordRun(ledger, job.id, 'done', { held: outcome.held, altered: outcome.altered });
    job.progress(done, done);
    return async (client) => {
      // What it did before it was killed, if it was, stands in its row.
      const { rows } = await client.query<Did>('SELECT segments, records::int, pruned::int FROM archive_runs WHERE id = $1', [job.id]);
      const row = rows[0]!;
      const whole = { ...outcome, ...row, finished: Math.max(0, outcome.records - row.records) };
      await client.query(`UPDATE archive_runs SET held = $2, altered = $3, outcome = $4, finished_at = clock_timestamp() WHERE id = $1`, [
        job.id,
        outcome.held,
        outcome.altered,
        sayOutcome(whole),
      ]);
    };
  } catch (error) {
    await noted;
    return stop(job, error, ledger);
  }
};

/** Of a run, all its tries. */
type Did = Record<'segments' | 'records' | 'pruned', number>;

/** By their rows, which no second try counts twice. */
const OWN_SEGMENTS = `(segments, records, bytes) = (SELECT count(*), coalesce(sum(rows), 0), coalesce(sum(gzip_bytes), 0) FROM archive_segments
  WHERE run_id = $1 AND state IN ('confirmed', 'pruned'))`;

/** Puts a range back. */
export const runRestore: Task = async (job) => {
  const { from, to, hot_until } = RestoreParams.parse(job.params);
  const ledger = await ledgerOf(job);
  let done = 0;
  try {
    const restored = await restoreRange({
      ledger,
      from: BigInt(from),
      to: BigInt(to),
      hotUntil: new Date(hot_until),
      onWait: () => void note(job.id, 'outcome = $2', [WAITS]).catch(() => {}),
      onProgress: (records) => {
        done += records;
        job.progress(done);
      },
      signal: job.signal,
    });
    job.signal.throwIfAborted();
    await recordRun(ledger, job.id, 'done', { restored, from, to });
    const say = `${restored.toLocaleString('en')} records were put back; they stay in hot storage until ${hot_until.slice(0, 10)} at least.`;
    return async (client) => {
      await client.query('UPDATE archive_runs SET records = $2, outcome = $3, finished_at = clock_timestamp() WHERE id = $1', [
        job.id,
        restored,
        say,
      ]);
    };
  } catch (error) {
    return stop(job, error, ledger);
  }
};

/** Until its turn comes. */
const WAITS = 'Another run of the archive of this ledger goes on; this one begins when that has ended.';
/** Decision 026. */
export const STAYS_WHOLE =
  'The access ledger stays whole in the database: every verification asks it for what was done, so that nothing of it is archived or destroyed.';

export const NO_STORE = 'No archive is configured: set ARCHIVE_BUCKET or ARCHIVE_DIR.';

async function ledgerOf(job: RunningJob): Promise<LedgerRow> {
  return (await listLedgers()).find(({ id }) => id === job.ledgerId)!;
}

/** What stopped it is told to whoever asked, in words; the rest is for the log. */
async function stop({ id, signal }: RunningJob, error: unknown, ledger?: LedgerRow): Promise<never> {
  const final = signal.reason === 'cancelled' || (!signal.aborted && (error instanceof ArchiveFault || error instanceof StoreFault));
  // What it confirmed and took away by then stands, and is told like that of a run that came to its end.
  if (final && ledger !== undefined)
    await recordRun(ledger, id, signal.reason === 'cancelled' ? 'cancelled' : 'failed', {}).catch((failed) =>
      log.error({ err: failed, run: id }, 'the access ledger does not have what a run did that was stopped'),
    );
  if (signal.reason === 'cancelled')
    await note(id, 'outcome = $2, finished_at = clock_timestamp()', ['Cancelled; what was confirmed by then stands.']);
  if (signal.aborted || (!(error instanceof ArchiveFault) && !(error instanceof StoreFault))) throw error;
  await note(id, 'outcome = $2, finished_at = clock_timestamp()', [error.message]);
  throw new RefusalError('archive_refused', error.message);
}

async function note(id: string, set: string, values: unknown[]): Promise<void> {
  await pool('verification').query(`UPDATE archive_runs SET ${set} WHERE id = $1`, [id, ...values]);
}

/**
 * What a run did, where it cannot be rewritten: each manifest names the one before by its hash, so that the last one stands for all of them.
 * Written before the run counts as ended; of many segments the newest are named.
 */
async function recordRun(
  ledger: LedgerRow,
  id: string,
  how: 'done' | 'failed' | 'cancelled',
  more: Record<string, unknown>,
): Promise<void> {
  const { rows } = await pool('verification').query<Record<string, unknown>>(
    `SELECT r.kind, r.pruned, (SELECT count(*) FROM archive_segments s WHERE s.run_id = r.id AND s.state IN ('confirmed', 'pruned')) AS segments,
            (SELECT coalesce(sum(s.rows), 0) FROM archive_segments s WHERE s.run_id = r.id AND s.state IN ('confirmed', 'pruned')) AS records,
            (SELECT array_agg(s.number || ' ' || encode(s.manifest_sha256, 'hex') || ' ' || s.pruned_rows ORDER BY s.number DESC)
               FROM archive_segments s WHERE s.ledger_id = r.ledger_id AND (s.run_id = r.id OR s.pruned_at >= j.started_at)
                AND s.state IN ('confirmed', 'pruned')) AS list,
            (SELECT array_agg(s.number || ' ' || s.abandoned_because ORDER BY s.number DESC) FROM archive_segments s
              WHERE s.ledger_id = r.ledger_id AND s.state = 'abandoned' AND s.abandoned_at >= j.started_at) AS abandoned
       FROM archive_runs r JOIN jobs j ON j.id = r.id WHERE r.id = $1`,
    [id],
  );
  const { kind, pruned, segments, records, list, abandoned } = rows[0]!;
  const moved = kind === ARCHIVE ? { segments, records, pruned, manifests: list ?? [], ...(abandoned !== null && { abandoned }) } : {};
  await appendAccess(SYSTEM, ledger.slug, {
    action: 'archive_run',
    screen: '/retention/archive',
    resource: { type: 'archive_run', id },
    details: { change: how, ...moved, ...more },
  });
}

/** Subject of the alarm about records that archival left because they are altered. */
export const ALTERED_SUBJECT = 'archive';

/** @param whole whether all that is due was looked at, so that none found means that there is none */
async function tellAltered(ledger: LedgerRow, altered: number, whole: boolean): Promise<void> {
  if (altered > 0)
    await raiseAlarm(ledger.id, 'verification_failed', ALTERED_SUBJECT, {
      say: `Archival left ${altered.toLocaleString('en')} ${altered === 1 ? 'record' : 'records'}: one or more are not what their entries name. Verify this ledger; it names each.`,
      altered,
    });
  else if (whole) await endAlarm(ledger.id, 'verification_failed', ALTERED_SUBJECT);
}

/** @param finished records of a segment that an earlier run had begun, and this one confirmed */
function sayOutcome({ segments, records, finished, ...more }: ArchiveOutcome & { finished: number }): string {
  const { pruned, held, later, altered, abandoned } = more;
  const many = (n: number, noun: string) => `${n.toLocaleString('en')} ${noun}${n === 1 ? '' : 's'}`;
  const archived = [
    ...(records > 0 ? [`${many(records, 'record')} archived in ${many(segments, 'segment')}`] : []),
    ...(finished > 0 ? [`${many(finished, 'record')} archived that an earlier run had begun with`] : []),
  ];
  const gone = (of: string) => `${many(pruned, 'record')}${of} taken out of the database`;
  const parts =
    archived.length > 0
      ? [[...archived, gone('')].join(', ')]
      : ['Nothing new was archived', ...(pruned > 0 ? [gone(' of earlier segments')] : [])];
  if (held > 0) parts.push(`${many(held, 'record')} stay because of a hold`);
  if (later > 0) parts.push(`${many(later, 'record')} stay until the next run: somebody was reading them, or they are not counted yet`);
  if (altered > 0) parts.push(`${many(altered, 'record')} left: altered, or beside one that is; a verification names it`);
  if (abandoned > 0) parts.push(`${many(abandoned, 'segment')} of an earlier run given up and planned anew`);
  return `${parts.join('; ')}.`;
}
