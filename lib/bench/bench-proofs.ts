import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { proveConsistency, proveInclusion, treeRoot } from '@/lib/chain/tiles';
import { closeDatabase, pool } from '@/lib/db';
import { dbTiles } from '@/lib/ledger/read-tree';
import { sealTree } from '@/lib/ledger/seal-tree';
import type { BenchDatabase } from './bench-database';
import { runLoad } from './load';
import { fixed, median, type Row, thousands } from './tables';

interface Options {
  rounds: number;
  seconds: number;
  /** Entries of the ledger whose proofs are made. */
  entries: number;
  say: (line: string) => void;
}

/** What proofs cost: ingest beside checkpointing and without it, the tree of a large ledger, and a proof out of it. */
export async function benchProofs(db: BenchDatabase, options: Options): Promise<Row[]> {
  return [...(await besideIngest(db, options)), ...(await outOfMany(db, options))];
}

/** The same load with and without the signing loop in the same process, in turn; each on a ledger of its own. */
async function besideIngest(db: BenchDatabase, { rounds, seconds, say }: Options): Promise<Row[]> {
  const dir = mkdtempSync(path.join(os.tmpdir(), 'holdfast-bench-signer-'));
  const ratios: number[] = [];
  const rates = { with: [] as number[], without: [] as number[] };
  let seed = 60_000;
  for (let round = 0; round < rounds + 1; round++) {
    for (const which of round % 2 === 0 ? (['without', 'with'] as const) : (['with', 'without'] as const)) {
      const ledgerId = await db.newLedger();
      const load = {
        design: 'product' as const,
        adminUrl: db.adminUrl,
        appUrl: db.appUrl,
        ledgerId,
        callers: 16,
        perCall: 100,
        seed: ++seed,
      };
      const { rate } = await runLoad({ ...load, seconds: 2 * seconds, ...(which === 'with' ? { signerDir: dir } : {}) });
      rates[which].push(rate);
      say(`ingest ${which} checkpoints: ${thousands(rate)} records/s`);
    }
    ratios.push(rates.with[round] / rates.without[round]);
  }
  rmSync(dir, { recursive: true, force: true });
  return [
    ['ingest 16 × 100, without checkpoints', `${thousands(median(rates.without))} records/s`, ''],
    ['the same, a checkpoint a second', `${thousands(median(rates.with))} records/s`, `${fixed(median(ratios), 2)} of it (floor 0.95)`],
  ];
}

/** Headers as the product would have made them, but for their hashes, which are random: the tree does not look into them. */
async function outOfMany(db: BenchDatabase, { entries, say }: Options): Promise<Row[]> {
  const ledgerId = await db.newLedger();
  const client = new pg.Client({ connectionString: db.adminUrl });
  await client.connect();
  for (let from = 0; from < entries; from += 1_000_000) {
    const to = Math.min(entries, from + 1_000_000);
    await client.query(
      `INSERT INTO entries (ledger_id, seq, id, received_at_us, conversation_seq, body_hash, submitted, previous_hash, integrity_hash)
       SELECT $1, n, lpad(to_hex(n), 32, '0')::uuid, 1760000000000000 + n, 0, h, h, sha256(int8send(n - 1)), h
         FROM (SELECT n, sha256(int8send(n)) AS h FROM generate_series($2::bigint, $3::bigint - 1) AS n OFFSET 0) AS made`,
      [ledgerId, from, to],
    );
    say(`tree: ${thousands(to)} entries`);
  }
  await client.query('VACUUM (ANALYZE) entries');
  process.env.DATABASE_URL = db.appUrl;
  const size = BigInt(entries);
  const store = pool('verification');
  const began = performance.now();
  while (!(await sealTree(store, ledgerId, size)).done);
  const sealing = performance.now() - began;
  await client.query('VACUUM (ANALYZE) tree_tiles');
  await client.end();
  const tiles = dbTiles(ledgerId, store);
  const at = () => BigInt(Math.floor(Math.random() * entries));
  const rows: Row[] = [
    [`tree of ${thousands(entries)} entries, from nothing`, `${thousands((entries / sealing) * 1000)} entries/s`, ''],
    ['root at its size', ...(await timed(100, () => treeRoot(tiles, size)))],
    ['inclusion proof in it', ...(await timed(1_000, () => proveInclusion(tiles, at(), size)))],
    ['consistency proof from any size', ...(await timed(1_000, () => proveConsistency(tiles, at() + 1n, size)))],
  ];
  await closeDatabase();
  return rows;
}

/** One after another, as a caller who waits sees them. */
async function timed(times: number, work: () => Promise<unknown>): Promise<[string, string]> {
  const took: number[] = [];
  for (let i = 0; i < times; i++) {
    const began = performance.now();
    await work();
    took.push(performance.now() - began);
  }
  took.sort((a, b) => a - b);
  return [`${fixed(median(took), 2)} ms`, `p99 ${fixed(took[Math.floor(took.length * 0.99)], 2)} ms`];
}
