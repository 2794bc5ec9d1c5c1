import 'server-only';
import pg from 'pg';
import { env } from '@/lib/env';
import { log } from '@/lib/log';
import type { Prisma } from '@/prisma/generated/client';

/** The one task that the queue knows: its payload names a row of `jobs`, which says what to do and what has become of it. */
export const QUEUE_TASK = 'run_job';
export const QUEUE_SCHEMA = 'graphile_worker';

export interface NewJob {
  kind: string;
  ledgerId: number | null;
  params: Prisma.InputJsonValue;
  requestedBy: string;
}

/**
 * Writes the job in the caller's transaction, so that a job and what it stands beside (its access record) are there together or not at all. Call
 * {@link wakeQueue} when that transaction is committed. @returns the job's id
 */
export async function enqueue(tx: Prisma.TransactionClient, job: NewJob): Promise<string> {
  const { id } = await tx.job.create({
    data: { kind: job.kind, ledger_id: job.ledgerId, params: job.params, requested_by: job.requestedBy },
    select: { id: true },
  });
  return id;
}

/** The queue's role; where none is configured a worker finds jobs by looking for them. */
export function jobsUrl(): string | undefined {
  return env().DATABASE_JOBS_URL;
}

/**
 * Hands jobs to the queue, at once or never: a job that it was not told of is found by the worker within seconds. So this does not throw. A job that is
 * waiting there already stays where it is; one that somebody still holds is put in again, and only one of them can claim it.
 */
export async function wakeQueue(ids: readonly string[]): Promise<void> {
  const url = jobsUrl();
  if (url === undefined || ids.length === 0) return;
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000, application_name: 'holdfast-queue' });
  client.on('error', () => {});
  try {
    await client.connect();
    await client.query(
      `SELECT ${QUEUE_SCHEMA}.add_job($1, json_build_object('id', id), job_key => id, job_key_mode => 'preserve_run_at', max_attempts => 5) FROM unnest($2::text[]) id`,
      [QUEUE_TASK, ids],
    );
  } catch (error) {
    log.warn({ err: error }, 'the queue could not be told of a job; a worker will find it');
  } finally {
    await client.end().catch(() => {});
  }
}

/** The library makes its schema where this table is missing, for which its role has no right: migrations made the schema, and here is the table. */
export async function prepareQueue(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  try {
    await client.query(
      `CREATE TABLE IF NOT EXISTS ${QUEUE_SCHEMA}.migrations (id int PRIMARY KEY, ts timestamptz NOT NULL DEFAULT now(), breaking boolean NOT NULL DEFAULT false)`,
    );
  } finally {
    await client.end();
  }
}
