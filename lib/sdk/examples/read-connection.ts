import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

export interface Connection {
  url: string;
  key: string;
  agentName: string;
}

/** From the environment, else from the file that a running demo leaves; ends the process with what to do when there is neither. */
export function readConnection(env: NodeJS.ProcessEnv = process.env): Connection {
  const agentName = env.HOLDFAST_AGENT ?? 'clinic-assistant';
  if (env.HOLDFAST_URL && env.HOLDFAST_KEY) return { url: env.HOLDFAST_URL, key: env.HOLDFAST_KEY, agentName };
  const file = path.join(env.HOLDFAST_ROOT ?? process.cwd(), '.holdfast/demo.json');
  if (!existsSync(file)) {
    console.error('No ledger to post to: run `npm start` in another terminal, or set HOLDFAST_URL and HOLDFAST_KEY.');
    process.exit(1);
  }
  const demo = JSON.parse(readFileSync(file, 'utf8')) as { url: string; ingestKey: string; agentName?: string };
  return { url: demo.url, key: demo.ingestKey, agentName: env.HOLDFAST_AGENT ?? demo.agentName ?? agentName };
}
