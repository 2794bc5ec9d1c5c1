import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { insertKey } from '@/lib/auth/api-keys';
import { closeDatabase, prisma } from '@/lib/db';
import { agentRecord } from '@/lib/testing/agent-record';
import { asAdmin, freshDatabase, type TestDatabase } from '@/lib/testing/fresh-database';
import { assertAckedIsThere, postLoad } from '@/lib/testing/post-load';
import { readSoundLedger } from '@/lib/testing/read-sound-ledger';
import { type App, startApp, stopApp } from '@/lib/testing/run-app';
import { enableLogins, withLogin } from './database-roles';
import { freePort, startPostgres } from './embedded-postgres';
import { migrate } from './migrate';

/** Processes of the product as they are started in earnest, killed while they work. */
const STATE = path.resolve(`.holdfast/test-apps-${process.pid}`);
const newKey = (ledgerId: number) =>
  insertKey(prisma(), {
    ledgerId,
    kind: 'ingest',
    name: 'load',
    agentNames: ['triage'],
    mayWriteUser: false,
    expiresAt: null,
    createdBy: null,
  });
const appOn = (appUrl: string, adminUrl: string, name: string) =>
  startApp({
    stateDir: path.join(STATE, name),
    args: ['--empty'],
    env: { DATABASE_URL: appUrl, DATABASE_ADMIN_URL: adminUrl, LOG_LEVEL: 'warn', INGEST_PATIENCE_MS: '3000' },
  });

let db: TestDatabase;
let key: string;
const started: App[] = [];
let stopServer = () => {};
beforeAll(async () => {
  mkdirSync(STATE, { recursive: true });
  db = await freshDatabase();
  key = (await newKey(db.ledgers.main)).secret;
});
afterAll(async () => {
  for (const app of started) app.kill('SIGKILL');
  await Promise.all(started.map((app) => app.exited));
  stopServer();
  await closeDatabase();
  await db.drop();
  rmSync(STATE, { recursive: true, force: true });
});
async function start(name: string): Promise<App> {
  const app = await appOn(db.appUrl, db.adminUrl, name);
  started.push(app);
  return app;
}
const lines = () => readSoundLedger(db.adminUrl, db.ledgers.main);

const LONG = { timeout: 180_000 };

describe('several processes on one ledger', LONG, () => {
  it('take 64 senders into one dense chain, are killed one by one, and what was acknowledged stays', async () => {
    const apps = await Promise.all(['a', 'b', 'c', 'd'].map(start));
    const urls = apps.map((app) => app.url);
    const load = postLoad(urls, key, 64);
    await load.more(1_500);
    // Three are killed in the middle of it; the senders go on at the next address under the same ids.
    for (const victim of apps.slice(0, 3)) {
      victim.kill('SIGKILL');
      expect(await victim.exited).toBe('SIGKILL');
      await load.more(300);
    }
    await load.stop();
    expect(load.strange).toEqual([]);
    const there = await lines();
    assertAckedIsThere(load.acked, there);
    // Every sender went on until its last record was acknowledged: nothing is there that nobody sent, or twice.
    expect(there.length).toBe(load.acked.size);
    expect(await stopApp(apps[3])).toBe(0);
  });

  it('store an id once that is sent a hundred times at once to two of them, and give everyone the same receipt', async () => {
    const apps = await Promise.all(['e', 'f'].map(start));
    const record = agentRecord({ conversation_id: 'hundred' });
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${key}` };
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, i) =>
        fetch(`${apps[i % 2].url}/api/v1/records`, { method: 'POST', headers, body: JSON.stringify(record) }),
      ),
    );
    const receipts = await Promise.all(answers.map((answer) => answer.json()));
    expect(answers.map((answer) => answer.status).sort()).toEqual([...Array(99).fill(200), 201]);
    expect(new Set(receipts.map(({ duplicate: _, ...receipt }) => JSON.stringify(receipt))).size).toBe(1);
    expect((await lines()).filter((line) => line.id === record.id).length).toBe(1);

    // The same two, told to stop while they are busy.
    const load = postLoad(
      apps.map((app) => app.url),
      key,
      32,
    );
    await load.more(300);
    apps[0].kill('SIGTERM');
    expect(await apps[0].exited).toBe(0);
    await load.more(200);
    apps[1].kill('SIGTERM');
    expect(await apps[1].exited).toBe(0);
    await load.abandon();
    expect(load.strange).toEqual([]);
    // Refused connections only: no answer was cut off, for then the retry would have been a duplicate.
    expect(load.answers.get('200') ?? 0).toBe(0);
    assertAckedIsThere(load.acked, await lines());
  });
});

describe('the database killed under load', LONG, () => {
  it('loses nothing that was acknowledged, in several rounds, and the processes find it again by themselves', async () => {
    const dir = path.join(STATE, 'pg');
    const port = await freePort();
    const up = () => startPostgres({ dir, password: 'test', port });
    const server = await up();
    stopServer = () => server.stop('immediate');
    const adminUrl = server.adminUrl('postgres');
    await migrate(adminUrl, path.resolve('prisma/migrations'));
    await enableLogins(adminUrl, { holdfast_app: 'app', holdfast_jobs: 'jobs' });
    const appUrl = withLogin(adminUrl, 'holdfast_app', 'app');
    const ledger = await asAdmin(adminUrl, async (c) => {
      const make = async (slug: string, kind: string) =>
        (await c.query('SELECT create_ledger($1, $2, $3, $1, false) AS id', [slug, `crash.example/ledgers/${slug}`, kind])).rows[0].id;
      await make('access', 'access');
      return (await make('main', 'agents')) as number;
    });
    const elsewhere = process.env.DATABASE_URL;
    await closeDatabase();
    process.env.DATABASE_URL = appUrl;
    const { secret } = await newKey(ledger);
    await closeDatabase();
    process.env.DATABASE_URL = elsewhere;

    const apps = await Promise.all(['g', 'h'].map((name) => appOn(appUrl, adminUrl, name)));
    started.push(...apps);
    const load = postLoad(
      apps.map((app) => app.url),
      secret,
      24,
    );
    await load.more(300);
    for (let round = 0; round < 3; round++) {
      process.kill(Number(readFileSync(path.join(dir, 'postmaster.pid'), 'utf8').split('\n')[0]), 'SIGKILL');
      await restarted(up);
      await load.more(300);
      const soFar = new Map(load.acked);
      assertAckedIsThere(soFar, await readSoundLedger(adminUrl, ledger));
    }
    await load.stop();
    expect(load.strange).toEqual([]);
    const there = await readSoundLedger(adminUrl, ledger);
    assertAckedIsThere(load.acked, there);
    expect(there.length).toBe(load.acked.size);
    // A 503 said what it was; no request was left without an answer.
    expect(load.answers.get('network') ?? 0).toBe(0);
    for (const app of apps) expect(await stopApp(app)).toBe(0);
  });

  /** The killed server's children hold its shared memory for a moment longer. */
  async function restarted(up: () => ReturnType<typeof startPostgres>): Promise<void> {
    for (;;) {
      try {
        const server = await up();
        const client = new pg.Client({ connectionString: server.adminUrl('postgres') });
        client.on('error', () => {});
        await client.connect();
        await client.end();
        return;
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
  }
});
