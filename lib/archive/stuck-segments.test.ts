import { chmodSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { MAX_RANGES, readManifest } from '@/lib/chain/archive-manifest';
import { pool } from '@/lib/db';
import type { LedgerRow } from '@/lib/ledger/find-ledger';
import type { RecordInput } from '@/lib/schema/record';
import { agentRecord } from '@/lib/testing/agent-record';
import { archive, everythingDue, hotPositions, placeHoldOn } from '@/lib/testing/archived-ledger';
import { asAdmin } from '@/lib/testing/fresh-database';
import { db, folderStore, newLedger, openArchive } from '@/lib/testing/open-archive';
import { openS3 } from '@/lib/testing/open-s3';
import { fenceOf, letGo, plannedBefore } from '@/lib/testing/planned-before';
import { tamper } from '@/lib/testing/tamper-ledger';
import { ArchivedRanges } from '@/lib/verification/archived-ranges';
import { listSegmentsPage } from './archive-state';
import { type ArchiveStore, StoreFault } from './archive-store';
import { checkArchive } from './check-archive';
import { DirectoryStore } from './directory-store';
import { storeAt } from './open-store';
import { listSegments } from './segments';

// As with the 8,000 that a manifest can name, in a hundredth of the time.
vi.mock('@/lib/chain/archive-manifest', async (load) => ({
  ...(await load<typeof import('@/lib/chain/archive-manifest')>()),
  MAX_RANGES: 40,
}));

/** What is in the way of one segment, or of one record, keeps nothing else from its end. */
const s3 = await openS3('stuck');
openArchive();

async function ledgerOf(count: number, over: (i: number) => Partial<RecordInput> = () => ({})): Promise<LedgerRow> {
  const records = Array.from({ length: count }, (_, i) => agentRecord({ conversation_id: 'talk', agent_seq: i + 1, ...over(i) }));
  return newLedger(records);
}
const inFolder = (ledger: LedgerRow) => folderStore(ledger.slug);
const states = async (ledger: LedgerRow) => (await listSegments(ledger.id, 0n, 100)).map(({ number, state }) => `${number} ${state}`);
const alter = (ledger: LedgerRow, seq: number) =>
  tamper(db, ledger.id, (c) => c.query(`UPDATE records SET body = body || ' ' WHERE ledger_id = $1 AND seq = $2`, [ledger.id, seq]));
async function expectSound(ledger: LedgerRow, store: ArchiveStore, segments: number): Promise<void> {
  const ranges = await ArchivedRanges.read(ledger);
  expect([ranges.breaks, ranges.segments]).toEqual([[], segments]);
  for await (const found of checkArchive(store, null))
    if (found.folder.startsWith(`${ledger.slug}-`)) expect([found.faults, found.segments]).toEqual([[], segments]);
}
/** Stops right after so many segments were confirmed. */
async function confirm(ledger: LedgerRow, store: ArchiveStore, segments: number, rows = 10): Promise<void> {
  let left = segments;
  const stopped = archive(ledger, store, {
    bounds: { rows, bytes: 1e9 },
    onProgress: (what) => {
      if (what === 'confirmed' && --left === 0) throw new Error('stop');
    },
  });
  await expect(stopped).rejects.toThrow('stop');
}

describe('a planned segment that cannot be put any more', () => {
  const opens: [string, boolean, (ledger: LedgerRow) => ArchiveStore][] = [
    ['a real object store', s3 === null, () => storeAt({ kind: 's3', place: 's3://stuck' })],
    ['a folder', false, inFolder],
  ];
  it.each(opens)(
    'is given up in %s when its lock had to end, and its records go under another number and a later lock',
    async (_n, skip, open) => {
      if (skip) return;
      const ledger = await ledgerOf(12);
      const store = open(ledger);
      await plannedBefore(ledger, store, '{[0,12)}', new Date(Date.now() - 60_000));
      expect(await archive(ledger, store)).toMatchObject({ abandoned: 1, segments: 1, records: 12, pruned: 12 });
      expect(await states(ledger)).toEqual(['1 abandoned', '2 pruned']);
      const [, second] = await listSegments(ledger.id, 0n, 9);
      expect(readManifest(second!.manifest!)).toMatchObject({ number: 2n, abandoned: { from: 1n, to: 1n }, previous: null });
      expect(second!.retainUntil.getTime()).toBeGreaterThan(Date.now() + 86_400_000);
      await expectSound(ledger, store, 1);
    },
  );

  it('is given up where its store is another than that of new ones, or what it names was destroyed meanwhile', async () => {
    const ledger = await ledgerOf(6);
    const store = inFolder(ledger);
    const until = new Date(Date.now() + 90 * 86_400_000);
    await plannedBefore(ledger, folderStore('gone-for-good'), '{[0,3)}', until);
    expect(await archive(ledger, store, { due: everythingDue((seq) => seq < 3n) })).toMatchObject({ abandoned: 1, records: 3 });
    await plannedBefore(ledger, store, '{[3,6)}', until);
    await tamper(db, ledger.id, (c) => c.query('DELETE FROM records WHERE ledger_id = $1 AND seq = 4', [ledger.id]));
    expect(await archive(ledger, store)).toMatchObject({ abandoned: 1, records: 2, pruned: 2 });
    expect(await states(ledger)).toEqual(['1 abandoned', '2 pruned', '3 abandoned', '4 pruned']);
    await expectSound(ledger, store, 2);
  });

  it('is given up where other bytes lie under its name, and what was put of it is nobody’s', async () => {
    const ledger = await ledgerOf(4);
    const store = inFolder(ledger);
    const until = new Date(Date.now() + 90 * 86_400_000);
    await plannedBefore(ledger, store, '{[0,4)}', until);
    const [planned] = await listSegments(ledger.id, 0n, 1);
    const other = Buffer.from('other');
    await store.put(planned!.objectKey, other, { sha256: other, retainUntil: until, contentType: 'text/plain' });
    expect(await archive(ledger, store)).toMatchObject({ abandoned: 1, records: 4, pruned: 4 });
    expect((await listSegments(ledger.id, 0n, 1))[0]!.abandonedBecause).toContain('is there already');
    const told = await listSegmentsPage(ledger, { before: null, state: 'abandoned' });
    expect(told.rows).toMatchObject([
      {
        number: '1',
        abandoned_at: expect.stringMatching(/^20/),
        abandoned_because: expect.stringContaining('is there already'),
        destroyed: [],
        destroyed_before: 0,
      },
    ]);
    expect((await listSegmentsPage(ledger, { before: null, state: 'pruned' })).rows).toMatchObject([
      { number: '2', abandoned_at: null, abandoned_because: null },
    ]);
  });

  it('is given up after it was put, too, and nobody who checks the archive takes what lies there for a segment', async () => {
    const ledger = await ledgerOf(4);
    const store = inFolder(ledger);
    const { head } = DirectoryStore.prototype;
    DirectoryStore.prototype.head = async function (key, version) {
      if (version !== null) throw new StoreFault('unreachable', 'killed');
      return head.call(this, key, version);
    };
    await expect(archive(ledger, store)).rejects.toMatchObject({ code: 'unreachable' });
    DirectoryStore.prototype.head = head;
    expect(await states(ledger)).toEqual(['1 uploaded']);
    const [put] = await listSegments(ledger.id, 0n, 1);
    const file = path.join(store.place, put!.objectKey);
    chmodSync(file, 0o600);
    writeFileSync(file, 'something else');
    expect(await archive(ledger, store)).toMatchObject({ abandoned: 1, records: 4, pruned: 4 });
    expect(await states(ledger)).toEqual(['1 abandoned', '2 pruned']);
    await expectSound(ledger, store, 1);
  });

  it('keeps its number: a row that only says that it was given up is found by the manifest that follows', async () => {
    const ledger = await ledgerOf(20);
    const store = inFolder(ledger);
    await archive(ledger, store, { bounds: { rows: 10, bytes: 1e9 } });
    await expectSound(ledger, store, 2);
    await tamper(db, ledger.id, async (c) => {
      await c.query('ALTER TABLE archive_segments DISABLE TRIGGER ALL');
      await c.query(
        `UPDATE archive_segments SET state = 'abandoned', abandoned_at = now(), abandoned_because = 'x' WHERE ledger_id = $1 AND number = 1`,
        [ledger.id],
      );
      await c.query('ALTER TABLE archive_segments ENABLE ALWAYS TRIGGER append_only_row');
      await c.query('ALTER TABLE archive_segments ENABLE ALWAYS TRIGGER append_only_statement');
    });
    const { breaks } = await ArchivedRanges.read(ledger);
    expect(breaks.map(({ code }) => code)).toContain('archive_altered');
    expect(breaks.find(({ expected }) => expected?.includes('given up'))).toMatchObject({ found: '1 to 1' });
  });

  it('is given up by nobody who has lost the lease, and never once it is confirmed', async () => {
    const ledger = await ledgerOf(3);
    const store = inFolder(ledger);
    await plannedBefore(ledger, store, '{[0,3)}', new Date(Date.now() + 86_400_000 * 9));
    const giveUp = (fence: string) => pool('archive').query('SELECT archive_abandon($1, $2, 1, $3)', [ledger.id, fence, 'x']);
    await expect(giveUp('0')).rejects.toMatchObject({ code: 'HF020' });
    await archive(ledger, store);
    await expect(giveUp(await fenceOf(ledger))).rejects.toMatchObject({ code: 'HF022' });
  });
});

describe('a record that is not what its entry names', () => {
  it('stays, is counted, and everything beside it goes, at this run and at the next', async () => {
    const ledger = await ledgerOf(10);
    const store = inFolder(ledger);
    await alter(ledger, 3);
    for (let run = 0; run < 2; run++)
      expect(await archive(ledger, store)).toMatchObject({ altered: 1, abandoned: 0, pruned: run === 0 ? 9 : 0 });
    expect(await hotPositions(ledger.id)).toEqual([3]);
    // And no number is given out for it, day after day.
    expect(await states(ledger)).toEqual(['1 pruned']);
  });

  it('stays where it was altered after it was planned', async () => {
    const ledger = await ledgerOf(10);
    const store = inFolder(ledger);
    await plannedBefore(ledger, store, '{[0,10)}', new Date(Date.now() + 90 * 86_400_000));
    await alter(ledger, 3);
    expect(await archive(ledger, store)).toMatchObject({ altered: 1, abandoned: 1, pruned: 9 });
    expect(await hotPositions(ledger.id)).toEqual([3]);
  });

  it('stays where it was altered after it was confirmed, with its segment, and the others go', async () => {
    const ledger = await ledgerOf(40);
    const store = inFolder(ledger);
    await confirm(ledger, store, 2);
    await alter(ledger, 3);
    for (let run = 0; run < 2; run++) await archive(ledger, store, { bounds: { rows: 10, bytes: 1e9 } });
    expect(await archive(ledger, store)).toMatchObject({ altered: 10 });
    expect(await hotPositions(ledger.id)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(await states(ledger)).toEqual(['1 confirmed', '2 pruned', '3 pruned', '4 pruned']);
  });
});

it('a hold that tears what was planned into more pieces than a manifest can name makes more segments', async () => {
  const ledger = await ledgerOf(5 * MAX_RANGES, (i) => ({ conversation_id: i % 2 === 1 ? 'held' : 'free' }));
  const all = everythingDue();
  let placed = false;
  const outcome = await archive(ledger, inFolder(ledger), {
    due: async (...asked) => {
      const page = await all(...asked);
      if (!placed) await placeHoldOn(db, ledger.id, 'conversation', 'held');
      placed = true;
      return page;
    },
  });
  const half = Math.floor((5 * MAX_RANGES) / 2);
  expect(outcome).toMatchObject({ segments: 3, records: half, pruned: half, held: half });
  for (const { ranges } of await listSegments(ledger.id, 0n, 9)) expect(ranges.length).toBeLessThanOrEqual(MAX_RANGES);
});

it('a segment under a hold is looked at once a run, and nothing is counted for it', async () => {
  const ledger = await ledgerOf(40, (i) => ({ conversation_id: i < 10 ? 'held' : 'free' }));
  const store = inFolder(ledger);
  await confirm(ledger, store, 1);
  await placeHoldOn(db, ledger.id, 'conversation', 'held');
  await expect(
    asAdmin(db.adminUrl, async (c) => {
      const fence = await fenceOf(ledger);
      await c.query('BEGIN');
      await c.query(`CREATE OR REPLACE FUNCTION retention_pruned(p_ledger int, p_seqs bigint[]) RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS
        $$ BEGIN RAISE EXCEPTION 'counted'; END $$`);
      try {
        await c.query('SELECT prune_segment($1, $2, 1, 2000)', [ledger.id, fence]);
      } finally {
        await c.query('ROLLBACK');
      }
    }),
  ).rejects.toMatchObject({ code: 'HF011' });
  await letGo(ledger);
  const { query } = pool('archive');
  const asked: string[] = [];
  pool('archive').query = ((...args: Parameters<typeof query>) => {
    asked.push(`${args[0]} ${(args[1] as unknown[])?.[2]}`);
    return query.apply(pool('archive'), args);
  }) as typeof query;
  try {
    await archive(ledger, store, { bounds: { rows: 10, bytes: 1e9 } });
  } finally {
    pool('archive').query = query;
  }
  expect(asked.filter((one) => one.includes('prune_segment') && one.endsWith(' 1'))).toHaveLength(1);
  expect(await hotPositions(ledger.id)).toHaveLength(10);
});

it('putting back and taking away ask for their locks in one order', async () => {
  const ledger = await ledgerOf(3);
  const store = inFolder(ledger);
  await archive(ledger, store);
  const fence = await fenceOf(ledger);
  const back = `SELECT restore_records($1, $2, 1, now(), '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}')`;
  await asAdmin(db.adminUrl, async (pruner) => {
    // As the prune functions do: the lease first, the lock of holds last.
    await pruner.query('BEGIN');
    await pruner.query('SELECT FROM archive_leases WHERE ledger_id = $1 FOR UPDATE', [ledger.id]);
    const restored = pool('archive').query(back, [ledger.id, fence]);
    await new Promise((resolve) => setTimeout(resolve, 300));
    await pruner.query('SELECT pg_advisory_xact_lock(1212566604, $1)', [ledger.id]);
    await pruner.query('COMMIT');
    await restored;
  });
});

it('positions beyond a leaf are asked of nobody’s memory', async () => {
  const ledger = await ledgerOf(1);
  await expect(pool('verification').query(`SELECT positions_of('{[0,9)}')`)).rejects.toMatchObject({ code: '42501' });
  const { rows } = await asAdmin(db.adminUrl, (c) =>
    c.query(
      `SELECT positions_of('{[0,9000000000000000000)}') AS far, positions_of('{[5,)}') AS open, positions_of('{[1,3),[4,5)}') AS near`,
    ),
  );
  expect(rows).toEqual([{ far: null, open: null, near: ['1', '2', '4'] }]);
  await expect(
    pool('archive').query(`SELECT archive_plan($1, $2, NULL, '{[0,9000000000000000000)}', now(), 1, 's3', 'x', 'x')`, [
      ledger.id,
      await fenceOf(ledger),
    ]),
  ).rejects.toMatchObject({ code: 'HF022' });
});
