import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hashPassword } from '@/lib/auth/password';
import { findLiveSession, startSession } from '@/lib/auth/sessions';
import type { Viewer } from '@/lib/auth/viewer';
import { closeDatabase, prisma } from '@/lib/db';
import { closeAppenders } from '@/lib/ledger/append-records';
import { freshDatabase, type TestDatabase } from '@/lib/testing/fresh-database';
import { accessRecords, makePerson, makeViewer, viewerOf } from '@/lib/testing/make-person';
import { completeSetup, viewSetup } from './complete-setup';
import { listUsers } from './list-users';
import { issueKey } from './manage-keys';
import { changeUser, inviteUser, makeUserLink } from './manage-users';
import { signInWithPassword } from './sign-in';

const PASSWORD = 'a long enough passphrase';
const SOURCE = { address: null, browser: null };

let db: TestDatabase;
let admin: Viewer & { sessionId: string };
let hash: string;
beforeAll(async () => {
  db = await freshDatabase();
  hash = await hashPassword(PASSWORD);
  admin = await makeViewer({ [db.ledgers.main]: 'administrator' }, hash);
});
afterAll(async () => {
  await closeAppenders();
  await closeDatabase();
  await db.drop();
});

const token = (link: string) => link.replace('/setup/', '');
const roleOn = (userId: string, ledger_id: number) =>
  prisma().membership.findUnique({ where: { user_id_ledger_id: { user_id: userId, ledger_id } } });

describe('the last administrator of a ledger', () => {
  it('can be neither demoted, nor removed, nor disabled', async () => {
    const own = admin.person.id;
    const attempts = [{ roles: [{ ledger: 'main', role: 'auditor' as const }] }, { roles: [] }, { disabled: true }];
    for (const change of attempts) await expect(changeUser(admin, 'main', own, change)).rejects.toMatchObject({ code: 'conflict' });
    expect((await roleOn(own, db.ledgers.main))?.role).toBe('administrator');
  });

  it('is not relieved by one who is disabled or has never been able to sign in', async () => {
    const invited = await makePerson({ [db.ledgers.main]: 'administrator' });
    const disabled = await makePerson({ [db.ledgers.main]: 'administrator' }, hash);
    await prisma().user.update({ where: { id: disabled.id }, data: { disabled_at: new Date() } });
    await expect(changeUser(admin, 'main', admin.person.id, { roles: [] })).rejects.toMatchObject({ code: 'conflict' });
    for (const { id } of [invited, disabled]) await changeUser(admin, 'main', id, { roles: [] });
  });

  it('is left when two of them remove each other at the same moment', async () => {
    const other = await makeViewer({ [db.ledgers.main]: 'administrator' }, hash);
    const results = await Promise.allSettled([
      changeUser(admin, 'main', other.person.id, { roles: [] }),
      changeUser(other, 'main', admin.person.id, { roles: [] }),
    ]);
    expect(results.filter((r) => r.status === 'fulfilled')).toHaveLength(1);
    const left = await prisma().membership.findMany({ where: { ledger_id: db.ledgers.main, role: 'administrator' } });
    expect(left).toHaveLength(1);
    if (left[0]!.user_id !== admin.person.id) {
      await prisma().membership.create({ data: { user_id: admin.person.id, ledger_id: db.ledgers.main, role: 'administrator' } });
      await prisma().membership.delete({ where: { user_id_ledger_id: { user_id: other.person.id, ledger_id: db.ledgers.main } } });
    }
  });
});

