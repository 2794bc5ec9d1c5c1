import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { closeDatabase } from '@/lib/db';
import { closeAppenders } from '@/lib/ledger/append-records';
import type { LedgerRow } from '@/lib/ledger/find-ledger';
import { agentRecord } from '@/lib/testing/agent-record';
import { archivableLedger } from '@/lib/testing/archived-ledger';
import { asAdmin, freshDatabase, type TestDatabase } from '@/lib/testing/fresh-database';
import { lookAfterArchive } from './keep-archiving';

let db: TestDatabase;
let ledger: LedgerRow;
let drop: () => void;
const folder = mkdtempSync(path.join(os.tmpdir(), 'holdfast-again-'));
beforeAll(async () => {
  db = await freshDatabase();
  process.env.ARCHIVE_DIR = folder;
  ({ ledger, drop } = await archivableLedger(db, 'again', [agentRecord()]));
  await asAdmin(db.adminUrl, (c) =>
    c.query(
      `INSERT INTO archive_settings (ledger_id, scheduled, at, changed_by, changed_at) VALUES ($1, true, '00:00', 'ada', now() - interval '2 days')`,
      [ledger.id],
    ),
  );
});
afterAll(async () => {
  delete process.env.ARCHIVE_DIR;
  drop();
  await closeAppenders();
  await closeDatabase();
  await db.drop();
  rmSync(folder, { recursive: true, force: true });
});

/** What became of a run, so many minutes ago. */
const end = (id: string, state: 'failed' | 'done' | 'cancelled', minutesAgo: number) =>
  asAdmin(db.adminUrl, (c) =>
    c.query(
      `UPDATE jobs SET state = $2, started_at = now(), finished_at = now() - make_interval(mins => $3), error = 'the store did not answer' WHERE id = $1`,
      [id, state, minutesAgo],
    ),
  );
const look = () => lookAfterArchive(ledger);

it('a scheduled run that failed is tried again after an hour, four times a day, and not once one has done its work or while one waits', async () => {
  const first = await look();
  expect(first).not.toBeNull();
  // It waits; it goes on.
  expect(await look()).toBeNull();
  await asAdmin(db.adminUrl, (c) => c.query(`UPDATE jobs SET state = 'running' WHERE id = $1`, [first]));
  expect(await look()).toBeNull();
  await end(first!, 'failed', 59);
  expect(await look()).toBeNull();
  await end(first!, 'failed', 61);
  const second = await look();
  expect([second === null, second === first]).toEqual([false, false]);
  // A person stopped it: that is no failure.
  await end(second!, 'cancelled', 61);
  expect(await look()).toBeNull();
  await end(second!, 'failed', 61);
  const third = await look();
  await end(third!, 'failed', 61);
  const fourth = await look();
  expect(new Set([first, second, third, fourth]).size).toBe(4);
  await end(fourth!, 'failed', 61);
  // Four times; the next day's is another.
  expect(await look()).toBeNull();
  await asAdmin(db.adminUrl, async (c) => {
    await c.query('ALTER TABLE archive_runs DISABLE TRIGGER append_only_row');
    await c.query(`UPDATE archive_runs SET requested_at = requested_at - interval '1 day' WHERE ledger_id = $1`, [ledger.id]);
    await c.query('ALTER TABLE archive_runs ENABLE ALWAYS TRIGGER append_only_row');
  });
  const next = await look();
  expect(next).not.toBeNull();
  await end(next!, 'done', 61);
  expect(await look()).toBeNull();
});
