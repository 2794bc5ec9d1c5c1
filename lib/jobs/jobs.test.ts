import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { closeDatabase, prisma } from '@/lib/db';
import { RefusalError } from '@/lib/schema/errors';
import { asAdmin, freshDatabase, type TestDatabase } from '@/lib/testing/fresh-database';
import { cancelJob } from './cancel-job';
import { countOpen } from './count-open';
import { enqueue, wakeQueue } from './queue';
import { isDatabaseFailure, runJob, type Task } from './run-job';
import { startWorker } from './start-worker';

const TIMES = { heartbeatMs: 40, staleMs: 400 };
const never = new AbortController().signal;

let db: TestDatabase;
const workers: { stop(): Promise<void> }[] = [];
beforeAll(async () => {
  db = await freshDatabase();
});
afterEach(async () => {
  for (const worker of workers.splice(0)) await worker.stop();
});
afterAll(async () => {
  await closeDatabase();
  await db.drop();
});

async function work(tasks: Record<string, Task>, concurrency = 2) {
  const worker = await startWorker({ tasks, concurrency, times: TIMES, sweepMs: 100 });
  workers.push(worker);
  return worker;
}
const add = (kind: string, params: object = {}) =>
  prisma().$transaction((tx) => enqueue(tx, { kind, ledgerId: db.ledgers.main, params: { ...params }, requestedBy: 'ada@example.org' }));
const read = (id: string) => prisma().job.findUniqueOrThrow({ where: { id } });
async function until(id: string, state: string) {
  for (let i = 0; i < 200; i++) {
    const job = await read(id);
    if (job.state === state) return job;
    await sleep(50);
  }
  throw new Error(`job ${id} is ${(await read(id)).state}, not ${state}`);
}
/** Leaves a mark in a table that the app may write to: one row each time that a result is kept. */
const mark = (id: string) => async (client: Parameters<Awaited<ReturnType<Task>>>[0]) => {
  await client.query("INSERT INTO sign_in_throttles VALUES ($1 || ':' || random(), 0, now(), now())", [id]);
};
const marks = async (id: string) => prisma().signInThrottle.count({ where: { subject: { startsWith: id } } });
const endless: Task = async (job) => {
  for (let i = 1; ; i++) {
    job.signal.throwIfAborted();
    job.progress(i, 1_000_000);
    await sleep(10);
  }
};

