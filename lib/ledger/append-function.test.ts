import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { entryHash, genesisHash } from '@/lib/chain/entry-hash';
import { closeDatabase } from '@/lib/db';
import type { RecordInput } from '@/lib/schema/record';
import { agentRecord } from '@/lib/testing/agent-record';
import { asAdmin, freshDatabase, type TestDatabase } from '@/lib/testing/fresh-database';
import { readSoundLedger } from '@/lib/testing/read-sound-ledger';
import type { AppendResult } from './append-batch';
import { appendRecord, appendRecords, closeAppenders } from './append-records';
import { APPEND_SQL, encodeBatch } from './encode-batch';
import { nodeSha256 } from './node-sha256';
import { type PreparedRecord, prepareAgentRecord } from './prepare-record';

const SOURCE = { key_id: '0193a1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b', channel: 'api' } as const;
const record = (over: Partial<RecordInput> = {}) => prepareAgentRecord(agentRecord(over), SOURCE);
const BLOCK = 262_144n;

let db: TestDatabase;
let attacker: pg.Client;
beforeAll(async () => {
  db = await freshDatabase();
  attacker = new pg.Client({ connectionString: db.appUrl });
  await attacker.connect();
});
afterEach(() => {
  delete process.env.INGEST_PATIENCE_MS;
});
afterAll(async () => {
  await attacker.end();
  await closeAppenders();
  await closeDatabase();
  await db.drop();
});

function stored(result: AppendResult) {
  if (result.kind !== 'stored') throw new Error(`not stored: ${result.kind}`);
  return result;
}
const makeLedger = (slug: string) =>
  asAdmin(db.adminUrl, async (c) => {
    const { rows } = await c.query("SELECT create_ledger($1, $2, 'agents', $1, false) AS id", [slug, `test.example/ledgers/${slug}`]);
    return rows[0].id as number;
  });
const count = (table: string) => asAdmin(db.adminUrl, async (c) => Number((await c.query(`SELECT count(*) AS n FROM ${table}`)).rows[0].n));

/** A superuser puts an entry of his own at a place, chained to `previous`; inserting is the one thing that no trigger refuses. */
async function plant(ledger: number, seq: bigint, receivedAtUs: bigint, previousHash: Uint8Array, body: PreparedRecord) {
  const bodyHash = nodeSha256(body.body);
  const integrity = entryHash({ seq, receivedAtUs, conversationSeq: 0n, previousHash, bodyHash }, nodeSha256);
  await asAdmin(db.adminUrl, async (c) => {
    await c.query('INSERT INTO entries VALUES ($1, $2, $3, $4, 0, $5, $6, $7, $8)', [
      ledger,
      String(seq),
      body.id,
      String(receivedAtUs),
      bodyHash,
      body.submitted,
      previousHash,
      integrity,
    ]);
    await c.query(
      `INSERT INTO records (ledger_id, seq, body, id, occurred_at, action, actor_id, actor_type, conversation_seq) VALUES ($1, $2, $3, $4, now(), 'x', 'x', 'x', 0)`,
      [ledger, String(seq), body.body, body.id],
    );
  });
  return integrity;
}

