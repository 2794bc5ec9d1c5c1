import * as argon2 from '@node-rs/argon2';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { hashPassword } from '@/lib/auth/password';
import { findLiveSession } from '@/lib/auth/sessions';
import { closeDatabase, prisma } from '@/lib/db';
import { closeAppenders } from '@/lib/ledger/append-records';
import { asAdmin, freshDatabase, type TestDatabase } from '@/lib/testing/fresh-database';
import { accessRecords, makePerson } from '@/lib/testing/make-person';
import { signInWithPassword, signOut } from './sign-in';
import { type IdentityClaims, signInWithIdentity } from './sign-in-with-identity';

vi.mock('@node-rs/argon2', async (original) => {
  const real = await original<typeof argon2>();
  return { ...real, verify: vi.fn(real.verify) };
});

const PASSWORD = 'a long enough passphrase';
const SOURCE = { address: '192.0.2.1', browser: 'test' };
const NOW = new Date('2026-11-20T09:00:00Z');
const later = (seconds: number) => new Date(NOW.getTime() + seconds * 1000);

let db: TestDatabase;
let hash: string;
beforeAll(async () => {
  db = await freshDatabase();
  hash = await hashPassword(PASSWORD);
});
beforeEach(async () => {
  await prisma().signInThrottle.deleteMany();
});
afterAll(async () => {
  await closeAppenders();
  await closeDatabase();
  await db.drop();
});

const lastRecord = async () => (await accessRecords(db.ledgers.access)).at(-1);
const allow = (grant: 'GRANT' | 'REVOKE') =>
  asAdmin(db.adminUrl, (c) => c.query(`${grant} EXECUTE ON FUNCTION append_entries ${grant === 'GRANT' ? 'TO' : 'FROM'} holdfast_app`));

