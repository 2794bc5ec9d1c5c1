import { encode } from 'next-auth/jwt';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import * as z from 'zod/mini';
import { closeDatabase, prisma } from '@/lib/db';
import { RefusalError } from '@/lib/schema/errors';
import { freshDatabase, type TestDatabase } from '@/lib/testing/fresh-database';
import { makePerson } from '@/lib/testing/make-person';
import { insertKey } from './api-keys';
import { publicRoute, type RouteHandler, route } from './route';
import { revokeSession, startSession } from './sessions';

let db: TestDatabase;
let sessionId: string;
let cookie: string;
beforeAll(async () => {
  db = await freshDatabase();
  process.env.PUBLIC_URL = 'http://ledger.test:3000';
  const { id } = await makePerson({ [db.ledgers.main]: 'auditor' });
  sessionId = await startSession(prisma(), { userId: id, address: null, browser: null }, new Date());
  cookie = await cookieOf(sessionId);
});
afterAll(async () => {
  await closeDatabase();
  await db.drop();
});

const cookieOf = async (sid: string) =>
  `other=1; holdfast.session=${await encode({ token: { sid }, secret: process.env.AUTH_SECRET!, maxAge: 60 })}`;
const read = route({ permission: 'records.read' }, async ({ viewer }) => ({ who: viewer.person.email || viewer.keyId }));
const write = route(
  { permission: 'account.manage', sessionOnly: true, body: z.strictObject({ zone: z.string().check(z.maxLength(5)) }) },
  async ({ body }) => body,
);

async function call(handler: RouteHandler, method: string, headers: Record<string, string>, body?: string) {
  const request = new Request('http://ledger.test:3000/x', { method, headers, ...(body === undefined ? {} : { body }) });
  const response = await handler(request, { params: Promise.resolve({}) });
  return { status: response.status, headers: response.headers, body: (await response.json()) as Record<string, unknown> };
}
const post = (headers: Record<string, string>, body = '{"zone":"UTC"}') =>
  call(write, 'POST', { cookie, 'content-type': 'application/json', ...headers }, body);
const OWN = { origin: 'http://ledger.test:3000' };

