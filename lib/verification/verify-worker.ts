import 'server-only';
import { parentPort, workerData } from 'node:worker_threads';
import { type ChunkRunner, startHere, type WorkerAnswer } from './chunk-runner';
import type { ChunkTask } from './verify-chunk';

/** Entry of a verification thread: a chunk comes in, its result goes out. */
const { connectionString } = workerData as { connectionString: string };
let runner: Promise<ChunkRunner> | null = null;

parentPort?.on('message', async (task: ChunkTask) => {
  let answer: WorkerAnswer;
  try {
    runner ??= startHere(connectionString);
    answer = { result: await (await runner).run(task) };
  } catch (error) {
    answer = { error: error instanceof Error ? error.message : String(error) };
  }
  parentPort?.postMessage(answer);
});
