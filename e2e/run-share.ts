import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import path from 'node:path';
import { freePort } from '@/lib/server/embedded-postgres';

export interface ShareTask {
  root: string;
  /** Where installations have their state folders. */
  state: string;
  chromium: string;
  /** Of the test runner: files, options. */
  args: readonly string[];
  /** Where its report is written. */
  report: string;
  onReady: () => void;
}

/** Some of the browser tests, against a fresh installation of their own. @returns the code with which the test runner ended; 1 where it never began */
export async function runShare(task: ShareTask): Promise<number> {
  const { root, state, onReady } = task;
  const stateDir = mkdtempSync(path.join(state, 'e2e-'));
  // PostgreSQL runs as another account where the tests run as root.
  chmodSync(stateDir, 0o711);
  const port = await freePort();
  const server = spawn(process.execPath, [path.join(root, 'lib/server/run.mjs'), path.join(root, 'lib/server/start.ts')], {
    cwd: root,
    env: { ...process.env, HOLDFAST_STATE: stateDir, PORT: String(port), LOG_LEVEL: 'warn', DATABASE_URL: '' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    await untilReady(server);
    onReady();
    return await runTests(task, stateDir, `http://localhost:${port}`);
  } catch (error) {
    console.error((error as Error).message);
    return 1;
  } finally {
    onReady();
    await stopServer(server);
    rmSync(stateDir, { recursive: true, force: true });
  }
}

function untilReady(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let text = '';
    child.stdout?.on('data', (chunk) => {
      process.stdout.write(chunk);
      text += chunk;
      if (text.includes('Ctrl-C stops everything')) resolve();
    });
    child.once('exit', (exit) => reject(new Error(`the product ended before it was ready (${exit})`)));
  });
}

function runTests({ root, chromium, args, report }: ShareTask, stateDir: string, origin: string): Promise<number> {
  return new Promise((resolve) => {
    const cli = path.join(root, 'node_modules/playwright/cli.js');
    const child = spawn(process.execPath, [cli, 'test', '-c', path.join(root, 'e2e/playwright.config.ts'), ...args], {
      cwd: root,
      stdio: 'inherit',
      env: {
        ...process.env,
        CHROMIUM_PATH: chromium,
        E2E_URL: origin,
        E2E_STATE: stateDir,
        E2E_REPORT: report,
        E2E_RESULTS: report.replace(/\.json$/, ''),
        FORCE_COLOR: '0',
      },
    });
    child.on('exit', (exit) => resolve(exit ?? 1));
  });
}

function stopServer(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null) return resolve();
    child.once('exit', () => resolve());
    child.kill('SIGINT');
  });
}
