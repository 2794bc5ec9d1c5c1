import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { closeDatabase } from '@/lib/db';
import { appendRecords, closeAppenders } from '@/lib/ledger/append-records';
import { asAdmin, freshDatabase, type TestDatabase } from '@/lib/testing/fresh-database';
import { signCheckpoints, testSigner } from '@/lib/testing/sign-checkpoints';
import { agentRecord, emptyLedger, variedLedger, verify } from '@/lib/testing/tamper-ledger';

let db: TestDatabase;
let ledger: number;
beforeAll(async () => {
  db = await freshDatabase();
  ledger = await variedLedger(db);
});
afterAll(async () => {
  await closeAppenders();
  await closeDatabase();
  await db.drop();
});

/** SQLSTATE that a statement ends with; undefined where it goes through, after which it is rolled back. */
async function attempt(client: pg.Client, statement: string): Promise<string | undefined> {
  await client.query('BEGIN');
  try {
    await client.query(statement);
    return undefined;
  } catch (error) {
    return (error as { code?: string }).code;
  } finally {
    await client.query('ROLLBACK');
  }
}

const TABLES = () => ['entries', 'records', `records_l${ledger}`, `records_l${ledger}_b0`];
const changes = (table: string) => [
  `UPDATE ${table} SET id = id WHERE ledger_id = ${ledger}`,
  `UPDATE ${table} SET id = id WHERE false`,
  `DELETE FROM ${table} WHERE ledger_id = ${ledger} AND seq = 3`,
  `DELETE FROM ${table} WHERE false`,
  `TRUNCATE ${table}`,
  `TRUNCATE ${table} CASCADE`,
];
/** The trigger's own refusal, and the database's want of a right. */
const REFUSED = 'HF001';
const DENIED = '42501';