describe('a route', () => {
  it('answers where Next gives no parameters, as for an address without any', async () => {
    const context = { params: Promise.resolve(undefined) } as unknown as Parameters<RouteHandler>[1];
    const answer = await read(new Request('http://ledger.test:3000/x', { headers: { cookie } }), context);
    expect(answer.status).toBe(200);
  });

  it('states its permission', () => {
    expect([read.access, publicRoute({}, async () => null).access]).toEqual(['records.read', 'public']);
  });

  it('answers nobody, a forged cookie and an ended session alike, before its work is begun', async () => {
    const work = vi.fn(async () => 1);
    const handler = route({ permission: 'records.read' }, work);
    const { id: userId } = await makePerson({});
    const ended = await startSession(prisma(), { userId, address: null, browser: null }, new Date());
    const endedCookie = await cookieOf(ended);
    expect((await call(handler, 'GET', { cookie: endedCookie })).status).toBe(200);
    await revokeSession(prisma(), ended, new Date());
    const forged = await encode({ token: { sid: sessionId }, secret: 'another-secret-another-secret-another', maxAge: 60 });
    work.mockClear();
    for (const sent of [
      undefined,
      'holdfast.session=',
      'holdfast.session=x',
      `holdfast.session=${forged}`,
      `holdfast.session=${sessionId}`,
      endedCookie,
    ]) {
      const { status, body } = await call(handler, 'GET', sent === undefined ? {} : { cookie: sent });
      expect([status, body.code]).toEqual([401, 'unauthenticated']);
    }
    expect(work).not.toHaveBeenCalled();
  });

  it('takes a cookie’s change from our own pages only', async () => {
    const foreign: Record<string, string>[] = [
      {},
      { origin: 'null' },
      { origin: 'https://evil.test' },
      { origin: 'http://ledger.test:3001' },
      { origin: 'http://ledger.test:3000.evil.test' },
      { ...OWN, 'sec-fetch-site': 'cross-site' },
      { ...OWN, 'sec-fetch-site': 'same-site' },
      { ...OWN, 'sec-fetch-site': 'none' },
    ];
    for (const headers of foreign) expect((await post(headers)).body.code).toBe('origin_mismatch');
    expect((await post({ ...OWN, 'sec-fetch-site': 'same-origin' })).status).toBe(200);
    expect((await post({ host: '127.0.0.1:3000', origin: 'http://127.0.0.1:3000' })).status).toBe(200);
    expect((await post({ host: '127.0.0.1:3000', origin: 'http://127.0.0.1:4000' })).body.code).toBe('origin_mismatch');
  });

  it('shows a cookie’s reader nothing that another site has opened, and a key whatever it asks for', async () => {
    for (const site of ['same-origin', 'same-site', 'none'])
      expect((await call(read, 'GET', { cookie, 'sec-fetch-site': site })).status).toBe(200);
    const foreign = await call(read, 'GET', { cookie, 'sec-fetch-site': 'cross-site' });
    expect([foreign.status, foreign.body.code]).toEqual([403, 'origin_mismatch']);
    const { secret } = await insertKey(prisma(), {
      ledgerId: db.ledgers.main,
      kind: 'read',
      name: 'r',
      agentNames: [],
      mayWriteUser: false,
      expiresAt: null,
      createdBy: null,
    });
    expect((await call(read, 'GET', { authorization: `Bearer ${secret}`, 'sec-fetch-site': 'cross-site' })).status).toBe(200);
  });

  it('does not take plain http from the own host where it is served over https', async () => {
    process.env.PUBLIC_URL = 'https://ledger.test';
    try {
      const secure = cookie.replace('holdfast.session', '__Host-holdfast.session');
      expect((await post({ cookie: secure, host: 'ledger.test', origin: 'http://ledger.test' })).body.code).toBe('origin_mismatch');
      expect((await post({ cookie: secure, host: 'ledger.test', origin: 'https://ledger.test' })).status).toBe(200);
      expect((await post({ cookie, host: 'ledger.test', origin: 'https://ledger.test' })).status).toBe(401);
    } finally {
      process.env.PUBLIC_URL = 'http://ledger.test:3000';
    }
  });

  it('takes a read key without an origin, but neither an ingest key nor any key where a person is asked for', async () => {
    const make = (kind: 'read' | 'ingest') =>
      insertKey(prisma(), {
        ledgerId: db.ledgers.main,
        kind,
        name: kind,
        agentNames: [],
        mayWriteUser: false,
        expiresAt: null,
        createdBy: null,
      });
    const [reading, ingesting] = [await make('read'), await make('ingest')];
    const as = (secret: string) => ({ authorization: `Bearer ${secret}`, 'content-type': 'application/json' });
    expect((await call(read, 'GET', as(reading.secret))).body).toEqual({ who: reading.row.id });
    expect((await call(read, 'GET', { ...as(ingesting.secret), cookie })).status).toBe(401);
    expect((await call(write, 'POST', as(reading.secret), '{"zone":"UTC"}')).body.code).toBe('forbidden');
  });

  it('reads its body strictly and names the fault and its place', async () => {
    const cases: [string, string, string | undefined][] = [
      ['', 'body_empty', undefined],
      ['{', 'json_syntax', undefined],
      ['{"zone":"UTC","zone":"UTC"}', 'duplicate_key', '/zone'],
      ['{}', 'required', '/zone'],
      ['{"zone":1}', 'type_invalid', '/zone'],
      ['{"zone":"longer"}', 'too_long', '/zone'],
      ['{"zone":"UTC","admin":true}', 'unknown_field', '/admin'],
      [`{"zone":"${'x'.repeat(70_000)}"}`, 'body_too_large', undefined],
    ];
    for (const [body, code, pointer] of cases)
      expect((await post(OWN, body)).body).toMatchObject(pointer === undefined ? { code } : { code, pointer });
    expect((await post({ ...OWN, 'content-type': 'text/plain' })).body.code).toBe('content_type_unsupported');
  });

  it('answers a refusal as a problem, a bug as nothing but its number, and never to be kept by a cache', async () => {
    const refusing = publicRoute({}, async () => {
      throw new RefusalError('conflict', 'taken', '/email');
    });
    const refused = await call(refusing, 'GET', {});
    expect(refused).toMatchObject({ status: 409, body: { code: 'conflict', detail: 'taken', pointer: '/email', status: 409 } });
    expect(refused.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
    const failing = publicRoute({}, async () => {
      throw new Error('the password is hunter2');
    });
    const failed = await call(failing, 'GET', {});
    expect(failed.status).toBe(500);
    expect(JSON.stringify(failed.body)).not.toContain('hunter2');
    for (const answer of [refused, failed]) expect(answer.headers.get('cache-control')).toBe('private, no-store');
  });

  it('asks whoever finds no connection to the database to come again, and says nothing of a bug', async () => {
    const busy = publicRoute({}, async () => {
      throw Object.assign(new Error('Transaction API error: Unable to start a transaction in the given time.'), { code: 'P2028' });
    });
    const asked = await call(busy, 'GET', {});
    expect(asked).toMatchObject({ status: 503, body: { code: 'busy' } });
    expect(asked.headers.get('retry-after')).toBe('1');
    const late = publicRoute({}, async () => {
      throw Object.assign(new Error('Transaction API error: Transaction already closed.'), { code: 'P2028' });
    });
    expect((await call(late, 'GET', {})).status).toBe(500);
  });

  it('leaves out what its answer does not name', async () => {
    const handler = publicRoute({ answer: z.object({ name: z.string() }) }, async () => ({ name: 'a', password_hash: 'x' }));
    expect((await call(handler, 'GET', {})).body).toEqual({ name: 'a' });
  });
});
