import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { asAdmin } from '@/lib/testing/fresh-database';
import { migrate } from './migrate';

const OURS = path.resolve('prisma/migrations');

let directory: string;
let url: string;
let made = 0;
beforeAll(() => {
  directory = mkdtempSync(path.join(os.tmpdir(), 'migrations-'));
});
beforeEach(async () => {
  const empty = `test_migrate_${process.pid}_${made++}`;
  await asAdmin(inject('adminUrl'), (c) => c.query(`CREATE DATABASE ${empty}`));
  const changed = new URL(inject('adminUrl'));
  changed.pathname = `/${empty}`;
  url = changed.href;
  rmSync(directory, { recursive: true });
  cpSync(OURS, directory, { recursive: true });
});
afterAll(async () => {
  rmSync(directory, { recursive: true });
  for (let i = 0; i < made; i++)
    await asAdmin(inject('adminUrl'), (c) => c.query(`DROP DATABASE test_migrate_${process.pid}_${i} WITH (FORCE)`));
});

function add(name: string, sql: string): void {
  mkdirSync(path.join(directory, name), { recursive: true });
  writeFileSync(path.join(directory, name, 'migration.sql'), sql);
}
const tables = () =>
  asAdmin(url, async (c) =>
    (await c.query<{ t: string }>("SELECT tablename AS t FROM pg_tables WHERE schemaname = 'public'")).rows.map((r) => r.t),
  );
const ledger = () => asAdmin(url, async (c) => (await c.query('SELECT * FROM _prisma_migrations ORDER BY migration_name')).rows);

describe('migrations at start', () => {
  it('are applied in order, once: the second start has nothing to do', async () => {
    const applied = await migrate(url, directory);
    expect(applied).toEqual([...applied].sort());
    expect(applied.length).toBeGreaterThan(3);
    const before = await ledger();
    expect(before.every((row) => row.finished_at !== null && row.applied_steps_count === 1 && row.checksum.length === 64)).toBe(true);
    expect(await migrate(url, directory)).toEqual([]);
    expect(await ledger()).toEqual(before);
  });

  it('name the file that was changed after it was applied, and do nothing else', async () => {
    const [first] = await migrate(url, directory);
    add(first, 'SELECT 1');
    add('30000101000000_next', 'CREATE TABLE never (id int)');
    await expect(migrate(url, directory)).rejects.toThrow(`Migration ${first} was changed after it was applied here`);
    expect(await tables()).not.toContain('never');
  });

  it('leave nothing of one that fails in the middle, name it, and go on when it is mended', async () => {
    await migrate(url, directory);
    const name = '30000101000000_next';
    add(name, 'SET ROLE holdfast_owner; CREATE TABLE half (id int); SELECT 1/0; CREATE TABLE rest (id int);');
    await expect(migrate(url, directory)).rejects.toThrow(`Migration ${name} was not applied: division by zero`);
    expect(await tables()).not.toContain('half');
    expect((await ledger()).map((row) => row.migration_name)).not.toContain(name);
    add(name, 'CREATE TABLE half (id int)');
    expect(await migrate(url, directory)).toEqual([name]);
  });

  it('leave nothing of one that went through but could not be noted as applied', async () => {
    await migrate(url, directory);
    const name = '30000101000000_next';
    add(name, "CREATE TABLE half (id int); ALTER TABLE _prisma_migrations ADD CONSTRAINT no CHECK (migration_name NOT LIKE '3%')");
    await expect(migrate(url, directory)).rejects.toThrow(`Migration ${name} was not applied`);
    expect(await tables()).not.toContain('half');
    add(name, 'CREATE TABLE half (id int)');
    expect(await migrate(url, directory)).toEqual([name]);
  });

  it('leave nothing of one whose connection was cut, and the next start applies it', async () => {
    await migrate(url, directory);
    const name = '30000101000000_next';
    add(name, 'CREATE TABLE half (id int); SELECT pg_sleep(30);');
    const interrupted = migrate(url, directory);
    const killed = asAdmin(inject('adminUrl'), async (c) => {
      for (;;) {
        const { rowCount } = await c.query(
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1 AND application_name = 'holdfast-migrate' AND query LIKE '%pg_sleep(30)%'",
          [new URL(url).pathname.slice(1)],
        );
        if (rowCount) return;
      }
    });
    await Promise.all([expect(interrupted).rejects.toThrow(), killed]);
    expect(await tables()).not.toContain('half');
    add(name, 'CREATE TABLE half (id int)');
    expect(await migrate(url, directory)).toEqual([name]);
  });

  it('are applied once by two processes that start at the same time on an empty database', async () => {
    const [one, two] = await Promise.all([migrate(url, directory), migrate(url, directory)]);
    expect([one.length, two.length].sort()[0]).toBe(0);
    expect(one.length + two.length).toBe((await ledger()).length);
  });

  it('are understood by a client of the application’s role afterwards', async () => {
    await migrate(url, directory);
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await client.query('SET ROLE holdfast_app');
    expect((await client.query('SELECT count(*)::int AS n FROM ledgers')).rows).toEqual([{ n: 0 }]);
    await client.end();
  });
});
