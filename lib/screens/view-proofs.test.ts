import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Viewer } from '@/lib/auth/viewer';
import { closeDatabase, prisma } from '@/lib/db';
import { appendRecords, closeAppenders } from '@/lib/ledger/append-records';
import { prepareAgentRecord } from '@/lib/ledger/prepare-record';
import { agentRecord } from '@/lib/testing/agent-record';
import { asAdmin, freshDatabase, type TestDatabase } from '@/lib/testing/fresh-database';
import { accessRecords, makeViewer } from '@/lib/testing/make-person';
import { signCheckpoints, testSigner } from '@/lib/testing/sign-checkpoints';
import { viewExports } from './view-exports';
import { viewFrame } from './view-frame';
import { viewIntegrity } from './view-integrity';
import { viewProofSettings } from './view-proofs';

const SOURCE = { key_id: '0193a1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b', channel: 'api' } as const;
let db: TestDatabase;
let auditor: Viewer;
let administrator: Viewer;
let stranger: Viewer;
const params = (text: string) => new URLSearchParams(text);

beforeAll(async () => {
  db = await freshDatabase();
  auditor = await makeViewer({ [db.ledgers.main]: 'auditor' });
  administrator = await makeViewer({ [db.ledgers.main]: 'administrator' });
  stranger = await makeViewer({});
  const records = Array.from({ length: 120 }, () => prepareAgentRecord(agentRecord({ id: randomUUID() }), SOURCE));
  await appendRecords(db.ledgers.main, records);
  const signer = await testSigner(db, db.ledgers.main);
  const sizes = Array.from({ length: 120 }, (_, i) => i + 1);
  await signCheckpoints(db, db.ledgers.main, signer, sizes, () => true);
  await prisma().alarm.create({ data: { ledger_id: db.ledgers.main, kind: 'anchor_old', detail: { say: 'Nothing for an hour.' } } });
  await prisma().anchorTarget.create({
    data: {
      ledger_id: db.ledgers.main,
      kind: 'email',
      name: 'Auditor',
      config: { to: ['a@example.org'], secret: 'not to be seen' },
      every_seconds: 60,
      created_by: 'test',
    },
  });
});
afterAll(async () => {
  await closeAppenders();
  await closeDatabase();
  await db.drop();
});

it('pages checkpoints by their number, and says the newest on every page', async () => {
  const seen: string[] = [];
  let next: string | null = null;
  do {
    const page = await viewIntegrity(auditor, { params: params(next === null ? '' : `checkpoint=${next}`) });
    expect(page.newest_checkpoint?.number).toBe('120');
    seen.push(...page.proofs.checkpoints.map(({ number }) => number));
    next = page.proofs.next_before;
  } while (next !== null);
  expect(seen).toEqual(Array.from({ length: 120 }, (_, i) => String(120 - i)));
  await expect(viewIntegrity(auditor, { params: params('checkpoint=1;DROP') })).rejects.toMatchObject({ code: 'format' });
});

it('says in every frame what is signed and alarmed, and nothing of a ledger on which somebody holds no role', async () => {
  const { frame } = await viewIntegrity(administrator, {});
  expect(frame.proof).toMatchObject({ checkpoint: { number: '120', size: '120' }, anchor: null, configured: true, incarnation: 1 });
  expect(frame.proof.alarms).toMatchObject([{ kind: 'anchor_old', say: 'Nothing for an hour.' }]);
  expect((await viewFrame(stranger, 'main')).proof).toEqual({
    checkpoint: null,
    anchor: null,
    configured: false,
    alarms: [],
    incarnation: 1,
  });
});

it('shows places outside without anything but where they are', async () => {
  const { targets } = await viewProofSettings(administrator, {});
  expect(targets).toMatchObject([{ name: 'Auditor', where: 'a@example.org', failures: 0 }]);
  expect(JSON.stringify(targets)).not.toContain('not to be seen');
});

it('gives settings to administrators and exports to auditors, and records each look and each refusal', async () => {
  const before = (await accessRecords(db.ledgers.access)).length;
  await viewProofSettings(administrator, {});
  await viewExports(auditor, {});
  await expect(viewProofSettings(auditor, {})).rejects.toMatchObject({ code: 'forbidden' });
  await expect(viewExports(administrator, {})).rejects.toMatchObject({ code: 'forbidden' });
  await expect(viewExports(auditor, { params: params('before=yesterday') })).rejects.toMatchObject({ code: 'format' });
  const looks = (await accessRecords(db.ledgers.access)).slice(before);
  expect(looks.map(({ action, details }) => [action, (details as { screen: string }).screen])).toEqual([
    ['screen_viewed', '/settings/proofs'],
    ['screen_viewed', '/exports'],
    ['access_denied', '/settings/proofs'],
    ['access_denied', '/exports'],
  ]);
});

it('lists exports newest first, with the state and the hash of each', async () => {
  await asAdmin(db.adminUrl, async (client) => {
    for (let i = 0; i < 3; i++) {
      const id = randomUUID();
      await client.query(
        `INSERT INTO jobs (id, kind, ledger_id, params, state, requested_by) VALUES ($1, 'evidence', $2, '{}', 'done', 'a@b')`,
        [id, db.ledgers.main],
      );
      await client.query(
        `INSERT INTO exports (id, ledger_id, kind, scope, requested_by, requested_at, sha256, bytes, expires_at)
         VALUES ($1, $2, 'evidence', $3, 'a@b', now() - $4 * interval '1 hour', decode(repeat('ab', 32), 'hex'), 10, now() + interval '90 minutes' - $4 * interval '1 hour')`,
        [id, db.ledgers.main, { kind: 'range', from: String(i), to: String(i) }, i],
      );
    }
  });
  const { exports, head, next_before } = await viewExports(auditor, {});
  expect(exports.map(({ scope, state }) => [scope, state])).toEqual([
    [{ kind: 'range', from: '0', to: '0' }, 'done'],
    [{ kind: 'range', from: '1', to: '1' }, 'done'],
    [{ kind: 'range', from: '2', to: '2' }, 'expired'],
  ]);
  expect(exports[0]?.sha256).toBe('ab'.repeat(32));
  expect([head, next_before]).toEqual(['119', null]);
});

it('names the address of the log that this ledger has now', async () => {
  const address = async () => (await viewProofSettings(administrator, { params: params('') })).tlog_url;
  expect(await address()).toMatch(/\/api\/tlog\/main\/$/);
  await asAdmin(db.adminUrl, (client) =>
    client.query(
      `INSERT INTO incarnations (ledger_id, number, origin, began_at, size, root) VALUES ($1, 2, 'test.example/ledgers/main/incarnations/2', now(), 0, sha256(''))`,
      [db.ledgers.main],
    ),
  );
  expect(await address()).toMatch(/\/api\/tlog\/main\/incarnations\/2\/$/);
});
