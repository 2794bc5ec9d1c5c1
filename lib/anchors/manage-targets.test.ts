import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Viewer } from '@/lib/auth/viewer';
import { COSIGNATURE_ED25519, ED25519, formatVerifierKey, makeVerifierKey } from '@/lib/chain/verifier-key';
import { closeDatabase, prisma } from '@/lib/db';
import { AnchorBody, type AnchorWish } from '@/lib/schema/anchors';
import { freshDatabase, type TestDatabase } from '@/lib/testing/fresh-database';
import { accessRecords, makeViewer } from '@/lib/testing/make-person';
import { startSmtpServer } from '@/lib/testing/smtp-server';
import { addTarget, changeTarget, listTargets, removeTarget, tryTarget } from './manage-targets';

let db: TestDatabase;
let admin: Viewer;
beforeAll(async () => {
  db = await freshDatabase();
  admin = await makeViewer({ [db.ledgers.main]: 'administrator', [db.ledgers.access]: 'administrator' });
});
afterAll(async () => {
  await closeDatabase();
  await db.drop();
});

const hook = (name: string): AnchorWish => ({
  kind: 'webhook',
  name,
  every_seconds: 300,
  config: { url: 'https://audit.example.org/hook' },
});
const vkey = (name: string, type: 1 | 4 = COSIGNATURE_ED25519, fill = 1) =>
  formatVerifierKey(makeVerifierKey(name, type, new Uint8Array(32).fill(fill)));
const witness = (name: string, key: string): AnchorWish => ({
  kind: 'witness',
  name,
  every_seconds: 60,
  config: { url: 'https://witness.example.org/', vkey: key },
});
const last = async () => (await accessRecords(db.ledgers.access)).at(-1)!;
const NONE = '00000000-0000-4000-8000-000000000000';

describe('a place outside', () => {
  it('is added, changed and removed, each an entry of the access ledger with what it was', async () => {
    const { secret, ...made } = await addTarget(admin, 'main', hook('Auditor'));
    expect(secret).toMatch(/^whsec_/);
    expect(await last()).toMatchObject({
      action: 'anchor_target_changed',
      actor_id: admin.person.email,
      resource_id: made.id,
      details: { change: 'added', kind: 'webhook', name: 'Auditor', every_seconds: 300, config: { url: 'https://audit.example.org/hook' } },
    });
    expect((await listTargets(admin, 'main')).rows).toEqual([made]);
    await changeTarget(admin, 'main', made.id, { every_seconds: 60, enabled: false });
    expect(await last()).toMatchObject({
      details: { change: 'changed', before: { every_seconds: 300, enabled: true }, after: { every_seconds: 60, enabled: false } },
    });
    await removeTarget(admin, 'main', made.id);
    expect(await last()).toMatchObject({ details: { change: 'removed', name: 'Auditor' } });
    expect((await listTargets(admin, 'main')).rows).toEqual([]);
  });

  it('leaves its secret neither in lists nor in the access ledger nor behind it', async () => {
    const { secret, id } = await addTarget(admin, 'main', hook('Secretive'));
    const shown = JSON.stringify([(await listTargets(admin, 'main')).rows, await changeTarget(admin, 'main', id, { enabled: false })]);
    expect(shown).not.toContain('whsec_');
    await removeTarget(admin, 'main', id);
    expect(JSON.stringify(await accessRecords(db.ledgers.access))).not.toContain('whsec_');
    expect(JSON.stringify(await prisma().anchorTarget.findUnique({ where: { id } }))).not.toContain(secret);
  });

  it('is changed by administrators alone, who have just confirmed who they are', async () => {
    const { id } = await addTarget(admin, 'main', hook('Guarded'));
    const stale = { ...admin, confirmedAt: new Date(Date.now() - 6 * 60_000) };
    for (const role of ['auditor', 'compliance_officer'] as const) {
      const other = await makeViewer({ [db.ledgers.main]: role });
      for (const attempt of [
        () => listTargets(other, 'main'),
        () => addTarget(other, 'main', hook('x')),
        () => changeTarget(other, 'main', id, { enabled: false }),
        () => removeTarget(other, 'main', id),
        () => tryTarget(other, 'main', id),
      ])
        await expect(attempt()).rejects.toMatchObject({ code: 'forbidden' });
    }
    for (const attempt of [
      () => addTarget(stale, 'main', hook('x')),
      () => changeTarget(stale, 'main', id, { enabled: false }),
      () => removeTarget(stale, 'main', id),
    ])
      await expect(attempt()).rejects.toMatchObject({ code: 'reauthentication_required' });
    await removeTarget(admin, 'main', id);
  });

  it('is found in its own ledger alone', async () => {
    const { id } = await addTarget(admin, 'main', hook('Placed'));
    for (const [ledger, other] of [
      ['access', id],
      ['main', NONE],
      ['main', 'nothing'],
    ]) {
      await expect(changeTarget(admin, ledger, other, { enabled: false })).rejects.toMatchObject({ code: 'not_found' });
      await expect(removeTarget(admin, ledger, other)).rejects.toMatchObject({ code: 'not_found' });
      await expect(tryTarget(admin, ledger, other)).rejects.toMatchObject({ code: 'not_found' });
    }
    await expect(tryTarget(admin, 'main', id)).rejects.toMatchObject({ code: 'conflict' });
    await removeTarget(admin, 'main', id);
    await expect(removeTarget(admin, 'main', id)).rejects.toMatchObject({ code: 'not_found' });
  });
});