describe('the append function, called by an application that was taken over', () => {
  it('writes into the real tables, whatever stands under their names in the caller’s temporary schema', async () => {
    for (const table of ['entries', 'records', 'ledgers', 'conversations', `records_l${db.ledgers.main}_b1`])
      await attacker.query(`CREATE TEMP TABLE ${table} (ledger_id int, seq bigint, id uuid, origin text)`);
    await attacker.query(`CREATE FUNCTION pg_temp.sha256(bytea) RETURNS bytea LANGUAGE sql AS $$ SELECT '\\x00'::bytea $$`);
    await attacker.query(`CREATE FUNCTION pg_temp.clock_timestamp() RETURNS timestamptz LANGUAGE sql AS $$ SELECT 'epoch'::timestamptz $$`);
    await attacker.query(
      `CREATE FUNCTION pg_temp.join(bytea, bytea) RETURNS bytea LANGUAGE sql AS $$ SELECT '\\x00'::bytea $$;
       CREATE OPERATOR pg_temp.|| (LEFTARG = bytea, RIGHTARG = bytea, FUNCTION = pg_temp.join)`,
    );
    await attacker.query('SET search_path = pg_temp, public, pg_catalog');
    const { values } = encodeBatch(db.ledgers.main, [record({ conversation_id: 'c' }), record({ conversation_id: 'c' })]);
    await attacker.query(APPEND_SQL.replaceAll('append_entries', 'public.append_entries'), values);
    await attacker.query('RESET search_path');
    expect((await readSoundLedger(db.adminUrl, db.ledgers.main)).length).toBe(2);
    expect((await attacker.query('SELECT FROM pg_temp.entries UNION ALL SELECT FROM pg_temp.records')).rowCount).toBe(0);
  });

  it('makes the next block of records although the caller has a table of its name', async () => {
    const ledger = await makeLedger('decoy');
    await plant(ledger, BLOCK - 1n, 1n, genesisHash('test.example/ledgers/decoy', nodeSha256), record());
    await attacker.query(`CREATE TEMP TABLE records_l${ledger}_b1 (seq bigint)`);
    const { values } = encodeBatch(ledger, [record()]);
    const { rows } = await attacker.query(APPEND_SQL, values);
    expect(rows[0].o_first).toBe(String(BLOCK));
    expect(await count(`records_l${ledger}_b1`)).toBe(1);
  });

  it('hashes the same, whatever the caller has set for its session', async () => {
    const caller = new pg.Client({ connectionString: db.appUrl });
    await caller.connect();
    try {
      await caller.query(`SET standard_conforming_strings = off; SET bytea_output = escape; SET DateStyle = 'SQL, DMY'; SET TimeZone = 'Asia/Tokyo';
        SET default_transaction_isolation = 'repeatable read'; SET transform_null_equals = on; SET extra_float_digits = 0`);
      const ledger = await makeLedger('settings');
      for (let i = 0; i < 2; i++) await caller.query(APPEND_SQL, encodeBatch(ledger, [record({ conversation_id: 'c' }), record()]).values);
      expect((await readSoundLedger(db.adminUrl, ledger)).length).toBe(4);
    } finally {
      await caller.end();
    }
  });

  it.each([
    'infinity',
    '-infinity',
    '1969-12-31T23:59:59.999Z',
    '10000-01-01T00:00:00Z',
    '294000-01-01T00:00:00Z',
    '4000-01-01T00:00:00Z BC',
  ])('stores no record and no line of the list under a time that no calendar of ours has (%s)', async (time) => {
    const before = await count('entries');
    const { values } = encodeBatch(db.ledgers.main, [record({ conversation_id: 'times' }), record({ conversation_id: 'times' })]);
    for (const [at, times] of [
      [4, `{2026-01-01,"${time}"}`],
      [21, `{"${time}"}`],
      [22, `{"${time}"}`],
    ] as const)
      await expect(
        attacker.query(
          APPEND_SQL,
          values.map((value, i) => (i === at ? times : value)),
        ),
      ).rejects.toMatchObject({ code: '22008' });
    expect(await count('entries')).toBe(before);
  });

  it('stores the first and the last time that a record may bear', async () => {
    for (const timestamp of ['1970-01-01T00:00:00Z', '9999-12-31T23:59:59.999Z'])
      expect(
        (await appendRecord(db.ledgers.main, record({ timestamp, conversation_id: `at-${timestamp}`.replaceAll(':', '') }))).kind,
      ).toBe('stored');
  });

  it('stores nothing of columns that do not fit each other', async () => {
    const before = await count('entries');
    const whole = encodeBatch(db.ledgers.main, [record(), record()]).values;
    const half = encodeBatch(db.ledgers.main, [record()]).values;
    const none = encodeBatch(db.ledgers.main, []).values;
    for (const at of [1, 2, 3, 4, 5, 6, 7])
      for (const other of [half, none])
        await expect(
          attacker.query(
            APPEND_SQL,
            whole.map((value, i) => (i === at ? other[i] : value)),
          ),
        ).rejects.toThrow();
    await expect(attacker.query(APPEND_SQL, none)).rejects.toThrow();
    await expect(attacker.query(APPEND_SQL, encodeBatch(999_999, [record()]).values)).rejects.toMatchObject({ code: 'HF002' });
    expect(await count('entries')).toBe(before);
  });
});

