import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { closeDatabase } from '@/lib/db';
import { appendRecords, closeAppenders } from '@/lib/ledger/append-records';
import { prepareAgentRecord } from '@/lib/ledger/prepare-record';
import { agentRecord } from '@/lib/testing/agent-record';
import { asAdmin, freshDatabase, type TestDatabase } from '@/lib/testing/fresh-database';
import { RETURNED } from './destroyed-ranges';

let db: TestDatabase;
beforeAll(async () => {
  db = await freshDatabase();
});
afterAll(async () => {
  await closeAppenders();
  await closeDatabase();
  await db.drop();
});

interface Node {
  'Actual Rows': number;
  'Actual Loops': number;
  'Rows Removed by Join Filter'?: number;
  'Rows Removed by Filter'?: number;
  Plans?: Node[];
}
const looked = (node: Node): number =>
  ((node['Rows Removed by Join Filter'] ?? 0) + (node['Rows Removed by Filter'] ?? 0) + node['Actual Rows']) * node['Actual Loops'] +
  (node.Plans ?? []).reduce((sum, one) => sum + looked(one), 0);

it('what is told to be destroyed and is here is looked up range by range, in a ledger that was never analyzed', async () => {
  const key = { key_id: randomUUID(), channel: 'api' } as const;
  for (let at = 0; at < 3_000; at += 500)
    await appendRecords(
      db.ledgers.main,
      Array.from({ length: 500 }, () => prepareAgentRecord(agentRecord(), key)),
    );
  await asAdmin(db.adminUrl, async (c) => {
    await c.query('SET session_replication_role = replica');
    const { rows } = await c.query<{ id: string }>(
      `INSERT INTO destructions (id, ledger_id, number, scope_kind, scope_value, scope_from, scope_to, authority, reason, records, positions_sha256, found, requested_by, requested_by_id)
         VALUES (gen_random_uuid(), $1, 1, 'range', '', 0, 99999, 'a', 'r', 1, sha256(''), '{}', 'ada', gen_random_uuid()) RETURNING id`,
      [db.ledgers.main],
    );
    // One of the records is among them, and positions that nothing stands at.
    await c.query(
      `INSERT INTO destruction_items (destruction_id, ledger_id, block, seqs, destroyed)
         SELECT $1, $2, 0, m, m FROM (SELECT range_agg(int8range(s, s + 1)) AS m FROM generate_series(2998, 6000, 2) s) x`,
      [rows[0]!.id, db.ledgers.main],
    );
    const explained = await c.query(`EXPLAIN (ANALYZE, FORMAT JSON) ${RETURNED}`, [db.ledgers.main, null]);
    expect(looked(explained.rows[0]['QUERY PLAN'][0].Plan)).toBeLessThan(30_000);
    expect((await c.query(RETURNED, [db.ledgers.main, null])).rows).toMatchObject([{ seq: '2998', number: 1 }]);
  });
});
