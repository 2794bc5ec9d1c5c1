import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { closeDatabase } from '@/lib/db';
import { newWebhookSecret } from '@/lib/outbound/sign-webhook';
import { asAdmin, freshDatabase, type TestDatabase } from '@/lib/testing/fresh-database';
import { type SmtpServer, startSmtpServer } from '@/lib/testing/smtp-server';
import { endAlarm, raiseAlarm } from './raise-alarm';
import { tellDue } from './tell-alarms';

let db: TestDatabase;
let smtp: SmtpServer;
let server: http.Server;
let status: number;
const posted: { id: unknown; body: Record<string, unknown> }[] = [];
beforeAll(async () => {
  db = await freshDatabase();
  smtp = await startSmtpServer();
  server = http.createServer(async (request, response) => {
    let text = '';
    for await (const piece of request) text += piece;
    posted.push({ id: request.headers['webhook-id'], body: JSON.parse(text) });
    response.writeHead(status).end();
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  Object.assign(process.env, { OUTBOUND_ALLOW: '127.0.0.1', SMTP_URL: smtp.url, MAIL_FROM: 'holdfast@example.org' });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  await run('INSERT INTO proof_settings (ledger_id, alarm_webhook, alarm_webhook_secret, alarm_emails) VALUES ($1, $2, $3, $4)', [
    db.ledgers.main,
    url,
    newWebhookSecret(),
    ['a@example.org', 'b@example.org'],
  ]);
});
beforeEach(async () => {
  await run('DELETE FROM alarms');
  posted.length = 0;
  smtp.received.length = 0;
  smtp.answer = () => null;
  status = 204;
});
afterAll(async () => {
  for (const name of ['OUTBOUND_ALLOW', 'SMTP_URL', 'MAIL_FROM']) delete process.env[name];
  server.closeAllConnections();
  await Promise.all([new Promise((done) => server.close(done)), smtp.close()]);
  await closeDatabase();
  await db.drop();
});
const run = <T>(query: string, values: unknown[] = []): Promise<T[]> =>
  asAdmin(db.adminUrl, async (c) => (await c.query(query, values)).rows);
const raise = (ledger = db.ledgers.main) => raiseAlarm(ledger, 'signer_refused', '', { say: 'The signer refuses.' });
const alarm = async () =>
  (await run<{ told_at: Date | null; tell_at: Date | null; tell_failures: number; last_error: string | null }>('SELECT * FROM alarms'))[0];
const due = () => run('UPDATE alarms SET tell_at = now() WHERE tell_at IS NOT NULL');

it('is raised once while it is open, told once by each way, and told anew when it comes back', async () => {
  expect(await raise()).toBe(true);
  expect(await raise()).toBe(false);
  expect(await tellDue()).toBe(1);
  expect(posted).toMatchObject([
    { body: { type: 'alarm.signer_refused', data: { ledger: 'main', say: 'The signer refuses.', ended_at: null } } },
  ]);
  expect(smtp.received).toMatchObject([{ to: ['a@example.org', 'b@example.org'], data: expect.stringContaining('The signer refuses.') }]);
  expect(await alarm()).toMatchObject({ tell_at: null, last_error: null, told_at: expect.any(Date) });
  expect(await raise()).toBe(false);
  expect(await tellDue()).toBe(0);
  await endAlarm(db.ledgers.main, 'signer_refused', '');
  expect(await raise()).toBe(true);
  expect(await tellDue()).toBe(1);
  expect(posted).toHaveLength(2);
});

it('is told by the way that works where the other does not, and then by the other alone until it does', async () => {
  await raise();
  status = 500;
  await tellDue();
  expect(smtp.received).toHaveLength(1);
  expect(await alarm()).toMatchObject({
    told_at: expect.any(Date),
    tell_failures: 1,
    last_error: expect.stringMatching(/^Webhook: .*500/),
  });
  await due();
  await tellDue();
  expect(smtp.received).toHaveLength(1);
  expect(posted).toHaveLength(2);
  expect(posted[0].id).toBe(posted[1].id);
  status = 204;
  await due();
  await tellDue();
  expect(await alarm()).toMatchObject({ tell_at: null, last_error: null });
  expect([posted.length, smtp.received.length]).toEqual([3, 1]);
});

it('waits longer each time where nobody takes it, and is told by both when they do', async () => {
  await raise();
  status = 503;
  smtp.answer = () => '421 not now';
  const waits: number[] = [];
  for (let i = 0; i < 3; i++) {
    await due();
    const at = Date.now();
    await tellDue();
    const { tell_at, told_at, last_error } = await alarm();
    expect(told_at).toBeNull();
    expect(last_error).toMatch(/^Webhook: .* Mail: /);
    waits.push(tell_at!.getTime() - at);
  }
  expect(waits[1]).toBeGreaterThan(waits[0] + 5_000);
  expect(waits[2]).toBeGreaterThan(waits[1] + 10_000);
  status = 204;
  smtp.answer = () => null;
  posted.length = 0;
  await due();
  await tellDue();
  expect([posted.length, smtp.received.length]).toEqual([1, 1]);
});

it('says that it has ended where it has before anyone was told', async () => {
  await raise();
  await endAlarm(db.ledgers.main, 'signer_refused', '');
  await tellDue();
  expect(posted[0].body).toMatchObject({ data: { ended_at: expect.any(String) } });
  expect(smtp.received[0].data).toContain('Ended: ');
});

it('is on the screens alone where no way is set, and does not count as told', async () => {
  await raise(db.ledgers.access);
  expect(await tellDue()).toBe(1);
  expect(await alarm()).toMatchObject({ tell_at: null, told_at: null });
  expect(posted).toEqual([]);
});

it('is taken by one process: two at once tell it once', async () => {
  await raise();
  expect((await Promise.all([tellDue(), tellDue(), tellDue()])).reduce((a, b) => a + b)).toBe(1);
  expect(posted).toHaveLength(1);
});