describe('what cannot be', () => {
  const refused = (wish: AnchorWish) =>
    addTarget(admin, 'main', wish).catch((error: { code: string; pointer?: string }) => [error.code, error.pointer]);

  it.each<[string, AnchorWish, string]>([
    ['an address without TLS', { ...hook('x'), config: { url: 'http://audit.example.org/' } } as AnchorWish, '/config/url'],
    ['an address with a password', { ...hook('x'), config: { url: 'https://a:b@audit.example.org/' } } as AnchorWish, '/config/url'],
    ['the key of a log', witness('x', vkey('witness.example.org', ED25519)), '/config/vkey'],
    ['no key', witness('x', 'witness.example.org'), '/config/vkey'],
    ['keys of two names', witness('x', `${vkey('one')}\n${vkey('two')}`), '/config/vkey'],
    [
      'no certificate',
      { kind: 'timestamp', name: 'x', every_seconds: 60, config: { url: 'https://tsa.example.org/', certificates: 'none' } },
      '/config/certificates',
    ],
  ])('is refused where it is entered: %s', async (_what, wish, pointer) => {
    expect(await refused(wish)).toEqual(['format', pointer]);
  });

  it('is refused before it is kept: unknown members, other kinds, buckets and addresses that none can have', () => {
    const wish = hook('x');
    for (const other of [
      { ...wish, kind: 'fax' },
      { ...wish, every_seconds: 0 },
      { ...wish, name: 'a\u202eb' },
      { ...wish, config: { ...wish.config, secret: 'whsec_mine' } },
      { kind: 'object_lock', name: 'x', every_seconds: 60, config: { bucket: '../x', retain_days: 1 } },
      { kind: 'object_lock', name: 'x', every_seconds: 60, config: { bucket: 'abc', prefix: '/x', retain_days: 1 } },
      { kind: 'email', name: 'x', every_seconds: 60, config: { to: ['a@example.org\r\nBcc: b@example.org'] } },
      { kind: 'email', name: 'x', every_seconds: 60, config: { to: [] } },
    ])
      expect(AnchorBody.safeParse(other).success).toBe(false);
    expect(AnchorBody.safeParse(wish).success).toBe(true);
  });

  it('is a witness twice, for it would count twice; and a name twice', async () => {
    const first = await addTarget(admin, 'main', witness('First', vkey('w.example')));
    expect(await refused(witness('Second', vkey('w.example', COSIGNATURE_ED25519, 2)))).toEqual(['conflict', '/config/vkey']);
    expect(await refused(hook('First'))).toEqual(['conflict', '/name']);
    const second = await addTarget(admin, 'main', hook('Other'));
    await expect(changeTarget(admin, 'main', second.id, { name: 'First' })).rejects.toMatchObject({ code: 'conflict', pointer: '/name' });
    await removeTarget(admin, 'main', first.id);
    await changeTarget(admin, 'main', second.id, { name: 'First' });
  });

  it('is mail from an installation that sends none', async () => {
    const wish: AnchorWish = { kind: 'email', name: 'Post', every_seconds: 60, config: { to: ['a@example.org'] } };
    expect(await refused(wish)).toEqual(['conflict', '/kind']);
    const smtp = await startSmtpServer();
    Object.assign(process.env, { SMTP_URL: smtp.url, MAIL_FROM: 'holdfast@example.org' });
    await addTarget(admin, 'main', wish);
    delete process.env.SMTP_URL;
    await smtp.close();
  });
});
