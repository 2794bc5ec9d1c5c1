import 'server-only';
import { parentPort, workerData } from 'node:worker_threads';
import { type ChunkRunner, startHere, type WorkerAnswer, type WorkerTask } from './chunk-runner';

/** Entry of a verification thread: a chunk or a page of checkpoints comes in, its result goes out. */
const { connectionString } = workerData as { connectionString: string };
let runner: Promise<ChunkRunner> | null = null;

parentPort?.on('message', async (task: WorkerTask) => {
  let answer: WorkerAnswer;
  try {
    runner ??= startHere(connectionString);
    const own = await runner;
    answer = { result: 'chunk' in task ? await own.run(task.chunk) : await own.runCheckpoints(task.checkpoints) };
  } catch (error) {
    answer = { error: error instanceof Error ? error.message : String(error) };
  }
  parentPort?.postMessage(answer);
});
