import 'server-only';
import type pg from 'pg';
import { pool } from '@/lib/db';
import { log } from '@/lib/log';
import { isRefusal } from '@/lib/schema/errors';

/** What a task works with. `signal` is aborted when the job is cancelled, when it was taken over, and when the process stops. */
export interface RunningJob {
  id: string;
  ledgerId: number | null;
  params: unknown;
  signal: AbortSignal;
  progress(done: number, total?: number): void;
}

/** Does the work and returns how to keep its result: that runs in the transaction that ends the job, so that a result is kept once. */
export type Task = (job: RunningJob) => Promise<(client: pg.ClientBase) => Promise<void>>;

export interface JobTimes {
  /** How often a job that runs says so, reads whether it is to stop, and writes its progress. */
  heartbeatMs: number;
  /** After so long without a heartbeat its process counts as dead. */
  staleMs: number;
}
export const JOB_TIMES: JobTimes = { heartbeatMs: 1_000, staleMs: 30_000 };

type Stop = 'cancelled' | 'lost' | 'stopping';
interface Claim {
  kind: string;
  ledger_id: number | null;
  params: unknown;
  /** When this attempt began, which no other attempt did: whoever does not hold it may not write. */
  fence: string;
}

/**
 * Runs a job if it is to be run: one that ended, or that a living process works at, is passed over, so that it does no harm when the queue hands it out
 * twice.
 * @param stopping aborted when this process stops: then the job goes back to wait for another.
 * @throws where the database failed, so that the queue tries again.
 */
export async function runJob(
  id: string,
  tasks: Readonly<Record<string, Task>>,
  stopping: AbortSignal,
  times: JobTimes = JOB_TIMES,
  lastAttempt = false,
): Promise<void> {
  const claim = await claimJob(id, times);
  if (claim === null) return;
  const stop = new AbortController();
  const abort = (why: Stop) => stop.abort(why);
  const onStopping = () => abort('stopping');
  stopping.addEventListener('abort', onStopping);
  if (stopping.aborted) onStopping();
  const progress = { done: 0, total: null as number | null };
  const beat = startHeart(id, claim.fence, progress, abort, times);
  try {
    const task = tasks[claim.kind];
    if (task === undefined) throw new Error(`there is no task of the kind ${claim.kind}`);
    const keep = await task({
      id,
      ledgerId: claim.ledger_id,
      params: claim.params,
      signal: stop.signal,
      progress: (done, total) => {
        progress.done = done;
        if (total !== undefined) progress.total = total;
      },
    });
    await finish(id, claim.fence, progress, keep);
  } catch (error) {
    if (stop.signal.aborted) return await leave(id, claim.fence, stop.signal.reason as Stop);
    if (isDatabaseFailure(error) && !lastAttempt) {
      await leave(id, claim.fence, 'stopping').catch(() => {});
      throw error;
    }
    if (!isRefusal(error)) log.error({ err: error, job: id, kind: claim.kind }, 'a job failed');
    await fail(id, claim.fence, error);
  } finally {
    clearInterval(beat);
    stopping.removeEventListener('abort', onStopping);
  }
}

const db = () => pool('verification');

async function claimJob(id: string, { staleMs }: JobTimes): Promise<Claim | null> {
  const { rows } = await db().query<Claim>(
    `UPDATE jobs SET state = 'running', started_at = clock_timestamp(), heartbeat_at = clock_timestamp(), progress_done = 0
      WHERE id = $1 AND NOT cancel_requested
        AND (state = 'queued' OR (state = 'running' AND heartbeat_at < clock_timestamp() - $2 * interval '1 ms'))
      RETURNING kind, ledger_id, params, started_at::text AS fence`,
    [id, staleMs],
  );
  return rows[0] ?? null;
}

function startHeart(
  id: string,
  fence: string,
  progress: { done: number; total: number | null },
  abort: (why: Stop) => void,
  times: JobTimes,
) {
  let busy = false;
  return setInterval(async () => {
    if (busy) return;
    busy = true;
    try {
      const { rows } = await db().query<{ cancel_requested: boolean }>(
        `UPDATE jobs SET heartbeat_at = clock_timestamp(), progress_done = $3, progress_total = $4
          WHERE id = $1 AND started_at = $2 AND state = 'running' RETURNING cancel_requested`,
        [id, fence, progress.done, progress.total],
      );
      if (rows.length === 0) abort('lost');
      else if (rows[0].cancel_requested) abort('cancelled');
    } catch (error) {
      // One that fails is made up for by the next; if all do, another process takes over and this one loses its fence.
      log.warn({ err: error, job: id }, 'a heartbeat could not be written');
    } finally {
      busy = false;
    }
  }, times.heartbeatMs);
}

async function finish(
  id: string,
  fence: string,
  progress: { done: number; total: number | null },
  keep: (client: pg.ClientBase) => Promise<void>,
): Promise<void> {
  const client = await db().connect();
  let failed: Error | undefined;
  try {
    await client.query('BEGIN');
    const { rowCount } = await client.query(
      `UPDATE jobs SET state = 'done', finished_at = clock_timestamp(), heartbeat_at = clock_timestamp(), progress_done = $3, progress_total = $4
        WHERE id = $1 AND started_at = $2 AND state = 'running'`,
      [id, fence, progress.done, progress.total],
    );
    if (rowCount === 1) await keep(client);
    await client.query(rowCount === 1 ? 'COMMIT' : 'ROLLBACK');
  } catch (error) {
    failed = error as Error;
    throw error;
  } finally {
    client.release(failed);
  }
}

async function leave(id: string, fence: string, why: Stop): Promise<void> {
  if (why === 'lost') return;
  await db().query(
    why === 'cancelled'
      ? `UPDATE jobs SET state = 'cancelled', finished_at = clock_timestamp() WHERE id = $1 AND started_at = $2 AND state = 'running'`
      : // Cancelled in the same moment: nobody would ever take it up again.
        `UPDATE jobs SET state = CASE WHEN cancel_requested THEN 'cancelled' ELSE 'queued' END,
                finished_at = CASE WHEN cancel_requested THEN clock_timestamp() END
          WHERE id = $1 AND started_at = $2 AND state = 'running'`,
    [id, fence],
  );
}

/** People are told what they can mend, else that it failed; what the fault was stands in the log. */
async function fail(id: string, fence: string, error: unknown): Promise<void> {
  const said = isRefusal(error)
    ? error.message
    : isDatabaseFailure(error)
      ? 'The database could not be reached.'
      : 'Something went wrong on our side; the log says what.';
  await db().query(
    `UPDATE jobs SET state = 'failed', error = $3, finished_at = clock_timestamp() WHERE id = $1 AND started_at = $2 AND state = 'running'`,
    [id, fence, said],
  );
}

/** Connection lost, server shut down or starting up, too many connections: what another try can mend. @see PostgreSQL, Appendix A */
export function isDatabaseFailure(error: unknown): boolean {
  const { code, message } = error as { code?: unknown; message?: unknown };
  if (typeof code === 'string' && /^(08|53|57P0)|^E(CONN|PIPE|TIMEDOUT|HOST|NOTFOUND)/.test(code)) return true;
  return (
    typeof message === 'string' && /Connection terminated|timeout exceeded when trying to connect|terminating connection/.test(message)
  );
}
