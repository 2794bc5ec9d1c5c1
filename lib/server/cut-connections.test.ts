import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { insertKey } from '@/lib/auth/api-keys';
import { closeDatabase, pool, prisma } from '@/lib/db';
import { closeAppenders } from '@/lib/ledger/append-records';
import { agentRecord } from '@/lib/testing/agent-record';
import { type CuttingProxy, cutConnections } from '@/lib/testing/cut-connections';
import { asAdmin, freshDatabase, type TestDatabase } from '@/lib/testing/fresh-database';
import { type IngestDoor, openIngestDoor } from '@/lib/testing/open-ingest-door';
import { readSoundLedger } from '@/lib/testing/read-sound-ledger';

let db: TestDatabase;
let proxy: CuttingProxy;
let door: IngestDoor;
beforeAll(async () => {
  db = await freshDatabase();
  proxy = await cutConnections(db.appUrl);
  Object.assign(process.env, { DATABASE_URL: proxy.url, INGEST_PATIENCE_MS: '1500' });
  door = await openIngestDoor(db, ['triage']);
  // The first connections of a busy machine may take longer than that patience; no test is about them.
  await vi.waitFor(async () => expect((await door.post(agentRecord())).status).toBe(201), { timeout: 30_000 });
});
afterEach(() => readSoundLedger(db.adminUrl, db.ledgers.main));
afterAll(async () => {
  delete process.env.INGEST_PATIENCE_MS;
  await door.close();
  await closeAppenders();
  await closeDatabase();
  await proxy.close();
  await db.drop();
});

const there = async (id: string) => (await readSoundLedger(db.adminUrl, db.ledgers.main)).some((line) => line.id === id);
async function send(record: unknown) {
  const response = await door.post(record);
  return { status: response.status, retryAfter: response.headers.get('retry-after'), body: await response.json() };
}

describe('a connection to the database that breaks', () => {
  it.each([
    ['before the database heard of the record', 'before', false],
    ['after the commit and before the answer', 'after', true],
  ] as const)('%s is answered as an unknown outcome, and the same id settles it', async (_name, cut, stored) => {
    for (let round = 0; round < 3; round++) {
      const record = agentRecord({ conversation_id: `cut-${cut}` });
      proxy.next(cut, 'append_entries');
      const first = await send(record);
      expect({ status: first.status, code: first.body.code }).toEqual({ status: 503, code: 'outcome_unknown' });
      expect(Number(first.retryAfter)).toBeGreaterThanOrEqual(1);
      expect(await there(record.id)).toBe(stored);
      const again = await send(record);
      expect({ status: again.status, duplicate: again.body.duplicate }).toEqual({ status: stored ? 200 : 201, duplicate: stored });
    }
  });

  it('while the database works is answered as unknown, and what the retry says is what happened', async () => {
    for (let round = 0; round < 5; round++) {
      const record = agentRecord();
      proxy.next('during', 'append_entries');
      const first = await send(record);
      expect({ status: first.status, code: first.body.code }).toEqual({ status: 503, code: 'outcome_unknown' });
      const again = await send(record);
      expect([200, 201]).toContain(again.status);
      expect(again.body.duplicate).toBe(again.status === 200);
      expect(await there(record.id)).toBe(true);
    }
  });

  it('without a word is given up: what was in flight is unknown, and the next record goes its way', async () => {
    const record = agentRecord();
    proxy.next('silence', 'append_entries');
    const first = await send(record);
    expect({ status: first.status, code: first.body.code }).toEqual({ status: 503, code: 'outcome_unknown' });
    expect((await send(agentRecord())).status).toBe(201);
    expect([200, 201]).toContain((await send(record)).status);
  });

  it('without a word while a key is looked up is answered as nothing stored, and the next request is served', async () => {
    const record = agentRecord();
    proxy.next('silence', 'api_keys');
    const silent = await door.post(record, { authorization: `Bearer ${door.agentOnlyKey}` });
    expect({ status: silent.status, code: (await silent.json()).code }).toEqual({ status: 503, code: 'store_busy' });
    expect((await door.post(record, { authorization: `Bearer ${door.agentOnlyKey}` })).status).toBe(201);
  });

  it('under two batches at once leaves both unknown and loses neither', async () => {
    const batches = Array.from({ length: 8 }, () => Array.from({ length: 100 }, () => agentRecord()));
    proxy.next('after', 'append_entries');
    const before = proxy.cuts();
    const answers = await Promise.all(batches.map(send));
    expect(proxy.cuts()).toBe(before + 1);
    expect(answers.some((answer) => answer.status === 503)).toBe(true);
    const again = await Promise.all(batches.map(send));
    for (const answer of again) expect(answer.body).toMatchObject({ refused: 0 });
    const ids = new Set((await readSoundLedger(db.adminUrl, db.ledgers.main)).map((line) => line.id));
    expect(batches.flat().every((record) => ids.has(record.id))).toBe(true);
  });
});