describe('an administrator', () => {
  it('gives roles on the ledgers that they administer, and on no other', async () => {
    const { id } = await makePerson({ [db.ledgers.access]: 'auditor' });
    await changeUser(admin, 'main', id, { roles: [{ ledger: 'main', role: 'auditor' }] });
    expect((await roleOn(id, db.ledgers.access))?.role).toBe('auditor');
    const elsewhere = [{ ledger: 'access', role: 'administrator' as const }];
    await expect(changeUser(admin, 'main', id, { roles: elsewhere })).rejects.toMatchObject({
      code: 'forbidden',
      pointer: '/roles/0/ledger',
    });
    await expect(inviteUser(admin, 'main', { email: 'x@test.example', name: 'X', roles: elsewhere })).rejects.toMatchObject({
      code: 'forbidden',
    });
    expect((await roleOn(id, db.ledgers.access))?.role).toBe('auditor');
  });

  it('cannot take over or lock out a person who reaches further than they do', async () => {
    const { id } = await makePerson({ [db.ledgers.main]: 'auditor', [db.ledgers.access]: 'administrator' }, hash);
    await expect(makeUserLink(admin, 'main', id)).rejects.toMatchObject({ code: 'forbidden' });
    await expect(changeUser(admin, 'main', id, { disabled: true })).rejects.toMatchObject({ code: 'forbidden' });
    await changeUser(admin, 'main', id, { roles: [] });
  });

  it('is asked for the password again five minutes after it was entered', async () => {
    const { id } = await makePerson({});
    const stale = { ...admin, confirmedAt: new Date(Date.now() - 5 * 60_000) };
    const asked = { code: 'reauthentication_required' };
    await expect(changeUser(stale, 'main', id, { roles: [] })).rejects.toMatchObject(asked);
    await expect(makeUserLink(stale, 'main', id)).rejects.toMatchObject(asked);
  });

  it('is what it takes: the other roles are refused, whatever they ask', async () => {
    for (const role of ['auditor', 'compliance_officer'] as const) {
      const other = await makeViewer({ [db.ledgers.main]: role }, hash);
      await expect(
        changeUser(other, 'main', other.person.id, { roles: [{ ledger: 'main', role: 'administrator' }] }),
      ).rejects.toMatchObject({ code: 'forbidden' });
    }
  });

  it('is what it takes before the password is: who may not is recorded, however long ago they entered it', async () => {
    const other = { ...(await makeViewer({ [db.ledgers.main]: 'auditor' }, hash)), confirmedAt: null };
    const { id } = await makePerson({});
    await expect(changeUser(other, 'main', id, { roles: [] })).rejects.toMatchObject({ code: 'forbidden' });
    expect((await accessRecords(db.ledgers.access)).at(-1)).toMatchObject({ action: 'access_denied', actor_id: other.person.email });
    await expect(issueKey(other, 'main', { name: 'k', kind: 'read', agent_names: [], may_write_user: false })).rejects.toMatchObject({
      code: 'forbidden',
    });
    expect((await accessRecords(db.ledgers.access)).at(-1)).toMatchObject({ details: { permission: 'keys.manage' } });
  });

  it('sees the people of the ledgers they administer, with the roles there and those alone', async () => {
    const shared = await makePerson({ [db.ledgers.main]: 'auditor', [db.ledgers.access]: 'auditor' });
    const foreign = await makePerson({ [db.ledgers.access]: 'auditor' });
    const { users } = await listUsers(admin, 'main');
    expect(users.find((user) => user.id === shared.id)?.roles).toEqual([{ ledger: 'main', role: 'auditor' }]);
    expect(users.some((user) => user.id === foreign.id)).toBe(false);
    expect(JSON.stringify(users)).not.toContain('argon2');
  });

  it('who disables a person ends their sessions; the change is recorded with what was before', async () => {
    const { id, email } = await makePerson({ [db.ledgers.main]: 'auditor' }, hash);
    const session = await startSession(prisma(), { userId: id, ...SOURCE }, new Date());
    await changeUser(admin, 'main', id, { disabled: true, roles: [{ ledger: 'main', role: 'compliance_officer' }] });
    expect(await findLiveSession(session)).toBeNull();
    expect((await prisma().session.findUniqueOrThrow({ where: { id: session } })).revoked_at).not.toBeNull();
    expect((await accessRecords(db.ledgers.access)).at(-1)).toMatchObject({
      action: 'user_changed',
      actor_type: 'admin',
      resource_id: email,
      details: {
        change: 'disabled',
        roles_before: [{ ledger: 'main', role: 'auditor' }],
        roles: [{ ledger: 'main', role: 'compliance_officer' }],
      },
    });
  });
});

