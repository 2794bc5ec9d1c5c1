import { describe, expect, it } from 'vitest';
import type { DirectoryStore } from '@/lib/archive/directory-store';
import { restoreRange } from '@/lib/archive/restore-range';
import { archive, everythingDue } from '@/lib/testing/archived-ledger';
import { type DestroyableLedger, destroy, destroyableLedger, NEW, OLD, old, recount } from '@/lib/testing/destroyable-ledger';
import { asAdmin } from '@/lib/testing/fresh-database';
import { db, folderStore, openArchive } from '@/lib/testing/open-archive';
import { compareArchiveSums } from './compare-archive-sums';
import { verifyEntries } from './verify-entries';

/** What is counted of records that have left agrees with itself whatever became of them, and whoever changes one of these sums is found. */
openArchive();

/** Twelve records; each third is new, and never due. */
async function world(): Promise<DestroyableLedger & { store: DirectoryStore }> {
  const made = await destroyableLedger(old(12, (i) => ({ timestamp: i % 3 === 2 ? NEW : OLD })));
  return { ...made, store: folderStore(made.slug) };
}
const bounds = { rows: 4, bytes: 1e9 };
const range = (from: number, to: number) => ({ kind: 'range', from: String(from), to: String(to) }) as const;
const sums = (w: DestroyableLedger) => compareArchiveSums(w.ledger.id, true);
async function verify(w: DestroyableLedger) {
  const { breaks, checks } = await verifyEntries({ ledgerId: w.ledger.id, scope: { kind: 'ledger' }, onProgress: () => {} });
  return { codes: breaks.codes, kept: breaks.kept(), check: checks.find(({ name }) => name === 'archive') };
}
const tamper = (w: DestroyableLedger, statement: string) =>
  asAdmin(db.adminUrl, async (c) => {
    await c.query('ALTER TABLE archive_segments DISABLE TRIGGER ALL');
    await c.query(`${statement.replaceAll('$L', String(w.ledger.id))}`);
    await c.query('ALTER TABLE archive_segments ENABLE ALWAYS TRIGGER append_only_row');
    await c.query('ALTER TABLE archive_segments ENABLE ALWAYS TRIGGER append_only_statement');
  });

describe('sums of what has left the database', () => {
  it('agree after each step: archived, put back, destroyed while here, in the archive and after they were put back, archived again', async () => {
    const w = await world();
    const agree = async (left: number) => expect(await sums(w)).toEqual({ left: BigInt(left), breaks: [] });
    await agree(0);
    await destroy(w, range(0, 1));
    await agree(2);
    await archive(w.ledger, w.store, { due: everythingDue((seq) => seq !== 11n), bounds });
    await agree(11);
    await destroy(w, range(3, 3));
    await agree(11);
    await restoreRange({ ledger: w.ledger, from: 4n, to: 8n, hotUntil: new Date(Date.now() + 1_000) });
    await agree(6);
    await recount(w.ledger.id);
    await destroy(w, range(6, 6));
    await agree(7);
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    await archive(w.ledger, w.store, { bounds });
    await agree(12);
    const { codes, check } = await verify(w);
    expect([codes, check?.outcome]).toEqual([{}, 'passed']);
    expect(check?.say).toContain('what is counted of the 12 records that left the database');
  });

  it.each<[string, string, number, RegExp]>([
    [
      'rows taken out of a segment',
      'UPDATE archive_segments SET pruned_rows = pruned_rows - 1 WHERE ledger_id = $L AND number = 2',
      2,
      /^segment 2 \(pruned\): 4 records/,
    ],
    [
      'more rows than a segment has',
      'UPDATE archive_segments SET pruned_rows = pruned_rows + 1 WHERE ledger_id = $L AND number = 1',
      2,
      /^segment 1 \(pruned\): 4 records/,
    ],
    [
      'a day’s count',
      'UPDATE archived_counts SET count = count + 1 WHERE ledger_id = $L AND day < now()',
      1,
      /^sums of what has left the database: 12 records \(archived_counts\)/,
    ],
    [
      'days that are gone',
      'DELETE FROM archived_counts WHERE ledger_id = $L',
      1,
      /^sums of what has left the database: 12 records \(archived_counts\)/,
    ],
    [
      'a sum of retention',
      `UPDATE retention_counts SET count = count + 3 WHERE ledger_id = $L AND state = 'archived'`,
      2,
      /^sums of what has left the database: \d+ records/,
    ],
    [
      'records passed off as destroyed',
      `UPDATE retention_counts SET state = 'destroyed' WHERE ledger_id = $L AND state = 'archived'`,
      2,
      /^sums of what was destroyed: 0 records/,
    ],
    [
      'that an object is told to be deleted of which nothing was destroyed',
      'UPDATE archive_segments SET removed_at = now() WHERE ledger_id = $L AND number = 2',
      1,
      /^segment 2: its object is kept, for 0 of its 4 records are destroyed$/,
    ],
  ])('tell when somebody changes %s', async (_what, change, breaks, words) => {
    const w = await world();
    await archive(w.ledger, w.store, { bounds });
    expect(await verify(w)).toMatchObject({ codes: {}, check: { outcome: 'passed' } });
    await tamper(w, change);
    const found = await verify(w);
    expect([found.codes, found.check?.outcome]).toEqual([{ archive_altered: breaks }, 'failed']);
    expect(found.kept.some(({ expected }) => words.test(expected))).toBe(true);
  });

  it('are told where nothing is archived and somebody counts as if something were', async () => {
    const w = await world();
    await tamper(w, `INSERT INTO archived_counts (ledger_id, day, action, count) VALUES ($L, '2020-03-01', 'data_accessed', 5)`);
    expect(await verify(w)).toMatchObject({ codes: { archive_altered: 1 }, check: { outcome: 'failed' } });
  });

  it('are read without a look at a record', async () => {
    const w = await world();
    await archive(w.ledger, w.store, { bounds });
    // Nobody may read them meanwhile.
    await asAdmin(db.adminUrl, async (c) => {
      await c.query('BEGIN');
      await c.query(`LOCK TABLE records_l${w.ledger.id}, entries IN ACCESS EXCLUSIVE MODE`);
      expect(await sums(w)).toEqual({ left: 12n, breaks: [] });
      await c.query('ROLLBACK');
    });
  });
});