describe('a lock on the ledger that is not let go', () => {
  it('is answered 503 store_busy, also to those who came later, and nothing of it is stored', async () => {
    const records = Array.from({ length: 12 }, () => agentRecord());
    await asAdmin(db.adminUrl, async (holder) => {
      await holder.query('SELECT pg_advisory_lock(1212564294, $1)', [db.ledgers.main]);
      const answers = await Promise.all(
        records.map(async (record, i) => {
          await new Promise((resolve) => setTimeout(resolve, i * 100));
          return send(record);
        }),
      );
      for (const { status, body } of answers) expect({ status, code: body.code }).toEqual({ status: 503, code: 'store_busy' });
      await holder.query('SELECT pg_advisory_unlock_all()');
    });
    for (const record of records) expect(await there(record.id)).toBe(false);
    for (const record of records) expect((await send(record)).status).toBe(201);
  });
});

describe('a database that has no room', () => {
  it.each(['53100', '53200', '53300', '57014', '40001'])(
    'or another trouble of its own (%s) is answered 503, and taken later',
    async (code) => {
      const record = agentRecord();
      await asAdmin(db.adminUrl, async (c) => {
        await c.query(
          `CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no room' USING ERRCODE = '${code}'; END $$`,
        );
        await c.query('CREATE TRIGGER no_room BEFORE INSERT ON conversations FOR EACH STATEMENT EXECUTE FUNCTION no_room()');
        const refused = await send({ ...record, conversation_id: 'full' });
        expect({ status: refused.status, code: refused.body.code }).toEqual({ status: 503, code: 'store_busy' });
        await c.query('DROP FUNCTION no_room CASCADE');
      });
      expect(await there(record.id)).toBe(false);
      expect((await send({ ...record, conversation_id: 'full' })).status).toBe(201);
    },
  );
});

describe('screens that hold every connection they have', () => {
  it('do not keep a record waiting, nor the first one of a ledger since the start', async () => {
    const cold = await asAdmin(db.adminUrl, async (c) => {
      const made = await c.query("SELECT create_ledger('cold', 'test.example/ledgers/cold', 'agents', 'cold', false) AS id");
      return made.rows[0].id as number;
    });
    const { secret } = await insertKey(prisma(), {
      ledgerId: cold,
      kind: 'ingest',
      name: 'cold',
      agentNames: ['triage'],
      mayWriteUser: false,
      expiresAt: null,
      createdBy: null,
    });
    const gate = new pg.Client({ connectionString: db.adminUrl });
    await gate.connect();
    await gate.query('SELECT pg_advisory_lock(77)');
    let open = false;
    const screens = [
      ...Array.from({ length: 12 }, () => prisma().$queryRaw`SELECT 1 FROM (SELECT pg_advisory_lock_shared(77)) x`),
      ...Array.from({ length: 12 }, () => pool('screens').query('SELECT pg_advisory_lock_shared(77)')),
      ...Array.from({ length: 6 }, () => pool('verification').query('SELECT pg_advisory_lock_shared(77)')),
    ];
    const settled = Promise.allSettled(screens).then(() => {
      open = true;
    });
    try {
      expect((await send(agentRecord())).status).toBe(201);
      expect((await send(agentRecord({ agent_name: 'another' }))).status).toBe(403);
      expect((await door.post(agentRecord(), { authorization: `Bearer ${secret}` })).status).toBe(201);
      expect(open).toBe(false);
    } finally {
      await gate.end();
      await settled;
    }
  });
});
