import 'server-only';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parentPort, Worker, workerData } from 'node:worker_threads';
import pg from 'pg';
import { PLAN_SETTINGS } from './chunk-query';

/** Works on one task at a time, on a connection of its own. */
export interface Runner<T, R> {
  run(task: T): Promise<R>;
  close(): Promise<void>;
}
/** @param client has PLAN_SETTINGS. */
type Work<T, R> = (client: pg.ClientBase, task: T) => Promise<R>;
type Answer = { result: unknown } | { error: string };

/**
 * `npm start` bundles each thread beside every entry; without a bundle (tests, Next) the work is done in this thread.
 * @param file of the thread's bundle, beside this one's; null where so little is to be done that starting a thread would cost more.
 */
export async function startRunner<T, R>(file: string | null, work: Work<T, R>, connectionString: string): Promise<Runner<T, R>> {
  if (file === null) return startHere(work, connectionString);
  const url = new URL(`./${file}`, import.meta.url);
  if (url.protocol === 'file:' && existsSync(fileURLToPath(url))) return startThread(url, connectionString);
  return startHere(work, connectionString);
}

async function startHere<T, R>(work: Work<T, R>, connectionString: string): Promise<Runner<T, R>> {
  const client = new pg.Client({ connectionString, application_name: 'holdfast-verify', keepAlive: true });
  // A connection that breaks fails the query that is under way; the event itself must not end the process.
  client.on('error', () => {});
  await client.connect();
  await client.query(PLAN_SETTINGS);
  return { run: (task) => work(client, task), close: () => client.end() };
}

function startThread<T, R>(file: URL, connectionString: string): Runner<T, R> {
  const worker = new Worker(file, { workerData: { connectionString } });
  let settle: { resolve(result: unknown): void; reject(error: Error): void } | null = null;
  const fail = (error: Error) => {
    settle?.reject(error);
    settle = null;
  };
  worker.on('message', (answer: Answer) => {
    if ('error' in answer) fail(new Error(answer.error));
    else settle?.resolve(answer.result);
    settle = null;
  });
  worker.on('error', fail);
  worker.on('exit', (code) => fail(new Error(`the verification thread ended with ${code}`)));
  return {
    run: (task) =>
      new Promise<R>((resolve, reject) => {
        settle = { resolve: resolve as (result: unknown) => void, reject };
        worker.postMessage(task);
      }),
    close: async () => void (await worker.terminate()),
  };
}

/** The other end: a task comes in, its result goes out. */
export function serveThread<T, R>(work: Work<T, R>): void {
  const { connectionString } = workerData as { connectionString: string };
  let runner: Promise<Runner<T, R>> | null = null;
  parentPort?.on('message', async (task: T) => {
    let answer: Answer;
    try {
      runner ??= startHere(work, connectionString);
      answer = { result: await (await runner).run(task) };
    } catch (error) {
      answer = { error: error instanceof Error ? error.message : String(error) };
    }
    parentPort?.postMessage(answer);
  });
}
