import { createHmac, timingSafeEqual } from 'node:crypto';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { postWebhook } from './post-webhook';
import { newWebhookSecret, signWebhook } from './sign-webhook';

let server: http.Server;
let url: string;
let status = 204;
const seen: { headers: http.IncomingHttpHeaders; body: string }[] = [];
beforeAll(async () => {
  process.env.DATABASE_URL ??= 'postgresql://nobody@localhost/none';
  server = http.createServer(async (request, response) => {
    let body = '';
    for await (const piece of request) body += piece;
    seen.push({ headers: request.headers, body });
    response.writeHead(status, { location: 'http://127.0.0.1:1/' }).end();
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
  process.env.OUTBOUND_ALLOW = '127.0.0.1';
});
afterAll(async () => {
  delete process.env.OUTBOUND_ALLOW;
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
});

/** A receiver's side, from the specification alone. */
function verify(secret: string, headers: http.IncomingHttpHeaders, body: string, now: number): boolean {
  const at = Number(headers['webhook-timestamp']);
  if (!Number.isSafeInteger(at) || Math.abs(now / 1000 - at) > 300) return false;
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const expected = createHmac('sha256', key).update(`${headers['webhook-id']}.${at}.${body}`).digest();
  return String(headers['webhook-signature'])
    .split(' ')
    .map((entry) => entry.split(','))
    .some(([version, mac]) => {
      const given = Buffer.from(mac ?? '', 'base64');
      return version === 'v1' && given.length === expected.length && timingSafeEqual(given, expected);
    });
}

const message = { id: 'msg_1', type: 'checkpoint.signed', at: new Date('2026-11-20T10:00:00Z'), data: { size: '7', note: 'a — b' } };

it('signs as the example of the specification has it', () => {
  const headers = signWebhook(
    'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
    'msg_p5jXN8AQM9LWM0D4loKWxJek',
    new Date(1614265330_000),
    '{"test": 2432232314}',
  );
  expect(headers['webhook-signature']).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=');
});

it('sends a message that its receiver can verify, and one with another body, id or time, or of another sender, that it cannot', async () => {
  const [secret, now] = [newWebhookSecret(), new Date()];
  await postWebhook(url, secret, message, now);
  const { headers, body } = seen.at(-1)!;
  expect(JSON.parse(body)).toEqual({ type: 'checkpoint.signed', timestamp: '2026-11-20T10:00:00.000Z', data: message.data });
  expect(verify(secret, headers, body, now.getTime())).toBe(true);
  expect(verify(secret, headers, body.replace('7', '8'), now.getTime())).toBe(false);
  expect(verify(secret, { ...headers, 'webhook-id': 'msg_2' }, body, now.getTime())).toBe(false);
  expect(verify(secret, { ...headers, 'webhook-timestamp': String(Math.floor(now.getTime() / 1000) + 1) }, body, now.getTime())).toBe(
    false,
  );
  expect(verify(newWebhookSecret(), headers, body, now.getTime())).toBe(false);
});

it('keeps the id of a message that is sent again', async () => {
  const secret = newWebhookSecret();
  await postWebhook(url, secret, message, new Date(Date.now() - 60_000));
  await postWebhook(url, secret, message, new Date());
  const [first, second] = seen.slice(-2);
  expect(second.headers['webhook-id']).toBe(first.headers['webhook-id']);
  expect(second.headers['webhook-timestamp']).not.toBe(first.headers['webhook-timestamp']);
});

it.each([199 + 101, 301, 404, 410, 500])('counts status %i as not received, and goes nowhere else', async (given) => {
  const before = seen.length;
  status = given;
  await expect(postWebhook(url, newWebhookSecret(), message, new Date())).rejects.toMatchObject({ name: 'WebhookRefused', status: given });
  expect(seen.length).toBe(before + 1);
  status = 204;
});

it('makes secrets that nobody has had before', () => {
  expect(newWebhookSecret()).not.toBe(newWebhookSecret());
  expect(() => signWebhook('whsec_AAAA', 'msg_1', new Date(), '')).toThrow(RangeError);
  expect(() => signWebhook(newWebhookSecret(), 'a.b', new Date(), '')).toThrow(RangeError);
});