describe('the time of receipt', () => {
  it('never goes back when the clock does, and goes on with the clock afterwards', async () => {
    const ledger = await makeLedger('clock');
    const hourAhead = BigInt(Date.now() + 3_600_000) * 1000n;
    await plant(ledger, 0n, hourAhead, genesisHash('test.example/ledgers/clock', nodeSha256), record());
    for (let i = 0; i < 3; i++) expect(stored(await appendRecord(ledger, record())).receivedAtUs).toBe(hourAhead);
    await readSoundLedger(db.adminUrl, ledger);

    const past = await makeLedger('past');
    await plant(past, 0n, 1n, genesisHash('test.example/ledgers/past', nodeSha256), record());
    const [one, two] = [stored(await appendRecord(past, record())), stored(await appendRecord(past, record()))];
    expect(one.receivedAtUs > 1_700_000_000_000_000n && two.receivedAtUs >= one.receivedAtUs).toBe(true);
  });
});

describe('a batch across the end of a block', () => {
  it('is stored in both, waits for no reader, and what it made is guarded and indexed as the first block is', async () => {
    const ledger = await makeLedger('blocks');
    let hash: Uint8Array = await plant(ledger, BLOCK - 5n, 1n, genesisHash('test.example/ledgers/blocks', nodeSha256), record());
    process.env.INGEST_PATIENCE_MS = '5000';
    const reader = new pg.Client({ connectionString: db.adminUrl });
    await reader.connect();
    await reader.query('BEGIN; SELECT count(*) FROM records; SELECT count(*) FROM ledgers');
    const batch = Array.from({ length: 10 }, () => record({ conversation_id: 'across' }));
    const results = (await appendRecords(ledger, batch)).map(stored);
    const made = await makeLedger('beside-a-reader');
    await reader.query('COMMIT');
    await reader.end();
    expect(results.map((result) => result.seq)).toEqual(batch.map((_, i) => BLOCK - 4n + BigInt(i)));
    for (const [i, result] of results.entries()) {
      const bodyHash = nodeSha256(batch[i].body);
      hash = entryHash(
        { seq: result.seq, receivedAtUs: result.receivedAtUs, conversationSeq: BigInt(i + 1), previousHash: hash, bodyHash },
        nodeSha256,
      );
      expect(result.integrityHash.equals(hash)).toBe(true);
    }
    expect([await count(`records_l${ledger}_b0`), await count(`records_l${ledger}_b1`)]).toEqual([5, 6]);
    expect(made).toBeGreaterThan(ledger);

    const shape = (block: number) =>
      asAdmin(db.adminUrl, async (c) => {
        const leaf = `records_l${ledger}_b${block}`;
        const { rows: triggers } = await c.query(
          'SELECT tgname, tgenabled, tgtype FROM pg_trigger WHERE tgrelid = $1::regclass ORDER BY 1',
          [leaf],
        );
        const { rows: indexes } = await c.query(
          `SELECT replace(pg_get_indexdef(indexrelid), $2, '#') AS def, indisprimary FROM pg_index WHERE indrelid = $1::regclass`,
          [leaf, leaf],
        );
        const plain = indexes.map(({ def, indisprimary }) => ({ def: def.replace(/INDEX \S+ ON/, 'INDEX ON'), indisprimary }));
        const { rows: owner } = await c.query('SELECT pg_get_userbyid(relowner) AS owner, relacl FROM pg_class WHERE oid = $1::regclass', [
          leaf,
        ]);
        return { triggers, owner, indexes: plain.sort((a, b) => (a.def < b.def ? -1 : 1)) };
      });
    const first = await shape(0);
    expect(first.triggers.map((trigger) => trigger.tgenabled)).toEqual(['A', 'A']);
    expect(first.indexes.length).toBeGreaterThan(9);
    expect(await shape(1)).toEqual(first);
    await asAdmin(db.adminUrl, async (c) => {
      for (const change of ['UPDATE # SET id = id', 'DELETE FROM #', 'TRUNCATE #'])
        await expect(c.query(change.replace('#', `records_l${ledger}_b1`))).rejects.toMatchObject({ code: 'HF001' });
    });
  });

  it('that ends with a block is followed by one that begins the next', async () => {
    const ledger = await makeLedger('edges');
    await plant(ledger, BLOCK - 3n, 1n, genesisHash('test.example/ledgers/edges', nodeSha256), record());
    const seqs = (results: AppendResult[]) => results.map((result) => stored(result).seq);
    expect(seqs(await appendRecords(ledger, [record(), record()]))).toEqual([BLOCK - 2n, BLOCK - 1n]);
    expect(seqs(await appendRecords(ledger, [record()]))).toEqual([BLOCK]);
    expect(seqs(await appendRecords(ledger, [record()]))).toEqual([BLOCK + 1n]);
  });
});
