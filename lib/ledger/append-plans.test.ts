import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { closeDatabase } from '@/lib/db';
import { agentRecord } from '@/lib/testing/agent-record';
import { freshDatabase, type TestDatabase } from '@/lib/testing/fresh-database';
import { closeAppenders } from './append-records';
import { APPEND_SQL, encodeBatch } from './encode-batch';
import { prepareAgentRecord } from './prepare-record';

const SOURCE = { key_id: '0193a1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b', channel: 'api' } as const;
const MANY = 4_000;
let db: TestDatabase;
let client: pg.Client;
beforeAll(async () => {
  db = await freshDatabase();
  client = new pg.Client({ connectionString: db.appUrl });
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await closeAppenders();
  await closeDatabase();
  await db.drop();
});

const batch = (size: number) =>
  encodeBatch(
    db.ledgers.main,
    Array.from({ length: size }, () => prepareAgentRecord(agentRecord({ id: randomUUID(), conversation_id: `c-${randomUUID()}` }), SOURCE)),
  ).values;

/** Pages that the append of one record touches, all its statements together. */
async function pagesTouched(): Promise<number> {
  const { rows } = await client.query({
    text: `EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) ${APPEND_SQL}`,
    values: batch(1) as unknown[],
  });
  const plan = rows[0]['QUERY PLAN'][0].Plan;
  return plan['Shared Hit Blocks'] + plan['Shared Read Blocks'] + plan['Shared Dirtied Blocks'];
}

it('one record touches as few pages of a ledger with thousands of conversations, of which no statistics are there yet, as of a young one', async () => {
  await client.query({ name: 'append', text: APPEND_SQL, values: batch(1) as unknown[] });
  await pagesTouched();
  const young = await pagesTouched();
  for (let made = 0; made < MANY; made += 500) await client.query({ name: 'append', text: APPEND_SQL, values: batch(500) as unknown[] });
  expect(await pagesTouched()).toBeLessThan(2 * young + 100);
});
