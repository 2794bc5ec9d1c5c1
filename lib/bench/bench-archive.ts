import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { takeLease } from '@/lib/archive/archive-lease';
import { archiveLedger } from '@/lib/archive/archive-ledger';
import { DirectoryStore } from '@/lib/archive/directory-store';
import type { Due } from '@/lib/archive/plan-segments';
import { pruneSegments } from '@/lib/archive/prune-segments';
import { LEAF } from '@/lib/archive/segments';
import { closeDatabase, pool } from '@/lib/db';
import { appendRecord, closeAppenders } from '@/lib/ledger/append-records';
import { countRetention } from '@/lib/ledger/count-retention';
import { countVolume } from '@/lib/ledger/count-volume';
import { type LedgerRow, listLedgers } from '@/lib/ledger/find-ledger';
import { prepareAgentRecord } from '@/lib/ledger/prepare-record';
import { checkpointLedger } from '@/lib/proofs/checkpoint-ledger';
import { openSigner } from '@/lib/proofs/open-signer';
import { Pace } from '@/lib/proofs/pace';
import { enableLogins, withLogin } from '@/lib/server/database-roles';
import { agentRecord } from '@/lib/testing/agent-record';
import { asAdmin } from '@/lib/testing/fresh-database';
import { benchReading } from './bench-archive-reading';
import type { BenchDatabase } from './bench-database';
import { runLoad } from './load';
import { fixed, type Row } from './tables';

/** Records of the second leaf that go row by row. */
const ROWS = 100_000n;
const SOURCE = { key_id: '00000000-0000-4000-8000-000000000001', channel: 'api' } as const;

/** What archival costs and gives back: copies made and confirmed, a leaf dropped, rows deleted, and what an agent notices of it. */
export async function benchArchive(db: BenchDatabase, options: { seconds: number; say: (line: string) => void }): Promise<Row[]> {
  const dir = mkdtempSync(path.join(os.tmpdir(), 'holdfast-bench-archive-'));
  try {
    await enableLogins(db.adminUrl, { holdfast_pruner: 'pruner' });
    Object.assign(process.env, {
      DATABASE_URL: db.appUrl,
      DATABASE_PRUNER_URL: withLogin(db.adminUrl, 'holdfast_pruner', 'pruner'),
      SIGNER_DIR: path.join(dir, 'signer'),
      ARCHIVE_COPIES_DIR: path.join(dir, 'copies'),
    });
    const ledgerId = await db.newLedger();
    const ledger = await fill(db, ledgerId, LEAF + ROWS + 10_000n);
    const rows: Row[] = [];
    const add = (what: string, figure: string, beside: string) => {
      rows.push([what, figure, beside]);
      options.say(`${what}: ${figure} ${beside}`);
    };
    const store = new DirectoryStore(path.join(dir, 'archive'));
    const resting = () => latencies(ledgerId, async () => new Promise((resolve) => setTimeout(resolve, options.seconds * 4_000)));
    // A machine drifts: what goes on is held against the rest right before it.
    let idle: Spread;
    const rest = async () => {
      idle = await resting();
      add('a record is sent, alone', `${fixed(idle.p50, 2)} ms`, `p95 ${fixed(idle.p95, 2)} ms, p99 ${fixed(idle.p99, 2)} ms`);
    };
    await rest();
    const beside = (spread: Spread) =>
      `p95 ${fixed(spread.p95, 2)} ms, p99 ${fixed(spread.p99, 2)} ms; of idle ${(['p50', 'p95', 'p99'] as const).map((at) => fixed(spread[at] / idle[at], 2)).join(', ')}`;

    const before = await leafSize(db, ledgerId);
    const copiedWal = await walPosition(db);
    const copied = await measured(ledgerId, () => confirmAll(ledger, store, LEAF, 0n));
    add(
      'copies made, put into a folder, read back, confirmed, and what stays of them noted',
      `${fixed(Number(LEAF) / copied.seconds, 0)} records/s`,
      `one leaf, ${fixed(copied.seconds, 1)} s, ${fixed((await walSince(db, copiedWal)) / 1e6, 0)} MB of WAL`,
    );
    add('a record is sent meanwhile', `${fixed(copied.p50, 2)} ms`, beside(copied));
    await rest();
    const wal = await walPosition(db);
    const dropped = await measured(ledgerId, () => prune(ledgerId));
    add(
      'a leaf of 262,144 records is taken away',
      `${fixed(dropped.seconds, 2)} s`,
      `${fixed((await walSince(db, wal)) / 1e6, 1)} MB of WAL`,
    );
    add('its tables and indexes before, and after', `${fixed(before / 1e6, 0)} MB`, `${fixed((await leafSize(db, ledgerId)) / 1e6, 0)} MB`);
    add('a record is sent meanwhile', `${fixed(dropped.p50, 2)} ms`, beside(dropped));

    const stays = await staying(db, ledgerId);
    add(
      'what stays of them: headers, and where each conversation and what it is about lies',
      `${fixed(stays.headers / 1e6, 0)} MB`,
      `${fixed(stays.traces / 1e6, 0)} MB`,
    );

    await confirmAll(ledger, store, ROWS, LEAF);
    await rest();
    const rowsWal = await walPosition(db);
    const deleted = await measured(ledgerId, () => prune(ledgerId));
    add(
      '100,000 records of a leaf that stays are taken away',
      `${fixed(deleted.seconds, 1)} s`,
      `${fixed((await walSince(db, rowsWal)) / 1e6, 0)} MB of WAL`,
    );
    add('a record is sent meanwhile', `${fixed(deleted.p50, 2)} ms`, beside(deleted));
    await rest();
    await benchReading(ledger, add);
    return rows;
  } finally {
    await closeAppenders();
    await closeDatabase();
    rmSync(dir, { recursive: true, force: true });
  }
}

