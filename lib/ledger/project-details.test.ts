import { randomUUID } from 'node:crypto';
import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import type pg from 'pg';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { canonicalize, type JsonValue } from '@/lib/chain/canonical-json';
import { projectMembers } from '@/lib/chain/project-details';
import { closeDatabase, prisma } from '@/lib/db';
import { migrate } from '@/lib/server/migrate';
import { asAdmin, freshDatabase, type TestDatabase } from '@/lib/testing/fresh-database';
import { appendRecords, closeAppenders } from './append-records';
import { appendWithin } from './append-within';
import { prepareAccessRecord, prepareAgentRecord } from './prepare-record';

const SOURCE = { key_id: '0193a1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b', channel: 'api' } as const;
const name = fc.oneof(
  fc.constantFrom('ehr.read', 'a"b\\c', 'two words', 'x'.repeat(128), 'x'.repeat(129), 'ü', ' ', ''),
  fc.string({ unit: 'grapheme' }),
);
const member = fc.oneof({ weight: 3, arbitrary: name }, fc.constantFrom<JsonValue>(true, false, 0, ['ehr.read'], { tool: 'inner' }));
const details = fc.record(
  {
    tool: member,
    model: member,
    contains_phi: fc.oneof(fc.constant(true), member),
    free: member,
    nested: fc.constant({ tool: 'no', contains_phi: true }),
  },
  { requiredKeys: [] },
);
const domains = fc
  .uniqueArray(fc.constantFrom('hipaa', 'soc2', 'pci-dss', 'a'.repeat(32), 'gdpr'), { maxLength: 4 })
  .map((all) => all.sort());
const record = fc
  .record({ details: fc.option(details, { nil: undefined }), domains: fc.option(domains, { nil: undefined }) })
  .map(({ details, domains }) => ({
    ...(details && { details: details as { [name: string]: JsonValue } }),
    ...(domains?.length && { domains }),
  }));

const COLUMNS = 'SELECT body, tool, model, domains, phi FROM records WHERE ledger_id = $1 ORDER BY seq';
function expectColumns(rows: { body: Buffer; tool: string | null; model: string | null; domains: string | null; phi: boolean }[]): void {
  for (const { body, ...columns } of rows) {
    const decoded = JSON.parse(body.toString('utf8')) as { details?: unknown; domains?: unknown };
    expect(columns, body.toString('utf8')).toEqual(projectMembers(decoded.details, decoded.domains));
  }
}

async function shape(c: pg.Client, leaf: string) {
  const of = async (sql: string) =>
    (await c.query(sql, [leaf])).rows
      .map((row) =>
        Object.values(row)
          .join(' ')
          .replaceAll(leaf, '#')
          .replace(/INDEX \S+/, 'INDEX'),
      )
      .sort();
  return {
    columns: await of(
      'SELECT attnum, attname, atttypid, attcollation, attnotnull, attgenerated, attinhcount, attislocal FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0',
    ),
    triggers: await of('SELECT tgname, tgenabled, tgtype, tgparentid <> 0 FROM pg_trigger WHERE tgrelid = $1::regclass'),
    indexes: await of(
      'SELECT pg_get_indexdef(indexrelid), indisprimary, EXISTS (SELECT FROM pg_inherits WHERE inhrelid = indexrelid) FROM pg_index WHERE indrelid = $1::regclass',
    ),
    constraints: await of('SELECT pg_get_constraintdef(oid), conislocal, coninhcount FROM pg_constraint WHERE conrelid = $1::regclass'),
    table: await of(
      "SELECT pg_get_userbyid(relowner), relacl, relkind, regexp_replace(pg_get_expr(relpartbound, oid), '\\d{3,}', 'n', 'g') <> '' FROM pg_class WHERE oid = $1::regclass",
    ),
  };
}

let db: TestDatabase;
beforeAll(async () => {
  db = await freshDatabase();
});
afterAll(async () => {
  await closeAppenders();
  await closeDatabase();
  await db.drop();
});