describe('entries and records', () => {
  it('refuse every change by a superuser and by the owner, on parents and on leaves', async () => {
    await asAdmin(db.adminUrl, async (c) => {
      for (const role of ['postgres', 'holdfast_owner']) {
        await c.query(`SET ROLE ${role}`);
        for (const table of TABLES())
          for (const change of changes(table)) expect([role, change, await attempt(c, change)]).toEqual([role, change, REFUSED]);
        expect(
          await attempt(
            c,
            `INSERT INTO entries SELECT * FROM entries WHERE ledger_id = ${ledger} AND seq = 1 ON CONFLICT (ledger_id, seq) DO UPDATE SET id = EXCLUDED.id`,
          ),
        ).toBe(REFUSED);
        expect(await attempt(c, `MERGE INTO entries e USING (SELECT 1) x ON e.seq = 1 WHEN MATCHED THEN DELETE`)).toBe(REFUSED);
      }
    });
  });

  it('refuse it too where triggers are switched off for the session', async () => {
    await asAdmin(db.adminUrl, async (c) => {
      for (const mode of ['replica', 'local']) {
        await c.query(`SET session_replication_role = ${mode}`);
        for (const table of TABLES())
          for (const change of changes(table)) expect([mode, change, await attempt(c, change)]).toEqual([mode, change, REFUSED]);
      }
    });
  });

  it('give the application, the pruner and the queue no right to change, to add or to switch anything off', async () => {
    await asAdmin(db.adminUrl, async (c) => {
      for (const role of ['holdfast_app', 'holdfast_pruner', 'holdfast_jobs']) {
        await c.query(`SET ROLE ${role}`);
        for (const table of TABLES())
          for (const change of [
            ...changes(table),
            `INSERT INTO ${table} SELECT * FROM ${table} LIMIT 1`,
            `ALTER TABLE ${table} DISABLE TRIGGER append_only_row`,
            `DROP TABLE ${table}`,
          ])
            expect([role, change, await attempt(c, change)]).toEqual([role, change, DENIED]);
        for (const statement of [
          'SET session_replication_role = replica',
          `SELECT ensure_record_block(${ledger}, 9)`,
          "CALL guard_table('users')",
          'DROP FUNCTION refuse_change() CASCADE',
          'CREATE TABLE public.mine (id int)',
          "UPDATE ledgers SET origin = 'x'",
        ])
          expect([role, statement, await attempt(c, statement)]).toEqual([role, statement, DENIED]);
        await c.query('RESET ROLE');
      }
    });
    const client = new pg.Client({ connectionString: db.appUrl });
    await client.connect();
    expect(await attempt(client, 'SET ROLE holdfast_owner')).toBe(DENIED);
    expect(await attempt(client, 'UPDATE conversations SET record_count = 0')).toBe(DENIED);
    await client.end();
  });

  it('and so does every table that only grows, by a superuser and with triggers switched off', async () => {
    const other = await emptyLedger(db);
    const signer = await testSigner(db, other);
    await appendRecords(
      other,
      Array.from({ length: 300 }, () => agentRecord()),
    );
    await signCheckpoints(db, other, signer, [300]);
    await asAdmin(db.adminUrl, async (c) => {
      await c.query(
        `WITH t AS (INSERT INTO anchor_targets (ledger_id, kind, name, config, every_seconds, created_by) VALUES ($1, 'witness', 'w', '{}', 60, 'a') RETURNING id)
         INSERT INTO anchors SELECT $1, 1, id, 'witness', 'w', now(), '' FROM t`,
        [other],
      );
      const { rows } = await c.query<{ name: string }>(
        `SELECT DISTINCT t.tgrelid::regclass::text AS name FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
          WHERE t.tgname IN ('append_only_row', 'append_only_statement') AND c.relkind IN ('r', 'p') ORDER BY 1`,
      );
      const guarded = rows.map(({ name }) => name);
      for (const name of ['anchors', 'checkpoints', 'entries', 'incarnations', 'ledgers', 'records', 'signer_keys', 'tree_tiles'])
        expect(guarded).toContain(name);
      for (const mode of ['origin', 'replica']) {
        await c.query(`SET session_replication_role = ${mode}`);
        for (const name of guarded) {
          const { rows: columns } = await c.query(
            "SELECT attname FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 AND attidentity = '' ORDER BY attnum LIMIT 1",
            [name],
          );
          const { rows: some } = await c.query(`SELECT FROM ${name} LIMIT 1`);
          if (some.length > 0)
            for (const statement of [`UPDATE ${name} SET ${columns[0].attname} = ${columns[0].attname}`, `DELETE FROM ${name}`])
              expect([mode, statement, await attempt(c, statement)]).toEqual([mode, statement, REFUSED]);
          expect([mode, name, await attempt(c, `TRUNCATE ${name} CASCADE`)]).toEqual([mode, name, REFUSED]);
        }
      }
    });
  });

  it('and a signer’s key that was retired does not come back, whoever asks: it is retired once, and nothing else of it changes', async () => {
    const ledger = await emptyLedger(db);
    await asAdmin(db.adminUrl, async (c) => {
      await c.query(
        "INSERT INTO incarnations (ledger_id, number, origin, size, root) VALUES ($1, 1, 'retired', 0, sha256('')) ON CONFLICT DO NOTHING",
        [ledger],
      );
      await c.query("INSERT INTO signer_keys (ledger_id, incarnation, vkey, kind, from_size) VALUES ($1, 1, 'retired+1', 'ed25519', 2)", [
        ledger,
      ]);
      for (const role of ['postgres', 'holdfast_owner', 'holdfast_app']) {
        await c.query(`SET ROLE ${role}`);
        expect([role, await attempt(c, "UPDATE signer_keys SET to_size = 5 WHERE vkey = 'retired+1'")]).toEqual([role, undefined]);
        expect(await attempt(c, "UPDATE signer_keys SET to_size = 1 WHERE vkey = 'retired+1'")).toBe(REFUSED);
        await c.query('RESET ROLE');
      }
      await c.query("UPDATE signer_keys SET to_size = 5 WHERE vkey = 'retired+1'");
      for (const role of ['postgres', 'holdfast_owner', 'holdfast_app']) {
        await c.query(`SET ROLE ${role}`);
        const refused = role === 'holdfast_app' ? DENIED : REFUSED;
        expect(await attempt(c, "UPDATE signer_keys SET to_size = 9000000000000000000 WHERE vkey = 'retired+1'")).toBe(REFUSED);
        for (const change of [
          "UPDATE signer_keys SET to_size = NULL, vkey = 'x' WHERE vkey = 'retired+1'",
          "DELETE FROM signer_keys WHERE vkey = 'retired+1'",
          'TRUNCATE signer_keys',
        ])
          expect([role, change, await attempt(c, change)]).toEqual([role, change, refused]);
        await c.query('RESET ROLE');
      }
    });
  });

  it('are as they were', async () => {
    expect((await verify(ledger)).verdict).toBe('valid');
  });
});
