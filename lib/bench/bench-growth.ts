import { measureCopy } from './bench-append';
import type { BenchDatabase } from './bench-database';
import { runLoad } from './load';
import { fixed, type Row, thousands } from './tables';

/**
 * One ledger that grows: the rate of appending at each size, by the same load. The stretches between are filled by the same path, so that the table
 * is what the product made.
 */
export async function benchGrowth(
  db: BenchDatabase,
  options: { sizes: number[]; seconds: number; say: (line: string) => void },
): Promise<Row[]> {
  const ledgerId = await db.newLedger();
  const rows: Row[] = [];
  let size = 0;
  let seed = 20_000;
  let first = 0;
  const load = (seconds: number) =>
    runLoad({ design: 'product', adminUrl: db.adminUrl, appUrl: db.appUrl, ledgerId, callers: 16, perCall: 100, seconds, seed: ++seed });
  for (const target of options.sizes) {
    while (size < target) {
      const result = await load(8);
      size += result.records + 1;
      options.say(`growth: ${thousands(size)} records`);
    }
    const result = await load(options.seconds);
    size += result.records + 1;
    if (first === 0) first = result.rate;
    const copy = await measureCopy(db, 20_000);
    rows.push([
      thousands(target),
      thousands(result.rate),
      fixed(result.rate / first, 2),
      thousands(copy),
      fixed(result.p99, 1),
      `${Math.round(result.rss / 1e6)} MB`,
    ]);
    options.say(`at ${thousands(target)}: ${thousands(result.rate)} records/s`);
  }
  return rows;
}