describe('signing in with a password', () => {
  it('starts a session on the server and is recorded with it', async () => {
    const { email } = await makePerson({}, hash);
    const started = await signInWithPassword({ email: ` ${email.toUpperCase()} `, password: PASSWORD }, SOURCE, NOW);
    expect(await findLiveSession(started!.sessionId, { now: NOW })).not.toBeNull();
    expect(await lastRecord()).toMatchObject({
      action: 'signed_in',
      actor_id: email,
      resource_type: 'session',
      resource_id: started!.sessionId,
    });
  });

  it('costs an unknown account and a disabled one the same work, and gives them the same answer', async () => {
    const disabled = await makePerson({}, hash);
    await prisma().user.update({ where: { id: disabled.id }, data: { disabled_at: NOW } });
    const invited = await makePerson({}, null);
    const known = await makePerson({}, hash);
    for (const email of ['nobody@test.example', disabled.email, invited.email, known.email]) {
      vi.mocked(argon2.verify).mockClear();
      const password = email === known.email ? 'not the passphrase' : PASSWORD;
      expect(await signInWithPassword({ email, password }, SOURCE, NOW)).toBeNull();
      expect(argon2.verify).toHaveBeenCalledTimes(1);
      expect(await lastRecord()).toMatchObject({ action: 'sign_in_failed', actor_id: 'anonymous', outcome: 'failure' });
    }
  });

  it('does not write down what was typed for an account that does not exist', async () => {
    await signInWithPassword({ email: 'my-secret-typed-here', password: PASSWORD }, SOURCE, NOW);
    expect(JSON.stringify(await lastRecord())).not.toContain('my-secret');
    expect(JSON.stringify(await prisma().signInThrottle.findMany())).not.toContain('my-secret');
  });

  it('grows the delay 1, 2, 4 … seconds for an account from the fourth failure on, up to five minutes', async () => {
    const { email } = await makePerson({}, hash);
    const nobody = 'nobody@test.example';
    for (let i = 0; i < 4; i++) await signInWithPassword({ email: nobody, password: 'wrong' }, { ...SOURCE, address: null }, NOW);
    await expect(signInWithPassword({ email: nobody, password: 'wrong' }, { ...SOURCE, address: null }, NOW)).rejects.toMatchObject({
      retryAfter: 1,
    });
    await prisma().signInThrottle.deleteMany();
    const waits: number[] = [];
    let clock = 0;
    for (let attempt = 0; attempt < 14; attempt++) {
      await signInWithPassword({ email, password: 'wrong' }, { ...SOURCE, address: null }, later(clock));
      const row = (await prisma().signInThrottle.findFirstOrThrow()).blocked_until.getTime();
      waits.push((row - later(clock).getTime()) / 1000);
      if (waits.at(-1)! > 0) {
        const early = signInWithPassword({ email, password: PASSWORD }, { ...SOURCE, address: null }, new Date(row - 1));
        await expect(early).rejects.toMatchObject({ code: 'rate_limited', retryAfter: 1 });
      }
      clock = (row - NOW.getTime()) / 1000;
    }
    expect(waits).toEqual([0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
    expect(await signInWithPassword({ email, password: PASSWORD }, SOURCE, later(clock))).not.toBeNull();
    expect(await prisma().signInThrottle.count({ where: { subject: { startsWith: 'account:' } } })).toBe(0);
  });

  it('lets a burst of guesses at once through no more often than one after another', async () => {
    const { email } = await makePerson({}, hash);
    vi.mocked(argon2.verify).mockClear();
    const results = await Promise.allSettled(
      Array.from({ length: 30 }, () => signInWithPassword({ email, password: 'wrong' }, { ...SOURCE, address: null }, NOW)),
    );
    expect(results.filter((r) => r.status === 'rejected')).toHaveLength(26);
    expect(argon2.verify).toHaveBeenCalledTimes(4);
  });

  it('slows an address that tries many accounts', async () => {
    for (let i = 0; i < 20; i++) await signInWithPassword({ email: `a${i}@test.example`, password: 'wrong' }, SOURCE, NOW);
    await expect(signInWithPassword({ email: 'a21@test.example', password: 'wrong' }, SOURCE, NOW)).rejects.toMatchObject({
      code: 'rate_limited',
    });
    await expect(
      signInWithPassword({ email: 'a22@test.example', password: 'wrong' }, { ...SOURCE, address: '192.0.2.2' }, NOW),
    ).resolves.toBeNull();
  });

  it('slows a network of IPv6 addresses as one, and does not record each of them', async () => {
    const from = (host: number) => ({ ...SOURCE, address: `2001:db8:7:7::${host.toString(16)}` });
    for (let i = 1; i <= 20; i++) await signInWithPassword({ email: `v6-${i}@test.example`, password: 'wrong' }, from(i), NOW);
    const before = (await accessRecords(db.ledgers.access)).length;
    for (let i = 21; i < 26; i++)
      await expect(signInWithPassword({ email: `v6-${i}@test.example`, password: 'wrong' }, from(i), NOW)).rejects.toMatchObject({
        code: 'rate_limited',
      });
    expect((await accessRecords(db.ledgers.access)).length - before).toBe(1);
    const next = { ...SOURCE, address: '2001:db8:7:8::1' };
    await expect(signInWithPassword({ email: 'v6-30@test.example', password: 'wrong' }, next, NOW)).resolves.toBeNull();
  });

  it('is recorded once a minute for an address that has to wait, however many accounts it names', async () => {
    const source = { ...SOURCE, address: '192.0.2.77' };
    for (let i = 0; i < 20; i++) await signInWithPassword({ email: `b${i}@test.example`, password: 'wrong' }, source, NOW);
    const before = (await accessRecords(db.ledgers.access)).length;
    for (let i = 0; i < 10; i++)
      await expect(signInWithPassword({ email: `c${i}@test.example`, password: 'wrong' }, source, NOW)).rejects.toMatchObject({
        code: 'rate_limited',
      });
    expect((await accessRecords(db.ledgers.access)).length - before).toBe(1);
  });

  it('with an address that no database holds is an attempt like any other', async () => {
    await expect(signInWithPassword({ email: 'a\0b@test.example', password: 'wrong' }, SOURCE, NOW)).resolves.toBeNull();
    expect((await lastRecord())!.action).toBe('sign_in_failed');
  });

  it('does not take place when it cannot be recorded', async () => {
    const { email, id } = await makePerson({}, hash);
    await allow('REVOKE');
    try {
      await expect(signInWithPassword({ email, password: PASSWORD }, SOURCE, NOW)).rejects.toMatchObject({ code: 'audit_unavailable' });
      await expect(signInWithPassword({ email, password: 'wrong' }, SOURCE, NOW)).rejects.toMatchObject({ code: 'audit_unavailable' });
      expect(await prisma().session.count({ where: { user_id: id } })).toBe(0);
    } finally {
      await allow('GRANT');
    }
  });

  it('ends by signing out, recorded, and even where that cannot be recorded', async () => {
    const { email } = await makePerson({}, hash);
    const one = (await signInWithPassword({ email, password: PASSWORD }, SOURCE, NOW))!.sessionId;
    const two = (await signInWithPassword({ email, password: PASSWORD }, SOURCE, NOW))!.sessionId;
    await signOut(one, NOW);
    expect(await lastRecord()).toMatchObject({ action: 'signed_out', actor_id: email, resource_id: one });
    await allow('REVOKE');
    try {
      await signOut(two, NOW);
    } finally {
      await allow('GRANT');
    }
    expect(await prisma().session.count({ where: { id: { in: [one, two] }, revoked_at: null } })).toBe(0);
  });
});

describe('signing in with an identity provider', () => {
  const claims = (over: object) => ({ iss: 'https://id.example', sub: 'sub-1', email_verified: true, ...over });

  it('lets in known people only: by the verified address once, then by the subject alone', async () => {
    const { email, id } = await makePerson({});
    expect(await signInWithIdentity(claims({ email: 'stranger@test.example' }), SOURCE, NOW)).toBeNull();
    expect(await signInWithIdentity(claims({ email, email_verified: false }), SOURCE, NOW)).toBeNull();
    expect((await signInWithIdentity(claims({ email }), SOURCE, NOW))?.userId).toBe(id);
    expect((await signInWithIdentity(claims({ email: 'renamed@test.example' }), SOURCE, NOW))?.userId).toBe(id);
    expect(await signInWithIdentity(claims({ email, sub: 'sub-2' }), SOURCE, NOW)).toBeNull();
    expect(await lastRecord()).toMatchObject({ action: 'sign_in_failed', details: { reason: 'bound_to_another_identity' } });
  });

  it('counts as a confirmation only as of when the provider says that the person proved who they are', async () => {
    const { email } = await makePerson({});
    const silent = (await signInWithIdentity(claims({ email, sub: 's3' }), SOURCE, NOW))!;
    expect((await findLiveSession(silent.sessionId, { now: NOW }))?.confirmed_at.getTime()).toBe(0);
    const told = (await signInWithIdentity(claims({ sub: 's3', auth_time: NOW.getTime() / 1000 - 60 }), SOURCE, NOW))!;
    expect((await findLiveSession(told.sessionId, { now: NOW }))?.confirmed_at).toEqual(later(-60));
  });

  it('ends the session that the browser came with, and no other, in the entry that begins the next', async () => {
    const { email } = await makePerson({});
    const [one, elsewhere] = [
      await signInWithIdentity(claims({ email, sub: 's5' }), SOURCE, NOW),
      await signInWithIdentity(claims({ sub: 's5' }), SOURCE, NOW),
    ];
    const next = await signInWithIdentity(claims({ sub: 's5' }), SOURCE, NOW, one!.sessionId);
    expect(await lastRecord()).toMatchObject({ resource_id: next!.sessionId, details: { replaced_session: one!.sessionId } });
    expect(await findLiveSession(one!.sessionId, { now: NOW })).toBeNull();
    for (const { sessionId } of [elsewhere!, next!]) expect(await findLiveSession(sessionId, { now: NOW })).not.toBeNull();
    await signInWithIdentity(claims({ sub: 's6', email: 'stranger@test.example' }), SOURCE, NOW, next!.sessionId);
    expect(await findLiveSession(next!.sessionId, { now: NOW })).not.toBeNull();
  });

  it('takes a time of proof that is no number, or lies ahead, for none and for now', async () => {
    const { email } = await makePerson({});
    for (const [auth_time, proven] of [
      ['soon', new Date(0)],
      [Number.NaN, new Date(0)],
      [NOW.getTime() / 1000 + 9e9, NOW],
    ] as const) {
      const started = await signInWithIdentity(claims({ email, sub: 's7', auth_time }) as IdentityClaims, SOURCE, NOW);
      expect((await findLiveSession(started!.sessionId, { now: NOW }))?.confirmed_at).toEqual(proven);
    }
  });

  it('keeps disabled people out', async () => {
    const { email, id } = await makePerson({});
    await signInWithIdentity(claims({ email, sub: 's4' }), SOURCE, NOW);
    await prisma().user.update({ where: { id }, data: { disabled_at: NOW } });
    expect(await signInWithIdentity(claims({ sub: 's4' }), SOURCE, NOW)).toBeNull();
  });
});