async function fill(db: BenchDatabase, ledgerId: number, records: bigint): Promise<LedgerRow> {
  const size = async () =>
    BigInt(
      (
        await pool('verification').query<{ n: string }>('SELECT coalesce(max(seq) + 1, 0) AS n FROM entries WHERE ledger_id = $1', [
          ledgerId,
        ])
      ).rows[0]!.n,
    );
  for (let seed = 80_000; (await size()) < records; seed++)
    await runLoad({ design: 'product', adminUrl: db.adminUrl, appUrl: db.appUrl, ledgerId, callers: 16, perCall: 100, seconds: 3, seed });
  const ledger = (await listLedgers()).find(({ id }) => id === ledgerId)!;
  await checkpointLedger(ledger, openSigner()!, new Pace(Date.now()));
  while (!(await countVolume(ledgerId))?.caughtUp);
  while (!(await countRetention(ledgerId))?.caughtUp);
  return ledger;
}

class Confirmed extends Error {}

/** Up to the last confirmation, and not a record further. */
async function confirmAll(ledger: LedgerRow, store: DirectoryStore, records: bigint, from: bigint): Promise<void> {
  const due: Due = async (_ledger, after, limit) => {
    const start = after + 1n > from ? after + 1n : from;
    const count = Math.min(limit, Number(from + records - start));
    const rows = Array.from({ length: Math.max(0, count) }, (_, i) => ({
      seq: start + BigInt(i),
      retainUntil: new Date(Date.now() + 400 * 86_400_000),
    }));
    return { rows, next: rows.length < limit ? null : rows.at(-1)!.seq, held: 0 };
  };
  let confirmed = 0;
  const onProgress = (_what: string, count: number) => {
    confirmed += count;
    if (confirmed === Number(records)) throw new Confirmed();
  };
  await archiveLedger({ ledger, store, due, onProgress }).catch((error) => {
    if (!(error instanceof Confirmed)) throw error;
  });
}

async function prune(ledgerId: number): Promise<void> {
  const lease = (await takeLease(ledgerId))!;
  await pruneSegments(lease);
  await lease.letGo();
}

interface Spread {
  /** Milliseconds. */
  p50: number;
  p95: number;
  p99: number;
}

async function measured(ledgerId: number, work: () => Promise<void>): Promise<Spread & { seconds: number }> {
  let seconds = 0;
  const spread = await latencies(ledgerId, async () => {
    const began = performance.now();
    await work();
    seconds = (performance.now() - began) / 1000;
  });
  return { seconds, ...spread };
}

/** A sender with a record every five milliseconds while something goes on. */
async function latencies(ledgerId: number, during: () => Promise<unknown>): Promise<Spread> {
  const took: number[] = [];
  let stop = false;
  const sending = (async () => {
    while (!stop) {
      const began = performance.now();
      await appendRecord(ledgerId, prepareAgentRecord(agentRecord(), SOURCE));
      took.push(performance.now() - began);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  })();
  try {
    await during();
  } finally {
    stop = true;
    await sending;
  }
  took.sort((a, b) => a - b);
  const at = (share: number) => took[Math.min(took.length - 1, Math.floor(took.length * share))]!;
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}

async function leafSize(db: BenchDatabase, ledgerId: number): Promise<number> {
  return asAdmin(db.adminUrl, async (c) =>
    Number(
      (
        await c.query<{ bytes: string }>(`SELECT coalesce(pg_total_relation_size(to_regclass($1)), 0) AS bytes`, [
          `records_l${ledgerId}_b0`,
        ])
      ).rows[0]!.bytes,
    ),
  );
}

async function staying(db: BenchDatabase, ledgerId: number): Promise<{ headers: number; traces: number }> {
  return asAdmin(db.adminUrl, async (c) => {
    const { rows } = await c.query<{ headers: string; traces: string }>(
      `SELECT pg_total_relation_size('entries') * ${LEAF} / (SELECT count(*) FROM entries WHERE ledger_id = $1) AS headers,
              pg_total_relation_size('retention_traces') + pg_total_relation_size('archive_conversations') AS traces`,
      [ledgerId],
    );
    return { headers: Number(rows[0]!.headers), traces: Number(rows[0]!.traces) };
  });
}

async function walPosition(db: BenchDatabase): Promise<string> {
  return asAdmin(db.adminUrl, async (c) => (await c.query<{ at: string }>('SELECT pg_current_wal_lsn()::text AS at')).rows[0]!.at);
}

async function walSince(db: BenchDatabase, from: string): Promise<number> {
  return asAdmin(db.adminUrl, async (c) =>
    Number((await c.query<{ n: string }>('SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), $1) AS n', [from])).rows[0]!.n),
  );
}
