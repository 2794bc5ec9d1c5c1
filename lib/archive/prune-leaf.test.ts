import pg from 'pg';
import { beforeAll, expect, it } from 'vitest';
import { pool } from '@/lib/db';
import { appendRecord, appendRecords } from '@/lib/ledger/append-records';
import { countRetention } from '@/lib/ledger/count-retention';
import type { LedgerRow } from '@/lib/ledger/find-ledger';
import { prepareAgentRecord } from '@/lib/ledger/prepare-record';
import { agentRecord } from '@/lib/testing/agent-record';
import { archive, signAgain, untilSettled } from '@/lib/testing/archived-ledger';
import { asAdmin } from '@/lib/testing/fresh-database';
import { db, folderStore, newLedger, openArchive } from '@/lib/testing/open-archive';
import { tamper } from '@/lib/testing/tamper-ledger';
import { checkCounts } from '@/lib/verification/check-counts';
import { verifyEntries } from '@/lib/verification/verify-entries';
import { type Lease, takeLease } from './archive-lease';
import { restoreRange } from './restore-range';
import { listSegments } from './segments';

const LEAF = 262_144;
const MORE = 3_000;
let ledger: LedgerRow;
const key = { key_id: '0193a1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b', channel: 'api' } as const;
const record = (i: number) =>
  prepareAgentRecord(agentRecord({ conversation_id: `talk-${Math.floor(i / 50)}`, agent_seq: (i % 50) + 1 }), key);
openArchive();
beforeAll(async () => {
  ledger = await newLedger([agentRecord({ action: 'access_granted', details: { grant_id: 'g-1' } })]);
  for (let at = 1; at < LEAF + MORE; at += 10_000)
    await Promise.all(
      Array.from({ length: 20 }, (_, i) => at + i * 500)
        .filter((from) => from < LEAF + MORE)
        .map((from) =>
          appendRecords(
            ledger.id,
            Array.from({ length: Math.min(500, LEAF + MORE - from) }, (_, i) => record(from + i)),
          ),
        ),
    );
  await signAgain(ledger);
  // Who vacuums it is a reader like any other, and would come at a time of its own.
  await asAdmin(db.adminUrl, (c) => c.query(`ALTER TABLE records_l${ledger.id}_b0 SET (autovacuum_enabled = off)`));
  while (!(await countRetention(ledger.id))?.caughtUp);
}, 240_000);

const leafThere = async () =>
  (await pool('verification').query<{ there: boolean }>(`SELECT to_regclass('records_l${ledger.id}_b0') IS NOT NULL AS there`)).rows[0]!
    .there;
const hot = async () =>
  Number(
    (await pool('verification').query<{ n: string }>('SELECT count(*) AS n FROM records WHERE ledger_id = $1', [ledger.id])).rows[0]!.n,
  );

/** @returns how many positions were looked over; none where it is done */
const looked = async (lease: Lease) =>
  (await pool('archive').query<{ n: number }>('SELECT archive_look($1, $2, 0, 10000) AS n', [ledger.id, lease.fence])).rows[0]!.n;

/** What is altered before a leaf goes has to be found, before the look comes there and behind it; and what another run has looked at may be something else by now. */
async function assertLooks(): Promise<void> {
  const first = (await takeLease(ledger.id))!;
  expect(await looked(first)).toBe(4_096);
  await first.letGo();
  const lease = (await takeLease(ledger.id))!;
  const last = (change: string) =>
    tamper(db, ledger.id, (c) => c.query(`UPDATE records_l${ledger.id}_b0 SET ${change} WHERE seq = ${LEAF - 1}`));
  await last("body = body || '\\x20'");
  for (let i = 0; i < 63; i++) expect(await looked(lease)).toBe(4_096);
  await expect(looked(lease)).rejects.toMatchObject({ code: 'HF021' });
  const dropped = async () =>
    (await pool('archive').query<{ dropped: boolean }>('SELECT prune_leaf($1, $2, 0) AS dropped', [ledger.id, lease.fence])).rows[0]!
      .dropped;
  expect(await dropped()).toBe(false);
  await last('body = substring(body FROM 1 FOR length(body) - 1)');
  expect(await looked(lease)).toBe(4_096);
  expect(await looked(lease)).toBe(0);
  // Written since the look began: what was altered behind it would look like this.
  expect(await dropped()).toBe(false);
  // What a look keeps is not logged: a server that went down has forgotten it, and it begins anew; of half of it nothing is dropped.
  const forget = (tables: string) => asAdmin(db.adminUrl, (c) => c.query(`TRUNCATE ${tables}`));
  expect(await looked(lease)).toBe(4_096);
  await forget('leaf_looks, leaf_counts');
  for (let i = 0; i < 64; i++) expect(await looked(lease)).toBe(4_096);
  expect(await looked(lease)).toBe(0);
  await forget('leaf_counts');
  expect(await dropped()).toBe(false);
  await lease.letGo();
}