it('what is searched by stands beside the body as the body says, whichever way a record was appended', async () => {
  const samples = fc.sample(record, { numRuns: 200, seed: 7 });
  const base = {
    timestamp: '2026-11-20T12:00:00Z',
    action: 'tool_invoked',
    actor_id: 'a',
    actor_type: 'agent',
    agent_name: 'a',
    data_classification: 'internal',
  } as const;
  await appendRecords(
    db.ledgers.main,
    samples.map((one, i) =>
      prepareAgentRecord({ ...base, id: randomUUID(), ...(i % 2 && { conversation_id: `c-${i % 7}` }), ...one }, SOURCE),
    ),
  );
  const kept = { details: { tool: 'kept', contains_phi: true }, domains: ['soc2', 'hipaa'] };
  await appendRecords(db.ledgers.main, [
    prepareAgentRecord({ ...base, id: randomUUID(), details: { tool: 'sent', model: 'm' } }, SOURCE, kept),
  ]);
  await prisma().$transaction((tx) =>
    appendWithin(
      tx,
      db.ledgers.main,
      prepareAccessRecord({
        action: 'search_run',
        actor_id: 'x',
        actor_type: 'user',
        details: { model: 'm', tool: 't', contains_phi: true },
        source: { channel: 'dashboard' },
      }),
    ),
  );
  const { rows } = await asAdmin(db.adminUrl, (c) => c.query(COLUMNS, [db.ledgers.main]));
  expect(rows.length).toBe(202);
  expect(rows[200]).toMatchObject({ tool: 'kept', model: null, domains: 'hipaa,soc2', phi: true });
  expect(rows[201]).toMatchObject({ tool: 't', model: 'm', phi: true });
  expectColumns(rows);
});

it('an installation that has records already gets the same from their bodies, in leaves that are what new ones are', async () => {
  const directory = mkdtempSync(path.join(os.tmpdir(), 'migrations-'));
  const database = `test_project_${process.pid}`;
  await asAdmin(inject('adminUrl'), (c) => c.query(`CREATE DATABASE ${database}`));
  const url = new URL(inject('adminUrl'));
  url.pathname = `/${database}`;
  try {
    const ours = path.resolve('prisma/migrations');
    const search = readdirSync(ours).find((each) => each.endsWith('_search'))!;
    cpSync(ours, directory, { recursive: true, filter: (from) => !/^\d{14}_/.test(path.basename(from)) || path.basename(from) < search });
    await migrate(url.href, directory);
    const odd = [
      'not json "tool":',
      '{"details":{"tool":"a\\u0000"}}',
      '{"details":{"tool":"\\ud800"}}',
      '{"details":["tool"],"domains":{"tool":"x"}}',
    ].map((text) => Buffer.from(text));
    odd.push(Buffer.from([0x7b, 0x22, 0x74, 0x6f, 0x6f, 0x6c, 0x22, 0x3a, 0xff, 0x7d]));
    const bodies = fc.sample(record, { numRuns: 300, seed: 11 }).map((one) => canonicalize({ v: 1, ...one } as JsonValue));
    await asAdmin(url.href, async (c) => {
      const ledger = (await c.query("SELECT create_ledger('l', 'test.example/l', 'agents', 'l', false) AS id")).rows[0].id as number;
      await c.query(
        `INSERT INTO records (ledger_id, seq, body, id, occurred_at, action, actor_id, actor_type, conversation_seq)
         SELECT $1, o - 1, u, gen_random_uuid(), now(), 'x', 'x', 'x', 0 FROM unnest($2::bytea[]) WITH ORDINALITY AS b (u, o)`,
        [ledger, [...bodies.map((text) => Buffer.from(text)), ...odd]],
      );
      const before = await c.query('SELECT seq, body, id FROM records ORDER BY seq');
      cpSync(path.join(ours, search), path.join(directory, search), { recursive: true });
      await migrate(url.href, directory);
      const { rows } = await c.query(COLUMNS, [ledger]);
      expectColumns(rows.slice(0, 300));
      expect(new Set(rows.slice(0, 300).map((row) => row.phi))).toEqual(new Set([true, false]));
      for (const row of rows.slice(300)) expect(row).toMatchObject({ tool: null, model: null, domains: null, phi: false });
      expect((await c.query('SELECT seq, body, id FROM records ORDER BY seq')).rows).toEqual(before.rows);
      // The leaf that was there is what a new one is: guarded, indexed, owned and bounded in the same way.
      await c.query('SET ROLE holdfast_owner');
      await c.query('SELECT ensure_record_block($1, 1)', [ledger]);
      await c.query('RESET ROLE');
      expect(await shape(c, `records_l${ledger}_b0`)).toEqual(await shape(c, `records_l${ledger}_b1`));
      for (const change of ["UPDATE # SET tool = 'x'", 'DELETE FROM #', 'TRUNCATE #'])
        for (const table of ['records', `records_l${ledger}`, `records_l${ledger}_b0`])
          await expect(c.query(change.replace('#', table))).rejects.toMatchObject({ code: 'HF001' });
    });
  } finally {
    rmSync(directory, { recursive: true });
    await asAdmin(inject('adminUrl'), (c) => c.query(`DROP DATABASE ${database} WITH (FORCE)`));
  }
});
