import { encode } from 'next-auth/jwt';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { recordDoorRefusal } from '@/lib/access-log/record-refusal';
import { insertKey } from '@/lib/auth/api-keys';
import { publicRoute, type RouteHandler, route } from '@/lib/auth/route';
import type { Viewer } from '@/lib/auth/viewer';
import { closeDatabase, prisma } from '@/lib/db';
import { closeAppenders } from '@/lib/ledger/append-records';
import { asAdmin, freshDatabase, type TestDatabase } from '@/lib/testing/fresh-database';
import { accessRecords, makeViewer } from '@/lib/testing/make-person';
import { handleSignIn } from './handle-sign-in';

let db: TestDatabase;
let person: Viewer & { sessionId: string };
let cookie: string;
let key: { id: string; authorization: string };
beforeAll(async () => {
  db = await freshDatabase();
  person = await makeViewer({ [db.ledgers.main]: 'auditor' });
  cookie = `holdfast.session=${await encode({ token: { sid: person.sessionId }, secret: process.env.AUTH_SECRET!, maxAge: 60 })}`;
  const made = await insertKey(prisma(), {
    ledgerId: db.ledgers.main,
    kind: 'read',
    name: 'reports',
    agentNames: [],
    mayWriteUser: false,
    expiresAt: null,
    createdBy: null,
  });
  key = { id: made.row.id, authorization: `Bearer ${made.secret}` };
});
beforeEach(() => {
  (globalThis as { __holdfastRefusals?: Map<string, unknown> }).__holdfastRefusals?.clear();
});
afterAll(async () => {
  await closeAppenders();
  await closeDatabase();
  await db.drop();
});

const personal = route({ permission: 'account.manage', sessionOnly: true }, async () => 'done');
const open = publicRoute({}, async () => 'done');
async function ask(handler: RouteHandler, path: string, init: RequestInit, params: Record<string, string> = {}): Promise<string> {
  const answer = await handler(new Request(`http://localhost:3000${path}`, init), { params: Promise.resolve(params) });
  const body = await answer.json();
  return body.code ?? body;
}
/** What the access ledger gained. */
async function entries(work: () => Promise<unknown>): Promise<Record<string, unknown>[]> {
  const before = (await accessRecords(db.ledgers.access)).length;
  await work();
  return (await accessRecords(db.ledgers.access)).slice(before);
}

describe('what a door refuses is in the access ledger', () => {
  it('where a read key asks for what belongs to a person', async () => {
    const gained = await entries(async () => {
      const asked = ask(personal, '/api/v1/account/views/a%3Ab', { headers: { authorization: key.authorization } }, { id: 'a:b' });
      expect(await asked).toBe('forbidden');
    });
    expect(gained).toMatchObject([
      {
        action: 'access_denied',
        actor_id: `key:${key.id}`,
        actor_type: 'system',
        outcome: 'denied',
        details: { screen: '/api/v1/account/views/{id}', permission: 'account.manage', code: 'forbidden' },
      },
    ]);
  });

  it('where another site acts with a person’s cookie, by a change or by opening an address', async () => {
    const gained = await entries(async () => {
      const change = { method: 'POST', headers: { cookie, origin: 'https://evil.example' } };
      expect(await ask(personal, '/api/v1/account', change)).toBe('origin_mismatch');
      expect(await ask(personal, '/api/v1/account/opened', { headers: { cookie, 'sec-fetch-site': 'cross-site' } })).toBe(
        'origin_mismatch',
      );
    });
    expect(gained.map(({ actor_id, details }) => ({ actor_id, details }))).toMatchObject([
      { actor_id: person.person.email, details: { code: 'origin_mismatch', screen: '/api/v1/account' } },
      { actor_id: person.person.email, details: { code: 'origin_mismatch', screen: '/api/v1/account/opened' } },
    ]);
  });

  it('where nobody is signed in: at the set-up and at the sign-in', async () => {
    const gained = await entries(async () => {
      expect(await ask(open, '/api/v1/setup/token', { method: 'POST' }, { token: 'token' })).toBe('origin_mismatch');
      (globalThis as { __holdfastRefusals?: Map<string, unknown> }).__holdfastRefusals?.clear();
      const forged = new Request('http://localhost:3000/api/auth/signin/oidc', {
        method: 'POST',
        headers: { origin: 'https://evil.example' },
      });
      const answer = await handleSignIn(forged, { params: Promise.resolve({ nextauth: ['signin', 'oidc'] }) });
      expect([answer.status, (await answer.json()).code]).toEqual([403, 'origin_mismatch']);
    });
    expect(gained).toMatchObject([
      { actor_id: 'anonymous', details: { code: 'origin_mismatch', screen: '/api/v1/setup/{token}' } },
      { actor_id: 'anonymous', details: { code: 'origin_mismatch', screen: '/api/auth/signin' } },
    ]);
  });

  it('once a minute, with how many it stands for, whatever the addresses are that a flood names', async () => {
    const flood = (i: number) => ask(personal, `/api/v1/things/${i}`, { headers: { authorization: key.authorization } }, { id: String(i) });
    expect(
      await entries(async () => {
        for (let i = 0; i < 30; i++) expect(await flood(i)).toBe('forbidden');
      }),
    ).toHaveLength(1);
    const stranger = { code: 'origin_mismatch', viewer: null, permission: 'public' } as const;
    const gained = await entries(async () => {
      for (let i = 1; i < 30; i++) await recordDoorRefusal({ ...stranger, address: `2001:db8::${i}`, screen: `/${i}` }, 1_000);
      await recordDoorRefusal({ ...stranger, address: '2001:db8::1', screen: '/late' }, 62_000);
    });
    expect(gained.map(({ details }) => details)).toMatchObject([{ screen: '/1' }, { screen: '/late', repeats: 28 }]);
  });

  it('and is refused where it cannot be recorded', async () => {
    const change = (sql: string) => asAdmin(db.adminUrl, (c) => c.query(sql));
    await change('REVOKE EXECUTE ON FUNCTION append_entries FROM holdfast_app');
    try {
      expect(await ask(personal, '/api/v1/account', { headers: { authorization: key.authorization } })).toBe('forbidden');
    } finally {
      await change('GRANT EXECUTE ON FUNCTION append_entries TO holdfast_app');
    }
  });
});
