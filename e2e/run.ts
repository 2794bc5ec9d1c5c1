import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { findChromium } from '@/lib/testing/find-chromium';
import { runShare } from './run-share';

/**
 * The browser tests: fresh installations of the product, started as its users start it, and a real Chromium. Two shares of them run side by side, each against an
 * installation of its own. With further arguments, which go to the test runner (a file's name, --headed), there is one. Ends with the totals of all suites.
 */
const root = process.env.HOLDFAST_ROOT ?? process.cwd();
const state = path.join(root, '.holdfast');
/** What looks at every screen, and what archives: half of the time. */
const FIRST = ['a11y', 'archive', 'archive-store', 'headers', 'roles'].map((name) => `${name}.spec.ts`);

let chromium: string;
try {
  chromium = findChromium();
} catch (error) {
  console.error((error as Error).message);
  process.exit(1);
}
mkdirSync(state, { recursive: true, mode: 0o711 });
const asked = process.argv.slice(2);
const specs = readdirSync(path.join(root, 'e2e')).filter((name) => name.endsWith('.spec.ts'));
const shares = asked.length > 0 ? [asked] : [FIRST, specs.filter((name) => !FIRST.includes(name))].map(filesOf);
const reports = shares.map((_, i) => path.join(state, `e2e-report-${i + 1}.json`));
for (const report of reports) rmSync(report, { force: true });

const running: Promise<number>[] = [];
// The next one starts when this one is ready: the first builds the pages for all.
for (const [i, args] of shares.entries())
  await new Promise<void>((onReady) => {
    running.push(runShare({ root, state, chromium, args, report: reports[i]!, onReady }));
  });
const code = Math.max(...(await Promise.all(running)));
printTotals();
process.exit(code);

/** Whole paths: a name alone would also choose files whose names end with it. */
function filesOf(names: readonly string[]): string[] {
  return names.map((name) => path.join(root, 'e2e', name));
}

/** All suites in one line, for whoever reads only the last one. */
function printTotals(): void {
  const totals = { passed: 0, failed: 0, skipped: 0 };
  const unit = path.join(state, 'unit-report.json');
  if (existsSync(unit)) {
    const { numPassedTests, numFailedTests, numPendingTests } = JSON.parse(readFileSync(unit, 'utf8'));
    totals.passed += numPassedTests;
    totals.failed += numFailedTests;
    totals.skipped += numPendingTests;
  }
  for (const report of reports.filter((file) => existsSync(file))) {
    const { stats } = JSON.parse(readFileSync(report, 'utf8'));
    totals.passed += stats.expected + stats.flaky;
    totals.failed += stats.unexpected;
    totals.skipped += stats.skipped;
  }
  // The runner itself can fail, before any test does.
  if (code !== 0 && totals.failed === 0) totals.failed = 1;
  console.log(`\n${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`);
}
