import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { findChromium } from '@/lib/testing/find-chromium';

/**
 * The browser tests: a fresh installation of the product, started as its users start it, and a real Chromium. Further arguments go to the test
 * runner (a file's name, --headed). Ends with the totals of both suites.
 */
const root = process.env.HOLDFAST_ROOT ?? process.cwd();
const state = path.join(root, '.holdfast');

let chromium: string;
try {
  chromium = findChromium();
} catch (error) {
  console.error((error as Error).message);
  process.exit(1);
}
const port = await freePort();
mkdirSync(state, { recursive: true, mode: 0o711 });
const stateDir = mkdtempSync(path.join(state, 'e2e-'));
chmodSync(stateDir, 0o711);
const report = path.join(state, 'e2e-report.json');
rmSync(report, { force: true });

const server = spawn(process.execPath, [path.join(root, 'lib/server/run.mjs'), path.join(root, 'lib/server/start.ts')], {
  cwd: root,
  env: { ...process.env, HOLDFAST_STATE: stateDir, PORT: String(port), LOG_LEVEL: 'warn', DATABASE_URL: '' },
  stdio: ['ignore', 'pipe', 'inherit'],
});
let code = 1;
try {
  await untilReady(server);
  code = await runTests();
} catch (error) {
  console.error((error as Error).message);
} finally {
  await stopServer(server);
  rmSync(stateDir, { recursive: true, force: true });
}
printTotals();
process.exit(code);

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

function runTests(): Promise<number> {
  return new Promise((resolve) => {
    const cli = path.join(root, 'node_modules/playwright/cli.js');
    const child = spawn(process.execPath, [cli, 'test', '-c', path.join(root, 'e2e/playwright.config.ts'), ...process.argv.slice(2)], {
      cwd: root,
      stdio: 'inherit',
      env: {
        ...process.env,
        CHROMIUM_PATH: chromium,
        E2E_URL: `http://localhost:${port}`,
        E2E_STATE: stateDir,
        E2E_REPORT: report,
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

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = net.createServer().listen(0, () => {
      const { port: free } = probe.address() as net.AddressInfo;
      probe.close(() => resolve(free));
    });
  });
}

/** Both suites in one line, for whoever reads only the last one. */
function printTotals(): void {
  const totals = { passed: 0, failed: 0, skipped: 0 };
  const unit = path.join(state, 'unit-report.json');
  if (existsSync(unit)) {
    const { numPassedTests, numFailedTests, numPendingTests } = JSON.parse(readFileSync(unit, 'utf8'));
    totals.passed += numPassedTests;
    totals.failed += numFailedTests;
    totals.skipped += numPendingTests;
  }
  if (existsSync(report)) {
    const { stats } = JSON.parse(readFileSync(report, 'utf8'));
    totals.passed += stats.expected + stats.flaky;
    totals.failed += stats.unexpected;
    totals.skipped += stats.skipped;
  }
  // The runner itself can fail, before any test does.
  if (code !== 0 && totals.failed === 0) totals.failed = 1;
  console.log(`\n${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`);
}
