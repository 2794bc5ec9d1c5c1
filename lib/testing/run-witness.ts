import { type ChildProcess, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { WitnessedLog } from './witnessed-log';

/** A witness as `npm run witness` makes it: a process of its own, with its file and nothing of this process's environment. */
export interface RunningWitness {
  url: string;
  vkeys: string[];
  pid: number;
  output(): string;
  /** Resolves when it is gone. */
  kill(signal: NodeJS.Signals): Promise<void>;
}

const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** @param dir holds witness.json, keys and memory; given again, the same witness goes on. */
export async function runWitness(
  dir: string,
  logs: Pick<WitnessedLog, 'origin' | 'vkeys'>[],
  name = 'witness.example/w1',
  port = 0,
): Promise<RunningWitness> {
  const file = path.join(dir, 'witness.json');
  const entries = logs.map(({ origin, vkeys }) => ({ origin, vkeys }));
  writeFileSync(file, JSON.stringify({ name, listen: `127.0.0.1:${port}`, dir: 'state', logs: entries }));
  const child = spawn(process.execPath, ['lib/server/run.mjs', 'lib/server/witness.ts', file], {
    env: { PATH: process.env.PATH, NODE_ENV: 'production' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  let output = '';
  const gone = new Promise<void>((resolve) => {
    child.once('close', () => {
      running.delete(child);
      resolve();
    });
  });
  const at = await new Promise<string>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk) => {
        output += chunk;
        const listening = /listens at (\S+)/.exec(output);
        if (listening !== null) resolve(listening[1]);
      });
    void gone.then(() => reject(new Error(output)));
  });
  return {
    url: `http://${at}/`,
    vkeys: output.split('\n').filter((line) => /^\S+\+[0-9a-f]{8}\+\S+$/.test(line)),
    pid: child.pid!,
    output: () => output,
    kill(signal) {
      child.kill(signal);
      return gone;
    },
  };
}
