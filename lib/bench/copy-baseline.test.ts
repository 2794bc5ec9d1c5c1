import { afterAll, beforeAll, expect, it } from 'vitest';
import { closeDatabase } from '@/lib/db';
import { asAdmin, freshDatabase, type TestDatabase } from '@/lib/testing/fresh-database';
import { copyRate, makePayload } from './copy-baseline';
import { makeRecords } from './make-records';

let db: TestDatabase;
beforeAll(async () => {
  db = await freshDatabase();
});
afterAll(async () => {
  await closeDatabase();
  await db.drop();
});

it('the baseline fills every column that append fills, so that the ratio to it compares the same work', async () => {
  const ledgerId = db.ledgers.main;
  expect(await copyRate(db.adminUrl, [makePayload(ledgerId, 0, makeRecords(300, 1))])).toBeGreaterThan(0);
  const { rows } = await asAdmin(db.adminUrl, (client) =>
    client.query(
      `SELECT (SELECT count(*)::int FROM entries WHERE ledger_id = $1) AS entries, (SELECT count(*)::int FROM records WHERE ledger_id = $1) AS records,
              (SELECT sum(record_count)::int FROM conversations WHERE ledger_id = $1) AS counted,
              (SELECT bool_and(agent_seqs = int8multirange(int8range(1, record_count + 1))) FROM conversations WHERE ledger_id = $1) AS numbered,
              (SELECT bool_and(tool = 'lookup' AND NOT phi) FROM records WHERE ledger_id = $1) AS named`,
      [ledgerId],
    ),
  );
  expect(rows).toEqual([{ entries: 300, records: 300, counted: 300, numbered: true, named: true }]);
});
