import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { takeLease } from '@/lib/archive/archive-lease';
import { archiveLedger } from '@/lib/archive/archive-ledger';
import { DirectoryStore } from '@/lib/archive/directory-store';
import type { Due } from '@/lib/archive/plan-segments';
import { Pruning } from '@/lib/archive/prune-segments';
import { LEAF } from '@/lib/archive/segments';
import { closeDatabase, pool } from '@/lib/db';
import { closeAppenders } from '@/lib/ledger/append-records';
import { countRetention } from '@/lib/ledger/count-retention';
import { countVolume } from '@/lib/ledger/count-volume';
import { type LedgerRow, listLedgers } from '@/lib/ledger/find-ledger';
import { checkpointLedger } from '@/lib/proofs/checkpoint-ledger';
import { openSigner } from '@/lib/proofs/open-signer';
import { Pace } from '@/lib/proofs/pace';
import { enableLogins, withLogin } from '@/lib/server/database-roles';
import { asAdmin } from '@/lib/testing/fresh-database';
import { benchReading } from './bench-archive-reading';
import type { BenchDatabase } from './bench-database';
import { runLoad } from './load';
import { fixed, type Row, thousands } from './tables';
import { inTurns, type Spread, type Turns } from './turns';

/** Records of the second leaf that go row by row, and then as many as go while holds have to be asked. */
const ROWS = 15_000n;
const HELD_ROWS = 5_000n;
const HOLDS = 300;

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
    // A machine drifts within seconds: what goes on is held against rests between its turns. What cannot take turns has a long rest before and after.
    const turnMs = options.seconds * 700;
    const addSender = ({ alone, meanwhile, odd, even, met }: Turns) => {
      const tell = ({ p95, p99 }: Spread) => `p95 ${fixed(p95, 2)} ms, p99 ${fixed(p99, 2)} ms`;
      const ratios = (of: Spread, to: Spread) => (['p50', 'p95', 'p99'] as const).map((at) => fixed(of[at] / to[at], 2)).join(', ');
      add(
        'a record is sent, alone, in turns with that',
        `${fixed(alone.p50, 2)} ms`,
        `${tell(alone)}; one half of these rests of the other ${ratios(odd, even)}`,
      );
      add('a record is sent meanwhile', `${fixed(meanwhile.p50, 2)} ms`, `${tell(meanwhile)}; of alone ${ratios(meanwhile, alone)}`);
      if (met.share < 0.5)
        add(
          'of these, those that met a step',
          `${fixed(met.share * 100, 1)} %`,
          `of the slowest hundredth ${fixed(met.ofSlowest * 100, 1)} %, and ${fixed(met.ofSlowestShifted * 100, 1)} % met where the steps would have been half a second later`,
        );
    };

    const before = await leafSize(db, ledgerId);
    const copied = await inTurns(db, ledgerId, options.seconds * 9_000, Number.POSITIVE_INFINITY, () =>
      confirmAll(ledger, store, LEAF, 0n),
    );
    add(
      'copies made, put into a folder, read back, confirmed, and what stays of them noted',
      `${fixed(Number(LEAF) / copied.seconds, 0)} records/s`,
      `one leaf, ${fixed(copied.seconds, 1)} s, ${fixed(copied.wal, 0)} MB of WAL`,
    );
    addSender(copied);
    const dropped = await prune(db, ledgerId, turnMs, LEAF);
    add('a leaf of 262,144 records is taken away', `${fixed(dropped.seconds, 2)} s`, `${fixed(dropped.wal, 1)} MB of WAL`);
    add('its tables and indexes before, and after', `${fixed(before / 1e6, 0)} MB`, `${fixed((await leafSize(db, ledgerId)) / 1e6, 0)} MB`);
    addSender(dropped);

    const stays = await staying(db, ledgerId);
    add(
      'what stays of them: headers, and where each conversation and what it is about lies',
      `${fixed(stays.headers / 1e6, 0)} MB`,
      `${fixed(stays.traces / 1e6, 0)} MB`,
    );

    await confirmAll(ledger, store, ROWS, LEAF);
    const deleted = await prune(db, ledgerId, turnMs * 3, ROWS);
    add(
      `${thousands(Number(ROWS))} records of a leaf that stays are taken away`,
      `${fixed(deleted.seconds, 1)} s`,
      `${fixed(deleted.wal, 0)} MB of WAL`,
    );
    addSender(deleted);
    await placeHolds(db, ledgerId);
    await confirmAll(ledger, store, HELD_ROWS, LEAF + ROWS);
    // Longer turns where each step rests for seconds.
    const asked = await prune(db, ledgerId, turnMs * 12, HELD_ROWS);
    add(
      `${thousands(Number(HELD_ROWS))} more, with ${HOLDS} holds on others`,
      `${fixed(asked.seconds, 1)} s`,
      `${fixed(asked.wal, 0)} MB of WAL`,
    );
    addSender(asked);
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

/** All of it is one run, by one lease. */
async function prune(db: BenchDatabase, ledgerId: number, turnMs: number, records: bigint): Promise<Turns> {
  const lease = (await takeLease(ledgerId))!;
  let gone = 0;
  const onProgress = (pruned: number) => {
    gone += pruned;
  };
  const how: { onProgress: typeof onProgress; signal?: AbortSignal } = { onProgress };
  const pruning = new Pruning(lease, how);
  const turns = await inTurns(db, ledgerId, turnMs, turnMs, async (signal) => {
    how.signal = signal;
    await pruning.look();
  });
  await lease.letGo();
  if (gone !== Number(records)) throw new Error(`${gone} records were taken away, and not ${records}`);
  return turns;
}

/** On nobody's records: each has to be asked whether it is on one that goes. */
async function placeHolds(db: BenchDatabase, ledgerId: number): Promise<void> {
  await asAdmin(db.adminUrl, (c) =>
    c.query(
      `INSERT INTO legal_holds (ledger_id, matter, scope_kind, scope_value, reason, placed_by)
       SELECT $1, 'M-1', (ARRAY['conversation', 'subject', 'actor'])[1 + i % 3], 'nobody-' || i, 'r', 'ada' FROM generate_series(1, $2::int) i`,
      [ledgerId, HOLDS],
    ),
  );
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
