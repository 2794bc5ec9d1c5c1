import 'server-only';
import * as z from 'zod/mini';
import { ArchiveFault } from '@/lib/archive/archive-fault';
import { archiveLedger } from '@/lib/archive/archive-ledger';
import { StoreFault } from '@/lib/archive/archive-store';
import { holdObjects } from '@/lib/archive/hold-objects';
import { ownStore } from '@/lib/archive/open-store';
import { restoreRange } from '@/lib/archive/restore-range';
import { pool } from '@/lib/db';
import type { RunningJob, Task } from '@/lib/jobs/run-job';
import { type LedgerRow, listLedgers } from '@/lib/ledger/find-ledger';
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
  const found = await DueRecords.of(ledger, policy === undefined ? {} : { policy });
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
    job.progress(done, done);
    return async (client) => {
      await client.query(`UPDATE archive_runs SET held = $2, outcome = $3, finished_at = clock_timestamp() WHERE id = $1`, [
        job.id,
        outcome.held,
        sayOutcome(outcome),
      ]);
    };
  } catch (error) {
    await noted;
    return stop(job, error);
  }
};

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
      onProgress: (records) => {
        done += records;
        job.progress(done);
      },
      signal: job.signal,
    });
    const say = `${restored.toLocaleString('en')} records were put back; they stay in hot storage until ${hot_until.slice(0, 10)} at least.`;
    return async (client) => {
      await client.query('UPDATE archive_runs SET records = $2, outcome = $3, finished_at = clock_timestamp() WHERE id = $1', [
        job.id,
        restored,
        say,
      ]);
    };
  } catch (error) {
    return stop(job, error);
  }
};

export const NO_STORE = 'No archive is configured: set ARCHIVE_BUCKET or ARCHIVE_DIR.';

async function ledgerOf(job: RunningJob): Promise<LedgerRow> {
  return (await listLedgers()).find(({ id }) => id === job.ledgerId)!;
}

/** What stopped it is told to whoever asked, in words; the rest is for the log. */
async function stop({ id, signal }: RunningJob, error: unknown): Promise<never> {
  if (signal.reason === 'cancelled')
    await note(id, 'outcome = $2, finished_at = clock_timestamp()', ['Cancelled; what was confirmed by then stands.']);
  if (signal.aborted || (!(error instanceof ArchiveFault) && !(error instanceof StoreFault))) throw error;
  await note(id, 'outcome = $2, finished_at = clock_timestamp()', [error.message]);
  throw new RefusalError('archive_refused', error.message);
}

async function note(id: string, set: string, values: unknown[]): Promise<void> {
  await pool('verification').query(`UPDATE archive_runs SET ${set} WHERE id = $1`, [id, ...values]);
}

function sayOutcome({ segments, records, pruned, held, later }: Awaited<ReturnType<typeof archiveLedger>>): string {
  const many = (n: number, noun: string) => `${n.toLocaleString('en')} ${noun}${n === 1 ? '' : 's'}`;
  const parts = [
    `${many(records, 'record')} archived in ${many(segments, 'segment')}, ${many(pruned, 'record')} taken out of the database`,
  ];
  if (held > 0) parts.push(`${many(held, 'record')} stay because of a hold`);
  if (later > 0) parts.push(`${many(later, 'record')} stay until the next run: somebody was reading them, or they are not counted yet`);
  return `${parts.join('; ')}.`;
}