describe('jobs', () => {
  it('of which only so many may be open are not more, however many people ask at once', async () => {
    const ask = () =>
      prisma().$transaction(
        async (tx) => {
          if ((await countOpen(tx, db.ledgers.main, ['limited'])) >= 3) return null;
          return enqueue(tx, { kind: 'limited', ledgerId: db.ledgers.main, params: {}, requestedBy: 'ada@example.org' });
        },
        { maxWait: 20_000 },
      );
    const asked = await Promise.all(Array.from({ length: 24 }, ask));
    expect(asked.filter((id) => id !== null)).toHaveLength(3);
    expect(await prisma().job.count({ where: { kind: 'limited' } })).toBe(3);
    await prisma().job.updateMany({ where: { kind: 'limited' }, data: { state: 'cancelled' } });
  });

  it('runs a job that was asked for, keeps its progress and its result', async () => {
    await work({
      count: async (job) => {
        job.progress(7, 9);
        expect(job.params).toEqual({ of: 'things' });
        expect(job.ledgerId).toBe(db.ledgers.main);
        return mark(job.id);
      },
    });
    const id = await add('count', { of: 'things' });
    await wakeQueue([id]);
    const job = await until(id, 'done');
    expect([job.progress_done, job.progress_total, job.error]).toEqual([7n, 9n, null]);
    expect(job.started_at! <= job.finished_at!).toBe(true);
    expect(await marks(id)).toBe(1);
  });

  it('runs a job that the queue was never told of', async () => {
    await work({ count: async (job) => mark(job.id) });
    const id = await add('count');
    await until(id, 'done');
    expect(await marks(id)).toBe(1);
  });

  it('keeps a result once though the queue hands the job out many times', async () => {
    let runs = 0;
    const task: Task = async (job) => {
      runs++;
      await sleep(100);
      return mark(job.id);
    };
    const id = await add('count');
    await Promise.all(Array.from({ length: 8 }, () => runJob(id, { count: task }, never, TIMES)));
    await runJob(id, { count: task }, never, TIMES);
    expect(runs).toBe(1);
    expect(await marks(id)).toBe(1);
  });

  it('takes up a job whose process died, and keeps out the one that was only thought dead', async () => {
    const id = await add('count');
    let wakeUp = () => {};
    const frozen = new Promise<void>((resolve) => {
      wakeUp = resolve;
    });
    // No heartbeat within the test: as good as dead.
    const first = runJob(
      id,
      {
        count: async (job) => {
          await frozen;
          return mark(`${job.id}`);
        },
      },
      never,
      { heartbeatMs: 60_000, staleMs: 400 },
    );
    const second = async () => {
      await until(id, 'running');
      await work({ count: async (job) => mark(job.id) });
      await until(id, 'done');
      wakeUp();
    };
    await Promise.all([first, second()]);
    expect(await marks(id)).toBe(1);
    expect((await read(id)).state).toBe('done');
  });

  it('stops a job that was taken over, at its next heartbeat', async () => {
    const id = await add('endless');
    const takeOver = async () => {
      await until(id, 'running');
      await asAdmin(db.adminUrl, (c) => c.query(`UPDATE jobs SET started_at = started_at + interval '1 s' WHERE id = $1`, [id]));
    };
    await Promise.all([runJob(id, { endless }, never, TIMES), takeOver()]);
    expect((await read(id)).state).toBe('running');
    await asAdmin(db.adminUrl, (c) => c.query(`DELETE FROM jobs WHERE id = $1`, [id]).then(() => {}));
  });

  it('cancels one that runs and one that waits; neither keeps a result', async () => {
    await work({ endless }, 1);
    const running = await add('endless');
    await wakeQueue([running]);
    await until(running, 'running');
    const waiting = await add('endless');
    await prisma().$transaction((tx) => cancelJob(tx, waiting));
    expect((await read(waiting)).state).toBe('cancelled');
    expect(await prisma().$transaction((tx) => cancelJob(tx, running))).toBe(true);
    const job = await until(running, 'cancelled');
    expect(job.finished_at).not.toBeNull();
    expect(job.progress_done > 0n).toBe(true);
    expect(await prisma().$transaction((tx) => cancelJob(tx, running))).toBe(false);
    await wakeQueue([waiting, running]);
    await sleep(300);
    expect((await read(waiting)).state).toBe('cancelled');
  });

  it('cancels a job that is told to stop in the moment in which its process is: it does not wait for ever', async () => {
    const stopping = new AbortController();
    const id = await add('endless');
    const ran = runJob(id, { endless }, stopping.signal, { heartbeatMs: 60_000, staleMs: 60_000 });
    await until(id, 'running');
    await prisma().$transaction((tx) => cancelJob(tx, id));
    stopping.abort();
    await ran;
    expect(await read(id)).toMatchObject({ state: 'cancelled', finished_at: expect.any(Date) });
  });

  it('cancels what was left waiting although it had been cancelled', async () => {
    const id = await add('endless');
    await prisma().job.update({ where: { id }, data: { cancel_requested: true } });
    await work({ endless });
    await until(id, 'cancelled');
  });

  it('tells the person what they can mend, and not that something went wrong', async () => {
    const id = await add('refused');
    await runJob(id, { refused: () => Promise.reject(new RefusalError('out_of_range', 'Choose less, and make several.')) }, never, TIMES);
    expect(await read(id)).toMatchObject({ state: 'failed', error: 'Choose less, and make several.' });
  });

  it('cancels a job whose process died', async () => {
    const id = await add('endless');
    await prisma().job.update({
      where: { id },
      data: { state: 'running', started_at: new Date(0), heartbeat_at: new Date(0), cancel_requested: true },
    });
    await work({ endless });
    await until(id, 'cancelled');
  });

  it('gives a job back when the process stops, for the next one to finish', async () => {
    const worker = await work({ endless }, 1);
    const id = await add('endless');
    await wakeQueue([id]);
    await until(id, 'running');
    const began = Date.now();
    await worker.stop();
    expect(Date.now() - began).toBeLessThan(4_000);
    expect((await read(id)).state).toBe('queued');
    await work({ endless: async (job) => mark(job.id) });
    await until(id, 'done');
    expect(await marks(id)).toBe(1);
  });

  it('says that a job failed, without saying in public what the fault was', async () => {
    await work({
      broken: async () => {
        throw new Error('secret detail');
      },
    });
    for (const kind of ['broken', 'unheard-of']) {
      const id = await add(kind);
      await wakeQueue([id]);
      const job = await until(id, 'failed');
      expect(job.error).toBe('Something went wrong on our side; the log says what.');
    }
  });

  it('keeps no result whose keeping fails', async () => {
    const id = await add('half');
    const task: Task = async (job) => async (client) => {
      await mark(job.id)(client);
      throw new Error('no');
    };
    await runJob(id, { half: task }, never, TIMES);
    expect((await read(id)).state).toBe('failed');
    expect(await marks(id)).toBe(0);
  });

  it('tries again where the database failed, and gives up at the last attempt', async () => {
    const id = await add('flaky');
    const task: Task = async () => {
      throw Object.assign(new Error('terminating connection due to administrator command'), { code: '57P01' });
    };
    await expect(runJob(id, { flaky: task }, never, TIMES)).rejects.toThrow('terminating');
    expect((await read(id)).state).toBe('queued');
    await runJob(id, { flaky: task }, never, TIMES, true);
    expect((await read(id)).error).toBe('The database could not be reached.');
    expect(isDatabaseFailure(Object.assign(new Error('x'), { code: '23505' }))).toBe(false);
  });

  it('survives a queue that cannot be reached', async () => {
    const url = process.env.DATABASE_JOBS_URL;
    process.env.DATABASE_JOBS_URL = 'postgresql://nobody:x@127.0.0.1:1/none';
    try {
      await wakeQueue(['00000000-0000-4000-8000-000000000000']);
    } finally {
      process.env.DATABASE_JOBS_URL = url;
    }
  });
});
