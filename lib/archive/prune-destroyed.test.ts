import { expect, it } from 'vitest';
import { pool } from '@/lib/db';
import { archive, hotPositions, untilSettled } from '@/lib/testing/archived-ledger';
import { type DestroyableLedger, destroy, destroyableLedger, old, recount } from '@/lib/testing/destroyable-ledger';
import { asAdmin } from '@/lib/testing/fresh-database';
import { db, folderStore, openArchive } from '@/lib/testing/open-archive';
import { checkCounts } from '@/lib/verification/check-counts';
import { compareArchiveSums } from '@/lib/verification/compare-archive-sums';
import { verifyEntries } from '@/lib/verification/verify-entries';
import { takeLease } from './archive-lease';
import type { DirectoryStore } from './directory-store';
import { pruneSegments } from './prune-segments';
import { restoreRange } from './restore-range';
import { listSegments } from './segments';

/**
 * A leaf in which records were destroyed while they were here. Of those that were destroyed before they were archived no segment tells, so that the leaf is emptied record
 * by record, and goes on standing empty; those that were destroyed after they were confirmed keep no leaf from going at once.
 */
const LEAF = 262_144;
openArchive();

async function world(count: number): Promise<DestroyableLedger & { store: DirectoryStore }> {
  const made = await destroyableLedger(old(count));
  return { ...made, store: folderStore(made.slug) };
}
const range = (from: number, to: number) => ({ kind: 'range', from: String(from), to: String(to) }) as const;
const segments = async ({ ledger }: DestroyableLedger) =>
  (await listSegments(ledger.id, 0n, 100)).map(({ state, rows, prunedRows }) => [state, rows, prunedRows]);
async function sound(w: DestroyableLedger, left: number): Promise<void> {
  await recount(w.ledger.id);
  expect(await compareArchiveSums(w.ledger.id, true)).toEqual({ left: BigInt(left), breaks: [] });
  expect(await checkCounts(w.ledger.id)).toMatchObject({ apart: 0 });
  const { breaks } = await verifyEntries({ ledgerId: w.ledger.id, scope: { kind: 'ledger' }, archive: true, onProgress: () => {} });
  expect(breaks.kept()).toEqual([]);
}

it('a leaf with records that were destroyed before they were archived is emptied record by record, and no run is stuck on it', async () => {
  const w = await world(30);
  await destroy(w, range(3, 7));
  await destroy(w, range(29, 29));
  const first = await archive(w.ledger, w.store, { bounds: { rows: 10, bytes: 1e9 } });
  expect(first).toMatchObject({ segments: 3, pruned: 24, later: 0, held: 0 });
  expect([await hotPositions(w.ledger.id), await segments(w)]).toEqual([
    [],
    [
      ['pruned', 10, 10],
      ['pruned', 10, 10],
      ['pruned', 4, 4],
    ],
  ]);
  await sound(w, 30);
  // The next run finds nothing to do, and says so.
  expect(await archive(w.ledger, w.store)).toMatchObject({ segments: 0, pruned: 0, later: 0 });
  // What is put back goes again.
  expect(await restoreRange({ ledger: w.ledger, from: 0n, to: 12n, hotUntil: new Date() })).toBe(8);
  expect(await hotPositions(w.ledger.id)).toEqual([0, 1, 2, 8, 9, 10, 11, 12]);
  await recount(w.ledger.id);
  expect(await archive(w.ledger, w.store)).toMatchObject({ pruned: 8, later: 0 });
  await sound(w, 30);
});

it('records that are destroyed between their confirmation and their pruning keep no other record of their segment here', async () => {
  const w = await world(20);
  // Confirmed and not pruned: put back for a moment.
  await archive(w.ledger, w.store, { bounds: { rows: 10, bytes: 1e9 } });
  expect(await restoreRange({ ledger: w.ledger, from: 0n, to: 19n, hotUntil: new Date() })).toBe(20);
  await recount(w.ledger.id);
  await destroy(w, range(5, 6));
  const lease = (await takeLease(w.ledger.id))!;
  expect(await pruneSegments(lease, { pace: 0 })).toMatchObject({ later: 0, held: 0, altered: 0 });
  await lease.letGo();
  expect([await hotPositions(w.ledger.id), await segments(w)]).toEqual([
    [],
    [
      ['pruned', 10, 8],
      ['pruned', 10, 10],
    ],
  ]);
  await sound(w, 20);
});

it('a leaf in which records were destroyed after they were confirmed goes at once, and what is counted of it is what was in it', async () => {
  const w = await world(20);
  await archive(w.ledger, w.store, { bounds: { rows: 10, bytes: 1e9 } });
  expect(await restoreRange({ ledger: w.ledger, from: 0n, to: 19n, hotUntil: new Date() })).toBe(20);
  await recount(w.ledger.id);
  await destroy(w, range(5, 6));
  // As if the last segment held all that a leaf has room for, and all of it were counted.
  const stretch = (by: number, pruned: number, counted: number) =>
    asAdmin(db.adminUrl, async (c) => {
      await c.query('ALTER TABLE archive_segments DISABLE TRIGGER USER');
      await c.query('UPDATE archive_segments SET rows = rows + $2, pruned_rows = pruned_rows + $3 WHERE ledger_id = $1 AND number = 2', [
        w.ledger.id,
        by,
        pruned,
      ]);
      for (const name of ['append_only_row', 'append_only_statement'])
        await c.query(`ALTER TABLE archive_segments ENABLE ALWAYS TRIGGER ${name}`);
      await c.query('UPDATE volume_progress SET counted_to = $2 WHERE ledger_id = $1', [w.ledger.id, counted]);
    });
  await stretch(LEAF - 20, 0, LEAF - 1);
  await untilSettled(db, `records_l${w.ledger.id}_b0`);
  const lease = (await takeLease(w.ledger.id))!;
  expect(await pruneSegments(lease, { pace: 0 })).toMatchObject({ later: 0, held: 0, altered: 0 });
  await lease.letGo();
  const { rows } = await pool('verification').query(`SELECT to_regclass('records_l${w.ledger.id}_b0') AS leaf`);
  expect(rows).toEqual([{ leaf: null }]);
  await stretch(20 - LEAF, 20 - LEAF, 19);
  // It counts for its segment as taken out what was destroyed in it before.
  expect(await segments(w)).toEqual([
    ['pruned', 10, 10],
    ['pruned', 10, 10],
  ]);
  await sound(w, 20);
  // What comes back is not what was destroyed.
  expect(await restoreRange({ ledger: w.ledger, from: 0n, to: 9n, hotUntil: new Date() })).toBe(8);
  await sound(w, 12);
});
