import { afterAll, beforeAll, expect, it } from 'vitest';
import { closeDatabase, pool } from '@/lib/db';
import { derivedId } from '@/lib/policy/registry-derive';
import type { RecordInput } from '@/lib/schema/record';
import { agentRecord } from '@/lib/testing/agent-record';
import { freshDatabase, type TestDatabase } from '@/lib/testing/fresh-database';
import { appendRecord, closeAppenders } from './append-records';
import { prepareAgentRecord } from './prepare-record';

const SOURCE = { key_id: '0193a1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b', channel: 'api' } as const;
let db: TestDatabase;
beforeAll(async () => {
  db = await freshDatabase();
});
afterAll(async () => {
  await closeAppenders();
  await closeDatabase();
  await db.drop();
});

/** Prepared with so many derived records, as one registry or another would have it. */
function withDerived(record: RecordInput, count: number) {
  const derived = Array.from({ length: count }, (_, n) =>
    agentRecord({ id: derivedId(record.id, n), action: 'data_accessed', resource_type: 'x', details: { derived_from: record.id } }),
  );
  return prepareAgentRecord(record, SOURCE, { derived });
}
/** All in one group: what is asked for in one turn travels together. */
const together = async (...records: ReturnType<typeof withDerived>[]) =>
  (await Promise.all(records.map((record) => appendRecord(db.ledgers.main, record)))).map((result) => result.kind);
async function standing(record: RecordInput): Promise<string[]> {
  const ids = [record.id, derivedId(record.id, 0), derivedId(record.id, 1), derivedId(record.id, 2)];
  const { rows } = await pool('ingest').query<{ id: string }>(
    'SELECT id FROM entries WHERE ledger_id = $1 AND id = ANY ($2) ORDER BY seq',
    [db.ledgers.main, ids],
  );
  return rows.map(({ id }) => String(ids.indexOf(id)));
}

it('of two that ask for one record at once, under two registries, one’s derived records are stored and none of the other’s', async () => {
  const record = agentRecord();
  expect(await together(withDerived(record, 1), withDerived(record, 3))).toEqual(['stored', 'duplicate']);
  expect(await standing(record)).toEqual(['0', '1']);
});

it('a record that is stored already brings nothing, though it would have more derived from it by now', async () => {
  const record = agentRecord();
  expect(await together(withDerived(record, 0))).toEqual(['stored']);
  expect(await together(withDerived(record, 2), withDerived(agentRecord(), 0))).toEqual(['duplicate', 'stored']);
  expect(await standing(record)).toEqual(['0']);
});

it('a record whose derived id another takes at the same moment, or took before, is not stored without it', async () => {
  const [first, second] = [agentRecord(), agentRecord()];
  const taking = (record: RecordInput) => withDerived(agentRecord({ id: derivedId(record.id, 1) }), 0);
  expect(await together(taking(first), withDerived(first, 2))).toEqual(['stored', 'conflict']);
  expect(await standing(first)).toEqual(['2']);
  expect(await together(taking(second))).toEqual(['stored']);
  expect(await together(withDerived(second, 2), withDerived(agentRecord(), 1))).toEqual(['conflict', 'stored']);
  expect(await standing(second)).toEqual(['2']);
});
