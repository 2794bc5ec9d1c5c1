import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { freePort } from '@/lib/server/embedded-postgres';
import type { Installation } from './installation';

export interface FurtherInstallation {
  origin: string;
  told: Installation;
  /** Everything that it printed and logged so far. */
  output(): string;
  stop(): Promise<void>;
}

/** A port and the origin that an installation there will have: known before it runs, for whoever has to be told where it will be. */
export async function chooseOrigin(): Promise<{ port: number; origin: string }> {
  const port = await freePort();
  return { port, origin: `http://localhost:${port}` };
}

/**
 * An installation of its own beside the one under test, with other settings and the same pages.
 * @throws Error with what it said where it ends before it is ready, or drew no page
 */
export async function startInstallation(port: number, settings: Record<string, string>): Promise<FurtherInstallation> {
  const stateDir = mkdtempSync(path.resolve('.holdfast/e2e-further-'));
  // PostgreSQL runs as another account where the tests run as root.
  chmodSync(stateDir, 0o711);
  const child = spawn(process.execPath, [path.resolve('lib/server/run.mjs'), path.resolve('lib/server/start.ts')], {
    env: { ...process.env, DATABASE_URL: '', HOLDFAST_STATE: stateDir, PORT: String(port), LOG_LEVEL: 'warn', ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const stop = async () => {
    child.kill('SIGINT');
    await ended;
    rmSync(stateDir, { recursive: true, force: true });
  };
  let output = '';
  const ready = new Promise<boolean>((resolve) => {
    const listen = (chunk: Buffer) => {
      output += chunk;
      if (output.includes('Ctrl-C stops everything')) resolve(true);
    };
    child.stdout.on('data', listen);
    child.stderr.on('data', listen);
    child.stderr.pipe(process.stderr);
    void ended.then(() => resolve(false));
  });
  if (!(await ready)) {
    rmSync(stateDir, { recursive: true, force: true });
    throw new Error(`the installation ended before it was ready:\n${output}`);
  }
  // A start that could not draw the page that it draws for itself says so (lib/screens/warm-up.ts).
  if (!/pages ready$/m.test(output)) {
    await stop();
    throw new Error(`the installation started without having drawn a page:\n${output}`);
  }
  return {
    origin: `http://localhost:${port}`,
    output: () => output,
    told: JSON.parse(readFileSync(path.join(stateDir, 'demo.json'), 'utf8')) as Installation,
    stop,
  };
}
