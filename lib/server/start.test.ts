import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isAlive } from '@/lib/hold-lock';
import { agentRecord } from '@/lib/testing/agent-record';
import { asAdmin } from '@/lib/testing/fresh-database';
import { readSoundLedger } from '@/lib/testing/read-sound-ledger';
import { type App, launchApp, startApp, stopApp, until } from '@/lib/testing/run-app';
import { freePort } from './embedded-postgres';

/** Real starts of the real process, each in a state folder of its own. Pages are left out: their build is tried by the browser tests. */
const ROOT = path.resolve(`.holdfast/test-start-${process.pid}`);
const stateDir = (name: string) => path.join(ROOT, name);
const apps: App[] = [];
beforeAll(() => void mkdirSync(ROOT, { recursive: true }));
afterAll(async () => {
  for (const app of apps) app.kill('SIGKILL');
  await Promise.all(apps.map((app) => app.exited));
  for (const name of readdirSync(ROOT)) {
    const pid = postmaster(stateDir(name));
    if (pid) process.kill(pid, 'SIGQUIT');
  }
  rmSync(ROOT, { recursive: true, force: true });
});
async function start(state: string, ...args: string[]): Promise<App> {
  const app = await startApp({ stateDir: stateDir(state), args });
  apps.push(app);
  return app;
}
async function launch(state: string, options: { port?: number; args?: string[] } = {}): Promise<App> {
  const app = await launchApp({ stateDir: stateDir(state), ...options });
  apps.push(app);
  return app;
}

function postmaster(dir: string): number | null {
  const file = path.join(dir, 'pg/postmaster.pid');
  if (!existsSync(file)) return null;
  const pid = Number(readFileSync(file, 'utf8').split('\n')[0]);
  return isAlive(pid) ? pid : null;
}
function expectNothingLeft(state: string): void {
  expect(existsSync(path.join(stateDir(state), 'pg/postmaster.pid'))).toBe(false);
  expect(readdirSync(stateDir(state)).filter((name) => name.startsWith('start.lock'))).toEqual([]);
  const runs = path.join(stateDir(state), 'run');
  expect(existsSync(runs) ? readdirSync(runs) : []).toEqual([]);
}
const demoFile = (state: string) => JSON.parse(readFileSync(path.join(stateDir(state), 'demo.json'), 'utf8'));
const LONG = { timeout: 180_000 };

describe('a start with the demo', LONG, () => {
  it('that is killed while it posts its history goes on where it was, and what it leaves for scripts is whole and closed to others', async () => {
    const broken = await launch('demo');
    await until(broken, 'demo history:');
    broken.kill('SIGKILL');
    await broken.exited;
    expect(existsSync(path.join(stateDir('demo'), 'demo.json'))).toBe(false);
    const left = postmaster(stateDir('demo'));
    expect(left).not.toBeNull();

    const app = await start('demo');
    expect(app.output()).toContain('found running and taken over');
    expect(app.output()).toContain('were there from an earlier start');
    const file = path.join(stateDir('demo'), 'demo.json');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(path.join(stateDir('demo'), 'secrets.json')).mode & 0o777).toBe(0o600);
    const demo = demoFile('demo');
    expect(Object.keys(demo).sort()).toEqual(
      ['adminDatabaseUrl', 'agentName', 'databaseUrl', 'ingestKey', 'ledger', 'signIns', 'url'].sort(),
    );
    expect(demo.signIns.map((signIn: { role: string }) => signIn.role)).toEqual([
      'auditor',
      'compliance_officer',
      'compliance_officer',
      'administrator',
    ]);
    for (const { email, password } of demo.signIns) expect(app.output()).toMatch(new RegExp(`${email} +${password}`));
    expect(readdirSync(stateDir('demo')).filter((name) => name.startsWith('demo-progress'))).toEqual([]);

    const ledgers = await asAdmin(demo.adminDatabaseUrl, async (c) => (await c.query('SELECT id, slug FROM ledgers ORDER BY slug')).rows);
    expect(ledgers.map((ledger) => ledger.slug)).toEqual(['access', 'demo']);
    for (const { id } of ledgers) await readSoundLedger(demo.adminDatabaseUrl, id);
    const people = await asAdmin(demo.adminDatabaseUrl, async (c) => (await c.query('SELECT count(*)::int AS n FROM users')).rows[0].n);
    expect(people).toBe(4);
    const holds = `SELECT placed_by, released_by FROM legal_holds WHERE ledger_id = (SELECT id FROM ledgers WHERE slug = 'demo') ORDER BY number`;
    const [, first, second] = demo.signIns.map((signIn: { email: string }) => signIn.email);
    expect(await asAdmin(demo.adminDatabaseUrl, async (c) => (await c.query(holds)).rows)).toEqual([
      { placed_by: first, released_by: second },
      { placed_by: first, released_by: null },
      { placed_by: first, released_by: null },
    ]);

    const record = agentRecord({ agent_name: demo.agentName });
    expect((await post(app, demo.ingestKey, record)).status).toBe(201);
    const words = { ...agentRecord({ agent_name: demo.agentName }), content: [{ part: 'prompt', text: 'quick brown patient' }] };
    expect((await post(app, demo.ingestKey, words)).status).toBe(201);
    expect((await post(app, demo.ingestKey, '{"details":"quick brown patient')).status).toBe(400);
    expect((await post(app, 'hf_live_quick-brown-patient', record)).status).toBe(401);
    expect(app.output()).not.toContain('quick');
    expect(await stopApp(app)).toBe(0);
    expectNothingLeft('demo');
    expect(isAlive(left!)).toBe(false);
  });

  it('starts again with the same people and keys and posts nothing, shares its server with a second process, and the last one out stops it', async () => {
    const before = demoFile('demo');
    const one = await start('demo');
    expect(one.output()).not.toContain('demo history');
    const two = await start('demo');
    expect(two.output()).toContain('taken over');
    const { url, databaseUrl: _d, adminDatabaseUrl: _a, ...rest } = demoFile('demo');
    expect(before).toMatchObject(rest);
    expect(url).toBe(`http://localhost:${two.port}`);
    expect(await stopApp(one)).toBe(0);
    expect(one.output()).toContain(`PostgreSQL goes on for process ${two.pid}`);
    expect((await post(two, before.ingestKey, agentRecord({ agent_name: before.agentName }))).status).toBe(201);
    two.kill('SIGTERM');
    expect(await two.exited).toBe(0);
    expectNothingLeft('demo');
  });
});

