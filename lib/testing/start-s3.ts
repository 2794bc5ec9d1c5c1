import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const SCRIPT = path.join(import.meta.dirname, 's3-server.sh');
/** The first time its packages are fetched, 62 MB, in 240 seconds at most. */
const PATIENCE_MS = 330_000;

export interface S3Server {
  endpoint: string;
  key: string;
  secret: string;
  stop(): Promise<void>;
}

/** A real S3 with Object Lock for one test file. @returns null where its packages are not here and cannot be fetched: then tests say that they skip, which S3_REQUIRED=1 forbids. */
export async function startS3(): Promise<S3Server | null> {
  if (process.platform !== 'linux' || !existsSync('/usr/bin/apt-get')) {
    if (process.env.S3_REQUIRED === '1') throw new Error('S3_REQUIRED is set, and there is no apt-get to fetch an object store with');
    return null;
  }
  const dir = mkdtempSync(path.join(os.tmpdir(), 'holdfast-s3-'));
  const port = await freePort();
  const stop = async () => {
    await run('bash', [SCRIPT, 'stop', dir]).catch(() => {});
    // Its daemons write for a moment after they were told to end.
    rmSync(dir, { recursive: true, force: true, maxRetries: 20, retryDelay: 250 });
  };
  try {
    const { stdout } = await run('bash', [SCRIPT, 'start', dir, String(port)], { timeout: PATIENCE_MS });
    const said = Object.fromEntries(
      stdout
        .trim()
        .split('\n')
        .map((line) => line.split(/=(.*)/s) as [string, string]),
    );
    return { endpoint: said.S3_ENDPOINT!, key: said.AWS_ACCESS_KEY_ID!, secret: said.AWS_SECRET_ACCESS_KEY!, stop };
  } catch (error) {
    await stop();
    const said = String((error as { stderr?: string }).stderr ?? '').trim();
    if (process.env.S3_REQUIRED === '1')
      throw new Error(`S3_REQUIRED is set, and no object store could be started: ${said || (error as Error).message}`);
    return null;
  }
}

/**
 * Below the range of ports that are given out by themselves: the server opens another one 9,309 above it. Test files that run side by side have ports of their own to look
 * through, since it takes seconds until one that was found free is taken.
 */
async function freePort(): Promise<number> {
  const first = 7_480 + (Number(process.env.VITEST_POOL_ID ?? 0) % LANES) * LANE;
  for (let port = first; port < first + LANE; port += 7) {
    const free = await Promise.all([port, port + 9_309].map(isFree));
    if (free.every(Boolean)) return port;
  }
  throw new Error('no port is free for the object store');
}
const LANES = 4;
const LANE = 105;

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}
