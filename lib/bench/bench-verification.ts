import pg from 'pg';
import { closeDatabase } from '@/lib/db';
import { verifyLedger } from '@/lib/verification/verify-ledger';
import type { BenchDatabase } from './bench-database';
import { runLoad } from './load';
import { fixed, median, type Row, thousands } from './tables';

/** Fills a ledger by the product's own path, then reads it: by the server alone, by the chain's verifier, and with the projection compared. */
export async function benchVerification(db: BenchDatabase, options: { records: number; say: (line: string) => void }): Promise<Row[]> {
  const ledgerId = await db.newLedger();
  let size = 0;
  let seed = 40_000;
  while (size < options.records) {
    const { records } = await runLoad({
      design: 'product',
      adminUrl: db.adminUrl,
      appUrl: db.appUrl,
      ledgerId,
      callers: 16,
      perCall: 100,
      seconds: 6,
      seed: ++seed,
    });
    size += records + 1;
    options.say(`verification: ${thousands(size)} records written`);
  }
  const client = new pg.Client({ connectionString: db.adminUrl });
  await client.connect();
  await client.query('VACUUM (ANALYZE) entries, records, conversations');
  process.env.DATABASE_URL = db.appUrl;
  const time = async (name: string, work: () => Promise<unknown>): Promise<number> => {
    const rates: number[] = [];
    for (let round = 0; round < 3; round++) {
      const began = performance.now();
      await work();
      rates.push((size / (performance.now() - began)) * 1000);
    }
    options.say(`${name}: ${thousands(median(rates))} records/s`);
    return median(rates);
  };
  const copy = await time('COPY to nowhere', () =>
    client.query(`COPY (SELECT e.seq, r.body, e.body_hash, e.previous_hash, e.integrity_hash, e.received_at_us, e.conversation_seq
      FROM entries e JOIN records r USING (ledger_id, seq) WHERE e.ledger_id = ${ledgerId} ORDER BY e.seq) TO '/dev/null' (FORMAT binary)`),
  );
  const rows: Row[] = [['COPY to nowhere, by the server', thousands(copy), '1.00', '']];
  for (const [name, threads, projection] of [
    ['chain, 1 thread', 1, false],
    ['chain, 2 threads', 2, false],
    ['chain and projection, 1 thread', 1, true],
    ['chain and projection, 2 threads', 2, true],
  ] as const) {
    const rate = await time(name, async () => {
      const result = await verifyLedger({ ledgerId, from: 0n, to: BigInt(size - 1), threads, projection });
      if (result.breaksTotal > 0 || result.checked !== size)
        throw new Error(`of ${size} records ${result.checked} were checked, with ${result.breaksTotal} breaks`);
    });
    rows.push([name, thousands(rate), fixed(rate / copy, 2), `${Math.round(process.memoryUsage().rss / 1e6)} MB`]);
  }
  await client.end();
  await closeDatabase();
  return rows;
}
