import { chmodSync, chownSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { agentRecord } from '@/lib/testing/agent-record';
import { asAdmin } from '@/lib/testing/fresh-database';
import { readSoundLedger } from '@/lib/testing/read-sound-ledger';
import { type App, launchApp, startApp, stopApp } from '@/lib/testing/run-app';
import { withLogin } from './database-roles';

/** Starts on a server of the operator's, and by other accounts than the one that tests. */
const ROOT = path.resolve(`.holdfast/test-elsewhere-${process.pid}`);
const isRoot = process.getuid?.() === 0;
const NOBODY = { uid: 65_534, gid: 65_534 };
const LONG = { timeout: 180_000 };
const databases: string[] = [];
const apps: App[] = [];
beforeAll(() => void mkdirSync(ROOT, { recursive: true }));
afterAll(async () => {
  for (const app of apps) app.kill('SIGKILL');
  await Promise.all(apps.map((app) => app.exited));
  await asAdmin(inject('adminUrl'), async (c) => {
    for (const name of databases) await c.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
  });
  rmSync(ROOT, { recursive: true, force: true });
});

async function emptyDatabase(): Promise<string> {
  const name = `test_elsewhere_${process.pid}_${databases.length}`;
  databases.push(name);
  await asAdmin(inject('adminUrl'), (c) => c.query(`CREATE DATABASE ${name}`));
  const url = new URL(inject('adminUrl'));
  url.pathname = `/${name}`;
  return url.href;
}

/** What the application may do with the address that it uses itself. */
async function expectOnlyAppends(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  expect((await client.query('SELECT current_user')).rows).toEqual([{ current_user: 'holdfast_app' }]);
  for (const change of [
    'INSERT INTO entries SELECT * FROM entries LIMIT 1',
    'INSERT INTO records SELECT * FROM records LIMIT 1',
    'UPDATE entries SET seq = seq',
    'DELETE FROM records',
    'TRUNCATE entries',
    'UPDATE conversations SET record_count = 0',
  ])
    await expect(client.query(change)).rejects.toMatchObject({ code: '42501' });
  await client.end();
}

describe('with a server of the operator’s', LONG, () => {
  it('and one login for everything, the application itself runs without a right to write, and the demo is posted there', async () => {
    const url = await emptyDatabase();
    const state = path.join(ROOT, 'one-login');
    const app = await startApp({ stateDir: state, env: { DATABASE_URL: url } });
    apps.push(app);
    expect(app.output()).toContain(`using the PostgreSQL server of DATABASE_URL (${new URL(url).host})`);
    expect(existsSync(path.join(state, 'pg'))).toBe(false);
    const demo = JSON.parse(readFileSync(path.join(state, 'demo.json'), 'utf8'));
    await expectOnlyAppends(demo.databaseUrl);
    const record = agentRecord({ agent_name: demo.agentName });
    const answer = await fetch(`${app.url}/api/v1/records`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${demo.ingestKey}` },
      body: JSON.stringify(record),
    });
    expect(answer.status).toBe(201);
    const ledgers = await asAdmin(url, async (c) => (await c.query('SELECT id FROM ledgers')).rows);
    for (const { id } of ledgers) await readSoundLedger(url, id);
    expect(await stopApp(app)).toBe(0);
    expect((await asAdmin(url, async (c) => (await c.query('SELECT 1 AS up')).rows))[0].up).toBe(1);
  });

  it('and two logins, the first is the application’s and the second makes the tables', async () => {
    const adminUrl = await emptyDatabase();
    const appUrl = withLogin(adminUrl, 'holdfast_app', 'app');
    const app = await startApp({
      stateDir: path.join(ROOT, 'two-logins'),
      args: ['--empty'],
      env: { DATABASE_URL: appUrl, DATABASE_ADMIN_URL: adminUrl },
    });
    apps.push(app);
    expect(app.output()).toMatch(/\/setup\/[A-Za-z0-9_-]{20,}/);
    await expectOnlyAppends(appUrl);
    expect((await fetch(`${app.url}/api/health`)).status).toBe(200);
    const { rows } = await asAdmin(adminUrl, (c) =>
      c.query('SELECT DISTINCT usename FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()'),
    );
    expect(rows.map((row) => row.usename)).toEqual(['holdfast_app']);
    expect(await stopApp(app)).toBe(0);
  });

  it('that cannot be reached, says so and ends', async () => {
    const app = await launchApp({
      stateDir: path.join(ROOT, 'nowhere'),
      env: { DATABASE_URL: 'postgresql://someone:secret-word@127.0.0.1:1/holdfast' },
    });
    apps.push(app);
    expect(await app.exited).toBe(1);
    expect(app.output()).toContain('did not start');
    expect(app.output()).toContain('127.0.0.1:1');
    expect(app.output()).not.toContain('secret-word');
  });
});

describe.runIf(isRoot)('by another account', LONG, () => {
  it('that is no root, a fresh checkout of its own starts, serves, stops and starts again', async () => {
    const checkout = path.join(ROOT, 'checkout');
    mkdirSync(path.join(checkout, 'node_modules'), { recursive: true });
    for (const name of ['lib', 'package.json', 'tsconfig.json']) cpSync(name, path.join(checkout, name), { recursive: true });
    cpSync('prisma', path.join(checkout, 'prisma'), { recursive: true });
    for (const name of readdirSync('node_modules'))
      if (!name.startsWith('.')) symlinkSync(path.resolve('node_modules', name), path.join(checkout, 'node_modules', name));
    const give = (at: string) => {
      chownSync(at, NOBODY.uid, NOBODY.gid);
      if (at !== path.join(checkout, 'node_modules') && statSync(at).isDirectory())
        for (const name of readdirSync(at)) give(path.join(at, name));
    };
    give(checkout);
    for (let round = 0; round < 2; round++) {
      const app = await startApp({ stateDir: path.join(checkout, '.holdfast'), root: checkout, args: ['--empty'], account: NOBODY });
      apps.push(app);
      expect((await fetch(`${app.url}/api/health`)).status).toBe(200);
      expect(statSync(path.join(checkout, '.holdfast/pg')).uid).toBe(NOBODY.uid);
      expect(await stopApp(app)).toBe(0);
      expect(existsSync(path.join(checkout, '.holdfast/pg/postmaster.pid'))).toBe(false);
    }
  });

  it('that runs the server cannot reach a folder below a closed one, and is told what to do', async () => {
    const closed = path.join(ROOT, 'closed');
    mkdirSync(closed);
    chmodSync(closed, 0o700);
    const app = await launchApp({ stateDir: path.join(closed, 'state') });
    apps.push(app);
    expect(await app.exited).toBe(1);
    expect(app.output()).toContain('a folder above it is closed to others');
    expect(app.output()).toMatch(/chmod o\+x|DATABASE_URL/);
    expect(readdirSync(path.join(closed, 'state')).filter((name) => name.startsWith('start.lock'))).toEqual([]);
  });
});
if (!isRoot) console.warn('skipped: starts by another account are tried where the tests run as root');
