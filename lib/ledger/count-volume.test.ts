import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { closeDatabase, prisma } from '@/lib/db';
import { asAdmin, freshDatabase, type TestDatabase } from '@/lib/testing/fresh-database';
import { appendRecords, closeAppenders } from './append-records';
import { countVolume } from './count-volume';
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

async function append(count: number): Promise<void> {
  const records = Array.from({ length: count }, (_, i) =>
    prepareAgentRecord(
      {
        id: randomUUID(),
        timestamp: `2026-11-${String(1 + (i % 9)).padStart(2, '0')}T23:59:59.999Z`,
        action: i % 3 ? 'tool_invoked' : 'data_accessed',
        actor_id: 'a',
        actor_type: 'agent',
        agent_name: i % 2 ? 'x' : 'y',
        data_classification: 'internal',
        conversation_id: `c-${randomUUID()}`,
      },
      SOURCE,
    ),
  );
  await appendRecords(db.ledgers.main, records);
}

/** What the roll-up says, and what a count over everything says. */
const compare = () =>
  asAdmin(db.adminUrl, async (c) => {
    const many = async (sql: string) => (await c.query({ text: sql, values: [db.ledgers.main], rowMode: 'array' })).rows;
    expect(await many('SELECT day::text, action, count FROM volume_counts WHERE ledger_id = $1 ORDER BY 1, 2')).toEqual(
      await many(
        "SELECT (occurred_at AT TIME ZONE 'UTC')::date::text, action, count(*) FROM records WHERE ledger_id = $1 GROUP BY 1, 2 ORDER BY 1, 2",
      ),
    );
    expect(await many('SELECT agent_name, conversations FROM agent_counts WHERE ledger_id = $1 ORDER BY 1')).toEqual(
      await many('SELECT agent_name, count(*) FROM conversations WHERE ledger_id = $1 GROUP BY 1 ORDER BY 1'),
    );
  });

it('counts nothing of an empty ledger', async () => {
  expect(await countVolume(db.ledgers.main)).toEqual({ countedTo: -1n, caughtUp: true });
});

it('counts each entry once while several processes count and others append', async () => {
  for (let round = 0; round < 6; round++) {
    await Promise.all([append(150), ...Array.from({ length: 5 }, () => countVolume(db.ledgers.main))]);
  }
  expect(await countVolume(db.ledgers.main)).toEqual({ countedTo: 899n, caughtUp: true });
  await compare();
});

it('counts nothing twice where a step is undone half-way', async () => {
  await append(60);
  await asAdmin(db.adminUrl, (c) =>
    c.query(`CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'killed'; END $$;
             CREATE TRIGGER fail BEFORE UPDATE ON volume_progress FOR EACH ROW EXECUTE FUNCTION fail()`),
  );
  await expect(countVolume(db.ledgers.main)).rejects.toThrow('killed');
  await asAdmin(db.adminUrl, (c) => c.query('DROP TRIGGER fail ON volume_progress'));
  expect((await prisma().volumeProgress.findUnique({ where: { ledger_id: db.ledgers.main } }))!.counted_to).toBe(899n);
  expect((await countVolume(db.ledgers.main))?.countedTo).toBe(959n);
  await compare();
});