const post = (app: App, key: string, body: unknown) =>
  fetch(`${app.url}/api/v1/records`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });

describe('a start without the demo', LONG, () => {
  it('made by two processes at once on an empty folder is one installation, and each prints a one-time link', async () => {
    const [one, two] = await Promise.all([start('empty', '--empty'), start('empty', '--empty')]);
    for (const app of [one, two]) {
      expect(app.output()).toMatch(new RegExp(`http://localhost:${app.port}/setup/[A-Za-z0-9_-]{20,}`));
      expect(app.output()).not.toContain('@demo.example');
      expect((await fetch(`${app.url}/api/health`)).status).toBe(200);
    }
    expect(existsSync(path.join(stateDir('empty'), 'demo.json'))).toBe(false);
    expect(await Promise.all([stopApp(one), stopApp(two)])).toEqual([0, 0]);
    expectNothingLeft('empty');
  });

  it('stays without it when the option is forgotten the next time', async () => {
    const app = await start('empty');
    expect(app.output()).toContain('/setup/');
    expect(await stopApp(app)).toBe(0);
    expectNothingLeft('empty');
  });
});

describe('the server of an installation', LONG, () => {
  it('that is killed is started again by one of the processes that use it, and they go on by themselves', async () => {
    const both = await Promise.all([start('killed', '--empty'), start('killed', '--empty')]);
    const killed = postmaster(stateDir('killed'))!;
    process.kill(killed, 'SIGKILL');
    for (const app of both) {
      while ((await fetch(`${app.url}/api/health`)).status !== 200) await new Promise((resolve) => setTimeout(resolve, 50));
    }
    for (const app of both) expect(await stopApp(app)).toBe(0);
    expectNothingLeft('killed');
    // While the killed server's children hold its memory a try may fail; one of the next does not.
    expect(both.map((app) => app.output()).join('')).toContain('PostgreSQL is gone; starting it again');
  });
});

describe('a start that is stopped before it is done', LONG, () => {
  it.each([
    ['PostgreSQL started', 'SIGINT'],
    ['migrations applied', 'SIGTERM'],
    ['demo history:', 'SIGINT'],
  ] as const)('at "%s" leaves nothing running', async (words, signal) => {
    const app = await launch(`stopped-${signal}-${words.length}`);
    await until(app, words);
    app.kill(signal);
    expect(await app.exited).toBe(0);
    expect(app.output()).not.toContain('did not start');
    expectNothingLeft(`stopped-${signal}-${words.length}`);
  });
});

describe('a start that cannot be', LONG, () => {
  it.each(['127.0.0.1', '0.0.0.0', '::'])('on a port that is taken (%s) names it and what to set', async (host) => {
    const port = await freePort();
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(port, host, resolve));
    const app = await launch('taken', { port });
    expect(await app.exited).toBe(1);
    expect(app.output()).toContain(`port ${port} is taken`);
    expect(app.output()).toContain(`PORT=${port + 1} npm start`);
    expect(existsSync(stateDir('taken'))).toBe(false);
    await new Promise((resolve) => other.close(resolve));
  });

  it.each([
    ['--emtpy', ['--emtpy'], undefined, 'Unknown option --emtpy. There are --empty, --ingest-only and --dev.'],
    ['PORT=99999', [], 99_999, 'PORT must be a number from 1 to 65535; it is "99999".'],
  ] as const)('with %s says so', async (_name, args, port, words) => {
    const app = await launch('refused', { args: [...args], ...(port === undefined ? {} : { port }) });
    expect(await app.exited).toBe(1);
    expect(app.output()).toContain(words);
    expect(existsSync(stateDir('refused'))).toBe(false);
  });
});
