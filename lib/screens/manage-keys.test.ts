import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { authenticateKey } from '@/lib/auth/authenticate-key';
import { hashPassword } from '@/lib/auth/password';
import { findLiveSession, startSession } from '@/lib/auth/sessions';
import type { Viewer } from '@/lib/auth/viewer';
import { closeDatabase, prisma } from '@/lib/db';
import { closeAppenders } from '@/lib/ledger/append-records';
import { freshDatabase, type TestDatabase } from '@/lib/testing/fresh-database';
import { accessRecords, makeViewer, viewerOf } from '@/lib/testing/make-person';
import { listKeys } from './list-keys';
import { listSessions } from './list-sessions';
import { changeAccount, changePassword, confirmPassword, endSession } from './manage-account';
import { issueKey, type KeyWish, revokeKey } from './manage-keys';
import { changeUser } from './manage-users';
import { deleteView } from './manage-views';

const PASSWORD = 'a long enough passphrase';
const WISH: KeyWish = { name: 'Claims', kind: 'ingest', agent_names: ['claims'], may_write_user: false };

let db: TestDatabase;
let admin: Viewer;
let stranger: Viewer;
let hash: string;
beforeAll(async () => {
  db = await freshDatabase();
  hash = await hashPassword(PASSWORD);
  admin = await makeViewer({ [db.ledgers.main]: 'administrator', [db.ledgers.access]: 'administrator' });
  stranger = await makeViewer({ [db.ledgers.access]: 'administrator' });
});
afterAll(async () => {
  await closeAppenders();
  await closeDatabase();
  await db.drop();
});

const last = async () => (await accessRecords(db.ledgers.access)).at(-1);

it.each(['-'.repeat(36), '0'.repeat(36), 'x', ''])('an id that is none (%j) is not found, whatever it is asked of', async (id) => {
  const nothing = { code: 'not_found' };
  await expect(revokeKey(admin, id)).rejects.toMatchObject(nothing);
  await expect(endSession(admin, id)).rejects.toMatchObject(nothing);
  await expect(deleteView(admin, id)).rejects.toMatchObject(nothing);
  await expect(changeUser(admin, 'main', id, { name: 'x' })).rejects.toMatchObject(nothing);
  expect(await findLiveSession(id)).toBeNull();
});

describe('keys', () => {
  it('are told once, listed without their secret, recorded when issued and when revoked', async () => {
    const { key, secret } = await issueKey(admin, 'main', WISH);
    expect(await last()).toMatchObject({ action: 'key_issued', resource_id: key.id, details: { agent_names: ['claims'], ledger: 'main' } });
    const listed = await listKeys(admin, 'main');
    expect(listed.keys.find((row) => row.id === key.id)).toEqual(key);
    expect(JSON.stringify([listed, await accessRecords(db.ledgers.access)])).not.toContain(secret.slice(12));
    expect((await authenticateKey(`Bearer ${secret}`))?.keyId).toBe(key.id);
    await revokeKey(admin, key.id);
    expect(await authenticateKey(`Bearer ${secret}`)).toBeNull();
    expect(await last()).toMatchObject({ action: 'key_revoked', resource_id: key.id });
    await expect(revokeKey(admin, key.id)).rejects.toMatchObject({ code: 'conflict' });
  });

  it('of one ledger are out of reach for the administrator of another', async () => {
    const { key, secret } = await issueKey(admin, 'main', WISH);
    await expect(issueKey(stranger, 'main', WISH)).rejects.toMatchObject({ code: 'not_found' });
    await expect(listKeys(stranger, 'main')).rejects.toMatchObject({ code: 'not_found' });
    await expect(revokeKey(stranger, key.id)).rejects.toMatchObject({ code: 'not_found' });
    expect(await authenticateKey(`Bearer ${secret}`)).not.toBeNull();
  });

  it('that write are never made for the ledger of what people did', async () => {
    await expect(issueKey(admin, 'access', WISH)).rejects.toMatchObject({ code: 'conflict', pointer: '/kind' });
    await issueKey(admin, 'access', { ...WISH, kind: 'read', agent_names: [] });
  });

  it('fit together or are refused at the member that does not', async () => {
    const cases: [Partial<KeyWish>, string][] = [
      [{ agent_names: [] }, '/agent_names'],
      [{ kind: 'read' }, '/agent_names'],
      [{ kind: 'read', agent_names: [], may_write_user: true }, '/may_write_user'],
      [{ expires_at: '2020-01-01T00:00:00Z' }, '/expires_at'],
    ];
    for (const [over, pointer] of cases) await expect(issueKey(admin, 'main', { ...WISH, ...over })).rejects.toMatchObject({ pointer });
  });

  it('ask for the password again; stopping one does not', async () => {
    const { key } = await issueKey(admin, 'main', WISH);
    const stale = { ...admin, confirmedAt: new Date(0) };
    await expect(issueKey(stale, 'main', WISH)).rejects.toMatchObject({ code: 'reauthentication_required' });
    expect((await revokeKey(stale, key.id)).revoked_at).not.toBeNull();
  });
});

