import { mkdirSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { insertKey } from '@/lib/auth/api-keys';
import { closeDatabase, prisma } from '@/lib/db';
import { closeAppenders } from '@/lib/ledger/append-records';
import { asAdmin, freshDatabase, type TestDatabase } from '@/lib/testing/fresh-database';
import { makeViewer } from '@/lib/testing/make-person';
import { assertAckedIsThere, postLoad } from '@/lib/testing/post-load';
import { readSoundLedger } from '@/lib/testing/read-sound-ledger';
import { type App, startApp, stopApp } from '@/lib/testing/run-app';
import { verify } from '@/lib/testing/tamper-ledger';
import { revealContent } from '@/lib/words/reveal-content';

/** Processes of the product as they are started in earnest, killed while they seal. */
const STATE = path.resolve(`.holdfast/test-sealing-${process.pid}`);
const FILE = path.join(STATE, 'keys', 'key-encryption-keys.json');
let db: TestDatabase;
let key: string;
const started: App[] = [];
beforeAll(async () => {
  mkdirSync(STATE, { recursive: true });
  db = await freshDatabase();
  // Made by whichever of them is first.
  process.env.VAULT_KEY_FILE = FILE;
  const made = await insertKey(prisma(), {
    ledgerId: db.ledgers.main,
    kind: 'ingest',
    name: 'load',
    agentNames: ['triage'],
    mayWriteUser: false,
    expiresAt: null,
    createdBy: null,
  });
  key = made.secret;
});
afterAll(async () => {
  for (const app of started) app.kill('SIGKILL');
  await Promise.all(started.map((app) => app.exited));
  await closeAppenders();
  await closeDatabase();
  await db.drop();
  rmSync(STATE, { recursive: true, force: true });
});
async function start(name: string): Promise<App> {
  const env = {
    DATABASE_URL: db.appUrl,
    DATABASE_ADMIN_URL: db.adminUrl,
    LOG_LEVEL: 'info',
    INGEST_PATIENCE_MS: '3000',
    VAULT_KEY_FILE: FILE,
  };
  const app = await startApp({ stateDir: path.join(STATE, name), args: ['--empty'], env });
  started.push(app);
  return app;
}
const text = (turn: number) => `The secret of turn ${turn} is kalium. ${'x'.repeat((turn * 977) % 30_000)}`;

it('processes that are killed while they seal leave every acknowledged record with its words, and nothing of others; no word in a log', {
  timeout: 180_000,
}, async () => {
  const apps = await Promise.all(['a', 'b', 'c'].map(start));
  // Two first starts at once made one file of keys, for its owner alone, and said that it has to be kept.
  expect(statSync(FILE).mode & 0o777).toBe(0o600);
  expect(apps.filter((app) => app.output().includes('Back this file up'))).toHaveLength(1);
  const load = postLoad(
    apps.map((app) => app.url),
    key,
    24,
    'triage',
    text,
  );
  await load.more(400);
  for (const victim of apps.slice(0, 2)) {
    victim.kill('SIGKILL');
    expect(await victim.exited).toBe('SIGKILL');
    await load.more(200);
  }
  await load.stop();
  expect(load.strange).toEqual([]);
  const lines = await readSoundLedger(db.adminUrl, db.ledgers.main);
  assertAckedIsThere(load.acked, lines);
  expect(lines.length).toBe(load.acked.size);
  expect(await stopApp(apps[2]!)).toBe(0);
  const { rows } = await asAdmin(db.adminUrl, (c) =>
    c.query('SELECT count(*)::int AS parts, count(DISTINCT record_id)::int AS records FROM content_parts'),
  );
  expect(rows).toEqual([{ parts: lines.length, records: lines.length }]);
  expect(await verify(db.ledgers.main)).toMatchObject({ verdict: 'valid', breaks_total: 0 });
  const auditor = await makeViewer({ [db.ledgers.main]: 'auditor' });
  let opened = 0;
  for (let sender = 0; sender < 9; sender++) {
    for (let after: string | null = '0'; after !== null; ) {
      const wish: { conversation_id: string; purpose: string; after: string } = {
        conversation_id: `sender-${sender}`,
        purpose: 'audit',
        after,
      };
      after = null;
      for await (const line of await revealContent(auditor, 'main', wish)) {
        if ('text' in line) {
          opened++;
          expect(line.text).toMatch(/^The secret of turn \d+ is kalium/);
        } else if ('end' in line) after = line.next_after;
      }
    }
  }
  expect(opened).toBe(lines.length);
  for (const app of apps) expect(app.output()).not.toContain('kalium');
});