describe('a one-time link', () => {
  const invite = (email: string) => inviteUser(admin, 'main', { email, name: 'New', roles: [{ ledger: 'main', role: 'auditor' }] });

  it('opens an account once, for whoever holds it first, and is kept as a hash alone', async () => {
    const { link, user } = await invite('new@test.example');
    expect(await viewSetup(token(link))).toEqual({ purpose: 'invitation', email: 'new@test.example', name: 'New' });
    const stored = await prisma().oneTimeLink.findMany();
    expect(JSON.stringify(stored.map((l) => Buffer.from(l.token_hash).toString()))).not.toContain(token(link));
    const results = await Promise.allSettled([1, 2].map(() => completeSetup(token(link), { password: PASSWORD }, null)));
    expect(results.filter((r) => r.status === 'fulfilled')).toHaveLength(1);
    expect((await signInWithPassword({ email: 'new@test.example', password: PASSWORD }, SOURCE))?.userId).toBe(user.id);
    await expect(viewSetup(token(link))).rejects.toMatchObject({ code: 'not_found' });
  });

  it('cannot change whose account it opens', async () => {
    const { link } = await invite('second@test.example');
    expect(await completeSetup(token(link), { email: admin.person.email, password: PASSWORD }, null)).toEqual({
      email: 'second@test.example',
    });
  });

  it('ends when it is old, when another is made, and when the account is disabled', async () => {
    const { link, user } = await invite('third@test.example');
    await expect(viewSetup(token(link), new Date(Date.now() + 73 * 3_600_000))).rejects.toMatchObject({ code: 'not_found' });
    const { link: second } = await makeUserLink(admin, 'main', user.id);
    await expect(viewSetup(token(link))).rejects.toMatchObject({ code: 'not_found' });
    await changeUser(admin, 'main', user.id, { disabled: true });
    await expect(viewSetup(token(second))).rejects.toMatchObject({ code: 'not_found' });
  });

  it('that sets a new password ends when the account reaches another ledger than when it was made', async () => {
    const elsewhere = await makeViewer({ [db.ledgers.access]: 'administrator' }, hash);
    const { id } = await makePerson({}, hash);
    const { link } = await makeUserLink(elsewhere, 'access', id);
    expect((await viewSetup(token(link))).purpose).toBe('password_reset');
    await changeUser(admin, 'main', id, { roles: [{ ledger: 'main', role: 'auditor' }] });
    await expect(completeSetup(token(link), { password: PASSWORD }, null)).rejects.toMatchObject({ code: 'not_found' });
    await expect(makeUserLink(elsewhere, 'access', id)).rejects.toMatchObject({ code: 'forbidden' });
  });

  it('that sets a new password ends the sessions of its owner', async () => {
    const { id } = await makePerson({ [db.ledgers.main]: 'auditor' }, hash);
    const session = await startSession(prisma(), { userId: id, ...SOURCE }, new Date());
    const { link } = await makeUserLink(admin, 'main', id);
    expect(await findLiveSession(session)).not.toBeNull();
    await completeSetup(token(link), { password: 'another long passphrase' }, null);
    expect(await findLiveSession(session)).toBeNull();
  });

  it('makes the first administrator only while there is none', async () => {
    const { makeLink } = await import('@/lib/auth/one-time-link');
    const link = await makeLink(prisma(), 'first_administrator', null, new Date());
    const attempt = completeSetup(token(link), { email: 'late@test.example', name: 'Late', password: PASSWORD }, null);
    await expect(attempt).rejects.toMatchObject({ code: 'conflict' });
    expect(await prisma().user.count({ where: { email: 'late@test.example' } })).toBe(0);
    expect(await viewerOf(admin.sessionId)).toBeTruthy();
  });
});
