import { createHash } from 'node:crypto';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { COSIGNATURE_ED25519, formatVerifierKey, makeVerifierKey } from '@/lib/chain/verifier-key';
import { closeDatabase, prisma } from '@/lib/db';
import { newestCheckpoint } from '@/lib/ledger/read-checkpoints';
import { newWebhookSecret } from '@/lib/outbound/sign-webhook';
import { type FakeStore, startFakeStore } from '@/lib/testing/fake-store';
import { asAdmin, freshDatabase, type TestDatabase } from '@/lib/testing/fresh-database';
import { makeViewer } from '@/lib/testing/make-person';
import { signCheckpoints, type TestSigner, testSigner } from '@/lib/testing/sign-checkpoints';
import { type SmtpServer, startSmtpServer } from '@/lib/testing/smtp-server';
import { hasOpenssl, startTimeAuthority, type TimeAuthority } from '@/lib/testing/time-authority';
import type { Prisma } from '@/prisma/generated/client';
import { backoff, nextAt } from './anchor-due';
import { keepAnchoring } from './keep-anchoring';
import { tryTarget } from './manage-targets';

let db: TestDatabase;
let signer: TestSigner;
let smtp: SmtpServer;
let store: FakeStore;
let server: http.Server;
let url: string;
let answer: (request: http.IncomingMessage, response: http.ServerResponse) => void;
const posted: { id: string; body: { type: string; data: { number: string; note: string } } }[] = [];
let authority: TimeAuthority | null = null;
let stop: (() => Promise<void>) | null = null;
beforeAll(async () => {
  db = await freshDatabase();
  signer = await testSigner(db, db.ledgers.main);
  [smtp, store] = [await startSmtpServer(), await startFakeStore()];
  if (hasOpenssl()) authority = await startTimeAuthority();
  server = http.createServer(async (request, response) => {
    let text = '';
    for await (const piece of request) text += piece;
    if (text.startsWith('{')) posted.push({ id: String(request.headers['webhook-id']), body: JSON.parse(text) });
    answer(request, response);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  Object.assign(process.env, {
    OUTBOUND_ALLOW: '127.0.0.1',
    SMTP_URL: smtp.url,
    MAIL_FROM: 'holdfast@example.org',
    S3_ENDPOINT: store.endpoint,
    AWS_ACCESS_KEY_ID: 'AK',
    AWS_SECRET_ACCESS_KEY: 'SK',
  });
}, 60_000);
beforeEach(() => {
  answer = (_request, response) => response.writeHead(204).end();
  posted.length = 0;
});
afterEach(async () => {
  await stop?.();
  stop = null;
  await prisma().anchorTarget.updateMany({ data: { enabled: false } });
});
afterAll(async () => {
  for (const name of ['OUTBOUND_ALLOW', 'SMTP_URL', 'MAIL_FROM', 'S3_ENDPOINT']) delete process.env[name];
  server.closeAllConnections();
  await Promise.all([new Promise((done) => server.close(done)), smtp.close(), store.close(), authority?.close()]);
  await closeDatabase();
  await db.drop();
});

const target = async (kind: string, config: Prisma.InputJsonObject, every = 1) =>
  (
    await prisma().anchorTarget.create({
      data: { ledger_id: db.ledgers.main, kind, name: `${kind} ${every}`, config, every_seconds: every, created_by: 'test' },
    })
  ).id;
const sign = () => signCheckpoints(db, db.ledgers.main, signer, [0]);
const state = (id: string) => prisma().anchorTarget.findUniqueOrThrow({ where: { id } });
const anchors = async (id: string) =>
  (await prisma().anchor.findMany({ where: { target_id: id }, orderBy: { checkpoint_number: 'asc' } })).map(({ evidence, ...rest }) => ({
    ...rest,
    evidence: Buffer.from(evidence),
  }));
const due = (id: string) => prisma().anchorTarget.update({ where: { id }, data: { next_at: new Date() } });
const WAIT = { timeout: 20_000, interval: 30 };

describe('places outside', () => {
  it('each get the newest checkpoint, and what came back is kept as what it proves', async () => {
    await sign();
    const ids = {
      webhook: await target('webhook', { url, secret: newWebhookSecret() }),
      email: await target('email', { to: ['a@example.org'] }),
      object_lock: await target('object_lock', { bucket: 'checkpoints', prefix: 'holdfast', retain_days: 10 }),
      ...(authority === null ? {} : { timestamp: await target('timestamp', { url: authority.url, certificates: authority.ca }) }),
    };
    stop = keepAnchoring(20);
    for (const id of Object.values(ids)) await vi.waitFor(async () => expect(await anchors(id)).not.toEqual([]), WAIT);
    await stop();
    stop = null;
    const { number, note } = (await newestCheckpoint(db.ledgers.main))!;
    expect(posted[0].body).toMatchObject({ type: 'checkpoint.signed', data: { number, note } });
    expect(smtp.received[0].to).toEqual(['a@example.org']);
    expect(smtp.received[0].data).toContain(`checkpoint-main-${number}.txt`);
    const [locked] = await anchors(ids.object_lock);
    expect(JSON.parse(locked.evidence.toString())).toMatchObject({
      key: `holdfast/test.example/ledgers/main/checkpoints/${number.padStart(12, '0')}.txt`,
      version_id: 'v1',
      sha256: createHash('sha256').update(note).digest('hex'),
    });
    const [mailed] = await anchors(ids.email);
    expect(JSON.parse(mailed.evidence.toString())).toMatchObject({ to: ['a@example.org'], refused: [] });
    const [told] = await anchors(ids.webhook);
    expect(JSON.parse(told.evidence.toString())).toMatchObject({ status: 204, message_id: posted[0].id });
    if (ids.timestamp !== undefined) expect((await anchors(ids.timestamp))[0].evidence[0]).toBe(0x30);
    for (const id of Object.values(ids)) expect(await state(id)).toMatchObject({ failures: 0, last_error: null });
  }, 40_000);

  it('are not told twice of one checkpoint, and of each later one once', async () => {
    await sign();
    const id = await target('webhook', { url, secret: newWebhookSecret() });
    stop = keepAnchoring(20);
    await vi.waitFor(async () => expect(await anchors(id)).toHaveLength(1), WAIT);
    await due(id);
    await vi.waitFor(async () => expect((await state(id)).next_at.getTime()).toBeGreaterThan(Date.now()), WAIT);
    expect(posted).toHaveLength(1);
    await sign();
    await due(id);
    await vi.waitFor(async () => expect(await anchors(id)).toHaveLength(2), WAIT);
    expect(new Set(posted.map((one) => one.id)).size).toBe(2);
  });

  it('that fail say so, wait longer each time, and keep no other waiting', async () => {
    await sign();
    answer = (request, response) => (request.url === '/silent' ? undefined : response.writeHead(500).end('SECRET'));
    const bad = await target('webhook', { url, secret: newWebhookSecret() });
    const silent = await target('webhook', { url: `${url}silent`, secret: newWebhookSecret() }, 2);
    const good = await target('email', { to: ['a@example.org'] });
    stop = keepAnchoring(20);
    await vi.waitFor(async () => expect(await anchors(good)).toHaveLength(1), WAIT);
    await vi.waitFor(async () => expect((await state(bad)).failures).toBe(1), WAIT);
    const first = await state(bad);
    expect(first).toMatchObject({ last_success_at: null, last_error: expect.stringContaining('status 500') });
    expect(first.last_error).not.toContain('SECRET');
    const waits = first.next_at.getTime() - first.last_attempt_at!.getTime();
    expect(waits).toBeGreaterThan(3_000);
    await due(bad);
    await vi.waitFor(async () => expect((await state(bad)).failures).toBe(2), WAIT);
    const second = await state(bad);
    expect(second.next_at.getTime() - second.last_attempt_at!.getTime()).toBeGreaterThan(waits);
    // Somebody else would have to wait for this one's end; meanwhile nobody takes it a second time.
    expect((await state(silent)).failures).toBe(0);
    answer = (_request, response) => response.writeHead(200).end();
    await due(bad);
    await vi.waitFor(async () => expect(await state(bad)).toMatchObject({ failures: 0, last_error: null }), WAIT);
    expect(await anchors(bad)).toHaveLength(1);
    server.closeAllConnections();
  }, 40_000);

  it('that cannot be read any more, or are turned off or removed, are not asked', async () => {
    await sign();
    const broken = await target('webhook', { address: url });
    const off = await target('webhook', { url, secret: newWebhookSecret() }, 2);
    const removed = await target('webhook', { url, secret: newWebhookSecret() }, 3);
    await prisma().anchorTarget.update({ where: { id: off }, data: { enabled: false } });
    await prisma().anchorTarget.update({ where: { id: removed }, data: { removed_at: new Date() } });
    stop = keepAnchoring(20);
    await vi.waitFor(async () => expect((await state(broken)).last_error).toContain('cannot be read'), WAIT);
    expect(posted).toEqual([]);
  });
});

describe('a witness that contradicts', () => {
  const witness = () => {
    const key = formatVerifierKey(makeVerifierKey('w.example', COSIGNATURE_ED25519, new Uint8Array(32).fill(9)));
    return target('witness', { url, vkey: key });
  };
  const alarms = (id: string) =>
    asAdmin(db.adminUrl, async (c) => (await c.query('SELECT kind, detail FROM alarms WHERE subject = $1', [`witness:${id}`])).rows);

  it.each([
    ['holds a larger tree', 409, '7\n'],
    ['says that the tree was changed', 422, ''],
  ])('is an alarm where it %s', async (_what, status, body) => {
    await sign();
    answer = (_request, response) => response.writeHead(status, { 'content-type': 'text/x.tlog.size' }).end(body);
    const id = await witness();
    stop = keepAnchoring(20);
    await vi.waitFor(async () => expect(await alarms(id)).toMatchObject([{ kind: 'verification_failed' }]), WAIT);
    expect((await state(id)).failures).toBe(1);
  });

  it('is none where it merely knows later than we do: another process had been there before', async () => {
    await sign();
    let asked = 0;
    answer = async (_request, response) => {
      // Between the first question and the second a larger checkpoint is there.
      if (asked++ === 0) await sign();
      response.writeHead(asked === 1 ? 422 : 503).end();
    };
    const id = await witness();
    stop = keepAnchoring(20);
    await vi.waitFor(async () => expect((await state(id)).failures).toBe(1), WAIT);
    expect(asked).toBe(2);
    expect(await alarms(id)).toEqual([]);
  });
});

describe('an attempt that somebody asks for', () => {
  it('is made at once, also where the place is turned off or has the checkpoint, and says how it went', async () => {
    await sign();
    const admin = await makeViewer({ [db.ledgers.main]: 'administrator' });
    const id = await target('webhook', { url, secret: newWebhookSecret() }, 604_800);
    await prisma().anchorTarget.update({ where: { id }, data: { enabled: false } });
    expect(await tryTarget(admin, 'main', id)).toMatchObject({ failures: 0, last_error: null, enabled: false });
    expect(await tryTarget(admin, 'main', id)).toMatchObject({ failures: 0 });
    expect(posted).toHaveLength(2);
    expect(posted[0].id).toBe(posted[1].id);
    answer = (_request, response) => response.writeHead(404).end();
    expect(await tryTarget(admin, 'main', id)).toMatchObject({ failures: 1, last_error: expect.stringContaining('404') });
  });
});

describe('the next attempt', () => {
  it('after success lies within one interval, at the same moments for all places of a ledger', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4e9 }), fc.integer({ min: 1, max: 604_800 }), fc.string(), (ms, every, origin) => {
        const now = new Date(ms * 1000 + 500);
        const next = nextAt(now, every, origin);
        const wait = next.getTime() - now.getTime();
        expect(wait).toBeGreaterThan(0);
        expect(wait).toBeLessThanOrEqual(every * 1000);
        expect(nextAt(new Date(next.getTime() - 1), every, origin)).toEqual(next);
        expect(nextAt(next, every, origin).getTime()).toBe(next.getTime() + every * 1000);
      }),
    );
  });

  it('after failures doubles, with some chance in it, up to a quarter of an hour', () => {
    expect([0, 1, 2, 3].map((failures) => backoff(failures, 0.5))).toEqual([5, 10, 20, 40]);
    for (const failures of [10, 100, 100_000]) expect(backoff(failures, 0.5)).toBe(900);
    expect(backoff(0, 0)).toBeLessThan(backoff(0, 1));
  });
});
