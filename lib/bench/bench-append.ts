import type { BenchDatabase } from './bench-database';
import { copyRate, makePayload } from './copy-baseline';
import { type Design, runLoad } from './load';
import { makeRecords } from './make-records';
import { fixed, median, type Row, thousands } from './tables';

const LOADS = [
  [1, 1],
  [16, 1],
  [256, 1],
  [16, 100],
] as const;

interface Sample {
  rate: number;
  p50: number;
  p99: number;
  cpu: number;
}

const PAYLOAD_ROWS = 5_000;
let seeds = 0;

/** COPY binary of ready rows into the same tables, indexes and triggers: what the server could take from anyone. */
export async function measureCopy(db: BenchDatabase, rows: number): Promise<number> {
  const ledger = await db.newLedger();
  const payloads = [];
  for (let first = 0; first < rows; first += PAYLOAD_ROWS) {
    // Each transaction has conversations of its own, since COPY cannot add to a line that is there.
    payloads.push(makePayload(ledger, first, makeRecords(PAYLOAD_ROWS, ++seeds + 3000)));
  }
  return copyRate(db.adminUrl, payloads);
}

/** Every design under every load, interleaved over the rounds, so that a slow minute of the machine falls on all of them. */
export async function benchAppend(
  db: BenchDatabase,
  options: { rounds: number; seconds: number; say: (line: string) => void },
): Promise<Row[]> {
  const copies = new Map<string, number[]>();
  const samples = new Map<string, Sample[]>();
  const run = async (key: string, design: Design, callers: number, perCall: number, processes: number) => {
    const ledgerId = await db.newLedger();
    const result = await runLoad(
      { design, adminUrl: db.adminUrl, appUrl: db.appUrl, ledgerId, callers, perCall, seconds: options.seconds, seed: ++seeds },
      processes,
    );
    const list = samples.get(key) ?? [];
    list.push(result);
    samples.set(key, list);
    options.say(`${key}: ${thousands(result.rate)} records/s`);
  };
  for (let round = 0; round < options.rounds; round++) {
    for (const [callers, perCall] of LOADS) {
      const load = `${callers} × ${perCall}`;
      copies.set(load, [...(copies.get(load) ?? []), await measureCopy(db, 40_000)]);
      await run(`product ${load}`, 'product', callers, perCall, 1);
      if (callers > 1) await run(`product, 2 processes ${load}`, 'product', callers, perCall, 2);
      await run(`row lock ${load}`, 'row lock', callers, perCall, 1);
      await run(`prisma ${load}`, 'prisma', callers, perCall, 1);
    }
  }
  const copy = median([...copies.values()].flat());
  options.say(`COPY binary: ${thousands(copy)} records/s`);
  const rates = (key: string) => (samples.get(key) ?? []).map((s) => s.rate);
  /** The median of what each round found: both sides of a ratio were measured within a minute. */
  const ratio = (mine: number[], other: number[], digits: number) => fixed(median(mine.map((rate, round) => rate / other[round])), digits);
  const rows: Row[] = [['COPY binary, same tables and indexes', '', thousands(copy), '1.00', '', '', '', '', '']];
  for (const [callers, perCall] of LOADS) {
    const load = `${callers} × ${perCall}`;
    for (const name of ['product', 'product, 2 processes', 'row lock', 'prisma']) {
      const list = samples.get(`${name} ${load}`);
      if (!list) continue;
      const mine = rates(`${name} ${load}`);
      const ours = name.startsWith('product');
      rows.push([
        name,
        load,
        thousands(median(mine)),
        ratio(mine, copies.get(load)!, 2),
        ours ? ratio(mine, rates(`row lock ${load}`), 1) : '',
        ours ? ratio(mine, rates(`prisma ${load}`), 1) : '',
        fixed(median(list.map((s) => s.p50)), 2),
        fixed(median(list.map((s) => s.p99)), 2),
        fixed(median(list.map((s) => s.cpu)), 0),
      ]);
    }
  }
  return rows;
}

/** The two loads that matter, on a disk whose every sync takes a millisecond more. */
export async function benchSlowDisk(db: BenchDatabase, options: { seconds: number; say: (line: string) => void }): Promise<Row[]> {
  const copy = await measureCopy(db, 40_000);
  const rows: Row[] = [['COPY binary', '', thousands(copy), '1.00', '', '', '']];
  for (const [callers, perCall] of [
    [16, 1],
    [256, 1],
    [16, 100],
  ] as const) {
    const rates: Partial<Record<Design, number>> = {};
    for (const design of ['row lock', 'prisma', 'product'] as const) {
      const result = await runLoad({
        design,
        adminUrl: db.adminUrl,
        appUrl: db.appUrl,
        ledgerId: await db.newLedger(),
        callers,
        perCall,
        seconds: options.seconds,
        seed: ++seeds,
      });
      rates[design] = result.rate;
      const versus = (other: Design) => (design === 'product' ? fixed(result.rate / (rates[other] ?? Number.NaN), 1) : '');
      rows.push([
        design,
        `${callers} × ${perCall}`,
        thousands(result.rate),
        fixed(result.rate / copy, 2),
        versus('row lock'),
        versus('prisma'),
        fixed(result.p99, 1),
      ]);
      options.say(`slow disk, ${design} ${callers} × ${perCall}: ${thousands(result.rate)} records/s`);
    }
  }
  return rows;
}