describe('the own account', () => {
  it('changes its password with the present one alone, and every other session ends', async () => {
    const me = await makeViewer({}, hash);
    const other = await startSession(prisma(), { userId: me.person.id, address: null, browser: null }, new Date());
    await expect(changePassword(me, { current: 'wrong', next: 'another long passphrase' })).rejects.toMatchObject({
      code: 'forbidden',
      pointer: '/current',
    });
    await expect(changePassword(me, { current: PASSWORD, next: 'short' })).rejects.toMatchObject({ pointer: '/next' });
    await expect(changePassword(me, { current: PASSWORD, next: PASSWORD })).rejects.toMatchObject({ pointer: '/next' });
    expect(await findLiveSession(other)).not.toBeNull();
    expect(await changePassword(me, { current: PASSWORD, next: 'another long passphrase' })).toEqual({ sessions_ended: 1 });
    expect([await findLiveSession(other), (await findLiveSession(me.sessionId)) !== null]).toEqual([null, true]);
    expect(await last()).toMatchObject({ action: 'password_changed', actor_id: me.person.email });
  });

  it('is confirmed by its password, and guesses there are slowed like those at the door', async () => {
    const me = await makeViewer({}, hash);
    await prisma().session.update({ where: { id: me.sessionId }, data: { confirmed_at: new Date(0) } });
    await confirmPassword(me, { password: PASSWORD });
    expect((await viewerOf(me.sessionId)).confirmedAt!.getTime()).toBeGreaterThan(Date.now() - 60_000);
    const now = new Date();
    for (let i = 0; i < 4; i++) await expect(confirmPassword(me, { password: 'wrong' }, now)).rejects.toMatchObject({ code: 'forbidden' });
    await expect(confirmPassword(me, { password: PASSWORD }, now)).rejects.toMatchObject({ code: 'rate_limited' });
    expect(await last()).toMatchObject({ action: 'sign_in_failed', resource_id: me.person.email, details: { method: 'confirmation' } });
  });

  it('lists and ends its own sessions and nobody else’s', async () => {
    const me = await makeViewer({}, hash);
    const you = await makeViewer({}, hash);
    expect((await listSessions(me)).sessions.map((row) => [row.id, row.current])).toEqual([[me.sessionId, true]]);
    await expect(endSession(me, you.sessionId)).rejects.toMatchObject({ code: 'not_found' });
    await endSession(me, me.sessionId);
    expect([await findLiveSession(me.sessionId), (await findLiveSession(you.sessionId)) !== null]).toEqual([null, true]);
  });

  it('takes time zones that exist', async () => {
    const me = await makeViewer({}, hash);
    expect((await changeAccount(me, { zone: 'Europe/Paris' })).zone).toBe('Europe/Paris');
    for (const zone of ['Mars/Olympus', '+01:00', ''])
      await expect(changeAccount(me, { zone })).rejects.toMatchObject({ pointer: '/zone' });
  });
});