/** Whoever takes a leaf away while it is read asks for it again and again, and lets those who append pass each time. */
async function assertDropLetsPass(reader: pg.Client, appended: () => number): Promise<void> {
  const lease = (await takeLease(ledger.id))!;
  while ((await looked(lease)) > 0);
  await reader.query(`BEGIN; SELECT count(*) FROM records WHERE ledger_id = ${ledger.id} AND seq < 10`);
  let over = false;
  const drop = pool('archive')
    .query('SELECT prune_leaf($1, $2, 0)', [ledger.id, lease.fence])
    .finally(() => {
      over = true;
    });
  const refused = expect(drop).rejects.toMatchObject({ code: '55P03' });
  // Who appends waits behind whoever asks for the tables alone.
  const moments = { all: 0, waited: 0 };
  /** By when each wait began: how many records had been appended when it was first seen. */
  const asked = new Map<string, number>();
  await asAdmin(db.adminUrl, async (c) => {
    while (!over) {
      const { rows } = await c.query<{ began: string }>(
        `SELECT waitstart::text AS began FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND NOT granted AND waitstart IS NOT NULL
            AND relation IN ('records_l${ledger.id}'::regclass, 'records_l${ledger.id}_b0'::regclass)`,
      );
      for (const { began } of rows) if (!asked.has(began)) asked.set(began, appended());
      moments.all++;
      if (rows.length > 0) moments.waited++;
    }
  });
  await refused;
  await reader.query('COMMIT');
  await lease.letGo();
  expect(asked.size).toBeGreaterThan(1);
  expect(moments.waited / moments.all).toBeLessThan(0.5);
  expect(Math.max(...asked.values())).toBeGreaterThan(Math.min(...asked.values()));
}

it('a leaf whose every record is archived goes at once and gives its space back, not before its last reader; who appends does not wait', {
  timeout: 400_000,
}, async () => {
  const store = folderStore('store');
  // Somebody reads the leaf, in a transaction that does not end.
  const reader = new pg.Client({ connectionString: db.appUrl });
  await reader.connect();
  await reader.query(`BEGIN; SELECT count(*) FROM records WHERE ledger_id = ${ledger.id} AND seq < 10`);
  let appended = 0;
  let stop = false;
  const sending = (async () => {
    while (!stop) {
      await appendRecord(ledger.id, prepareAgentRecord(agentRecord(), key));
      appended++;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  })();
  try {
    const first = await archive(ledger, store);
    // The leaf is busy; what lies in the next one went record by record, and what was appended meanwhile is left.
    expect(first).toMatchObject({ later: LEAF });
    expect([await leafThere(), (await listSegments(ledger.id, 0n, 100)).filter(({ state }) => state === 'confirmed').length]).toEqual([
      true,
      14,
    ]);
    await reader.query('COMMIT');
    await assertLooks();
    await untilSettled(db, `records_l${ledger.id}_b0`);
    await assertDropLetsPass(reader, () => appended);
    const second = await archive(ledger, store, { due: async () => ({ rows: [], next: null, held: 0 }), pace: 0 });
    expect(second).toMatchObject({ segments: 0, pruned: LEAF, later: 0 });
  } finally {
    stop = true;
    await sending;
    await reader.end();
  }
  expect(await leafThere()).toBe(false);
  // What governs has not gone with it.
  expect((await pool('verification').query('SELECT seq FROM governing_records WHERE ledger_id = $1', [ledger.id])).rows).toEqual([
    { seq: '0' },
  ]);
  expect(appended).toBeGreaterThan(100);
  const { rows } = await asAdmin(db.adminUrl, (c) =>
    c.query(
      `SELECT count(*)::int AS entries, (SELECT sum(count)::int FROM archived_counts WHERE ledger_id = $1) AS counted FROM entries WHERE ledger_id = $1 AND seq < ${LEAF}`,
      [ledger.id],
    ),
  );
  expect(rows[0].entries).toBe(LEAF);
  expect(rows[0].counted).toBeGreaterThanOrEqual(LEAF);
  const { breaks } = await verifyEntries({ ledgerId: ledger.id, scope: { kind: 'ledger' }, archive: true, onProgress: () => {} });
  expect(breaks.kept()).toEqual([]);
  await signAgain(ledger);
  expect(await checkCounts(ledger.id)).toMatchObject({ apart: 0 });
  // And is there again where some of it is put back.
  const before = await hot();
  expect(await restoreRange({ ledger, from: 100n, to: 1_099n, hotUntil: new Date(Date.now() + 86_400_000) })).toBe(1_000);
  expect([await leafThere(), await hot()]).toEqual([true, before + 1_000]);
});
