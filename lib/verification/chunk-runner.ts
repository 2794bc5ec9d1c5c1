import 'server-only';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import pg from 'pg';
import { PLAN_SETTINGS } from './chunk-query';
import { type CheckpointResult, type CheckpointTask, verifyCheckpointPage } from './verify-checkpoints';
import { type ChunkResult, type ChunkTask, verifyChunk } from './verify-chunk';

/** Works on one chunk, or one page of checkpoints, at a time, on a connection of its own. */
export interface ChunkRunner {
  run(task: ChunkTask): Promise<ChunkResult>;
  runCheckpoints(task: CheckpointTask): Promise<CheckpointResult>;
  close(): Promise<void>;
}

/** What a worker thread is asked, and what it answers. */
export type WorkerTask = { chunk: ChunkTask } | { checkpoints: CheckpointTask };
export type WorkerAnswer = { result: ChunkResult | CheckpointResult } | { error: string };

/** `npm start` bundles the thread beside every entry; without a bundle (tests, Next) the work is done in this thread. */
function workerFile(): URL | null {
  const url = new URL('./verify-worker.mjs', import.meta.url);
  return url.protocol === 'file:' && existsSync(fileURLToPath(url)) ? url : null;
}

export async function startRunner(connectionString: string): Promise<ChunkRunner> {
  const file = workerFile();
  return file === null ? startHere(connectionString) : startThread(file, connectionString);
}

export async function startHere(connectionString: string): Promise<ChunkRunner> {
  const client = new pg.Client({ connectionString, application_name: 'holdfast-verify', keepAlive: true });
  // A connection that breaks fails the query that is under way; the event itself must not end the process.
  client.on('error', () => {});
  await client.connect();
  await client.query(PLAN_SETTINGS);
  return {
    run: (task) => verifyChunk(client, task),
    runCheckpoints: (task) => verifyCheckpointPage(client, task),
    close: () => client.end(),
  };
}

function startThread(file: URL, connectionString: string): ChunkRunner {
  const worker = new Worker(file, { workerData: { connectionString } });
  let settle: { resolve(result: unknown): void; reject(error: Error): void } | null = null;
  const ask = <T>(task: WorkerTask) =>
    new Promise<T>((resolve, reject) => {
      settle = { resolve: resolve as (result: unknown) => void, reject };
      worker.postMessage(task);
    });
  const fail = (error: Error) => {
    settle?.reject(error);
    settle = null;
  };
  worker.on('message', (answer: WorkerAnswer) => {
    if ('error' in answer) fail(new Error(answer.error));
    else settle?.resolve(answer.result);
    settle = null;
  });
  worker.on('error', fail);
  worker.on('exit', (code) => fail(new Error(`the verification thread ended with ${code}`)));
  return {
    run: (task) => ask<ChunkResult>({ chunk: task }),
    runCheckpoints: (task) => ask<CheckpointResult>({ checkpoints: task }),
    close: async () => void (await worker.terminate()),
  };
}
