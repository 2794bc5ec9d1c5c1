import 'server-only';
import { Logger, type Runner, run } from 'graphile-worker';
import { pool } from '@/lib/db';
import { log } from '@/lib/log';
import { jobsUrl, prepareQueue, QUEUE_SCHEMA, QUEUE_TASK, wakeQueue } from './queue';
import { JOB_TIMES, type JobTimes, runJob, type Task } from './run-job';

export interface WorkerOptions {
  /** By the kind of job. */
  tasks: Readonly<Record<string, Task>>;
  /** Jobs at a time in this process. */
  concurrency: number;
  times?: JobTimes;
  /** How often jobs are looked for that the queue was not told of, or whose process died. */
  sweepMs?: number;
}

const logger = new Logger(() => (level, message) => {
  if (level === 'error') log.error(message);
  else if (level === 'warning') log.warn(message);
});

/**
 * Takes jobs from the queue until it is stopped. Jobs survive this process: one that it leaves behind is taken up by the next, from its start.
 * @throws Error where DATABASE_JOBS_URL is not set or the queue's tables cannot be made.
 */
export async function startWorker({
  tasks,
  concurrency,
  times = JOB_TIMES,
  sweepMs = 5_000,
}: WorkerOptions): Promise<{ stop(): Promise<void> }> {
  const url = jobsUrl();
  if (url === undefined) throw new Error('DATABASE_JOBS_URL is not set: jobs need the queue’s role.');
  await prepareQueue(url);
  const stopping = new AbortController();
  const runner = await run({
    connectionString: url,
    schema: QUEUE_SCHEMA,
    concurrency,
    maxPoolSize: concurrency + 2,
    noHandleSignals: true,
    pollInterval: 2_000,
    crontab: '',
    logger,
    taskList: {
      [QUEUE_TASK]: async (payload, { job }) => {
        const { id } = payload as { id: string };
        await runJob(id, tasks, stopping.signal, times, job.attempts >= job.max_attempts);
      },
    },
  });
  runner.promise.catch((error) => log.error({ err: error }, 'the queue’s worker ended'));
  const sweeping = setInterval(() => void sweep(times, sweepMs), sweepMs);
  void sweep(times, 0);
  return {
    stop: async () => {
      clearInterval(sweeping);
      stopping.abort();
      await stopRunner(runner);
    },
  };
}

/** Jobs that ought to be worked at and are not. Telling the queue twice does no harm. */
async function sweep({ staleMs }: JobTimes, waitedMs: number): Promise<void> {
  try {
    await pool('verification').query(
      `UPDATE jobs SET state = 'cancelled', finished_at = clock_timestamp()
        WHERE cancel_requested AND (state = 'queued' OR (state = 'running' AND heartbeat_at < clock_timestamp() - $1 * interval '1 ms'))`,
      [staleMs],
    );
    const { rows } = await pool('verification').query<{ id: string }>(
      `SELECT id FROM jobs WHERE (state = 'queued' AND requested_at < clock_timestamp() - $1 * interval '1 ms')
          OR (state = 'running' AND heartbeat_at < clock_timestamp() - $2 * interval '1 ms') ORDER BY requested_at LIMIT 1000`,
      [waitedMs, staleMs],
    );
    await wakeQueue(rows.map((row) => row.id));
  } catch (error) {
    log.warn({ err: error }, 'jobs could not be looked for; tried again later');
  }
}

async function stopRunner(runner: Runner): Promise<void> {
  // It throws where it has stopped by itself.
  await runner.stop().catch(() => {});
}
