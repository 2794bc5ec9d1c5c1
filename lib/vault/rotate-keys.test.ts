import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SYSTEM } from '@/lib/access-log/access-entry';
import { closeDatabase, pool, prisma } from '@/lib/db';
import { closeAppenders } from '@/lib/ledger/append-records';
import { listRotations } from '@/lib/ledger/read-vault';
import { type FakeKms, startFakeKms } from '@/lib/testing/fake-kms';
import { asAdmin, freshDatabase, type TestDatabase } from '@/lib/testing/fresh-database';
import { accessRecords, makeViewer } from '@/lib/testing/make-person';
import { freshVault } from '@/lib/testing/seal-record';
import { keepRotating } from '@/lib/words/keep-rotating';
import { beginRotation, forgetOldKeys, rotateVault } from '@/lib/words/rotate-vault';
import { dataKeyFor, forgetAllDataKeys, type KeyScope, openDataKey } from './data-keys';
import { forgetLedgerSecrets, ledgerSecret } from './ledger-secrets';
import { makeLocalKeys, readLocalKeys } from './local-keys';
import { openVault, prepareVault } from './open-vault';
import { continueRotation, countWrapped } from './rotate-keys';

const OWN = '1234abcd-12ab-34cd-56ef-1234567890ab';
const NEXT = '0987dcba-09fe-87dc-65ba-ab0987654321';
const KEYS = 450;

let db: TestDatabase;
let vault: ReturnType<typeof freshVault>;
let kms: FakeKms;
let opened: Map<string, Buffer>;
beforeAll(async () => {
  kms = await startFakeKms([OWN, NEXT]);
  Object.assign(process.env, { KMS_ENDPOINT: kms.endpoint, AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' });
});
afterAll(() => kms.close());

/** A ledger with data keys and a secret under the first key of a file. */
beforeEach(async () => {
  db = await freshDatabase();
  vault = freshVault();
  forgetAllDataKeys();
  forgetLedgerSecrets();
  opened = new Map();
  const scopes = Array.from({ length: KEYS }, (_, i): KeyScope => scopeOf(`talk-${i}`));
  for (const { id, key } of await Promise.all(scopes.map(dataKeyFor))) opened.set(id, key);
  opened.set('submission', await ledgerSecret(db.ledgers.main, 'submission'));
  return async () => {
    delete process.env.VAULT_KMS_KEY;
    delete process.env.VAULT_KMS_PREVIOUS;
    kms.mood = 'well';
    vault.drop();
    await closeAppenders();
    await closeDatabase();
    await db.drop();
  };
});

const never = new AbortController().signal;
const scopeOf = (conversationId: string): KeyScope => ({
  ledgerId: db.ledgers.main,
  conversationId,
  recordId: '00000000-0000-4000-8000-000000000001',
  subjectId: null,
});
const counts = async () => Object.fromEntries((await countWrapped(pool('screens'))).map(({ kek_id, count }) => [kek_id, Number(count)]));

/** Each opens to what it was, whatever wraps it now. */
async function expectAllOpen(): Promise<void> {
  forgetLedgerSecrets();
  for (const [id, key] of opened) {
    const now = id === 'submission' ? await ledgerSecret(db.ledgers.main, 'submission') : (await openDataKey(db.ledgers.main, id)).key;
    if (!now.equals(key)) expect.fail(`${id} opens to another key`);
  }
}

describe('rotation of the key-encryption key', () => {
  it('wraps everything with a new key of the file, and the access ledger says that', async () => {
    const first = openVault().current.id;
    const begun = await beginRotation(SYSTEM, 'test', null);
    expect(begun).toMatchObject({ done: 0, total: KEYS + 1, finished_at: null });
    expect(begun.to).not.toBe(first);
    expect(await continueRotation(never)).toBe('finished');
    expect(await counts()).toEqual({ [begun.to]: KEYS + 1 });
    await expectAllOpen();
    expect((await listRotations(prisma()))[0]).toMatchObject({ id: begun.id, done: KEYS + 1, last_error: null });
    const said = (await accessRecords(db.ledgers.access)).at(-1)!;
    expect(said).toMatchObject({ action: 'key_rotated', resource_id: begun.to, details: { rotation: begun.id, keys: KEYS + 1 } });
    expect(await continueRotation(never)).toBe('none');
  });

  it('goes on from where it was when it was stopped, and everything opens in between', async () => {
    const begun = await beginRotation(SYSTEM, 'test', null);
    const stop = new AbortController();
    expect(await continueRotation(stop.signal, ({ done }) => done > 0n && stop.abort())).toBe('waiting');
    const between = await counts();
    expect(Object.keys(between)).toHaveLength(2);
    expect(between[begun.to]).toBeLessThan(KEYS);
    await expectAllOpen();
    // Sealed meanwhile: under the new key.
    await dataKeyFor(scopeOf('meanwhile'));
    expect((await counts())[begun.to]).toBe(between[begun.to]! + 1);
    expect(await continueRotation(never)).toBe('finished');
    expect(await counts()).toEqual({ [begun.to]: KEYS + 2 });
    await expectAllOpen();
  });

  it('is gone on with by the process that runs, after a start', async () => {
    await beginRotation(SYSTEM, 'test', null);
    const stop = keepRotating(10);
    await expect.poll(async () => (await listRotations(prisma()))[0]!.finished_at, { timeout: 10_000 }).not.toBeNull();
    await stop();
    await expectAllOpen();
  });

  it('is done by one process at a time, and asked for once', async () => {
    await beginRotation(SYSTEM, 'test', null);
    await expect(beginRotation(SYSTEM, 'test', null)).rejects.toMatchObject({ code: 'conflict' });
    const held = await asAdmin(db.adminUrl, async (client) => {
      await client.query('SELECT pg_advisory_lock(1212566605)');
      return continueRotation(never);
    });
    expect(held).toBe('elsewhere');
    // Two who ask at once add one key.
    expect(await continueRotation(never)).toBe('finished');
    const before = readLocalKeys(vault.file)!.all.size;
    const asked = await Promise.allSettled([beginRotation(SYSTEM, 'a', null), beginRotation(SYSTEM, 'b', null)]);
    expect(asked.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(readLocalKeys(vault.file)!.all.size).toBe(before + 1);
  });

  it('does not bring back what was shredded, nor what is shredded while it goes on', async () => {
    const [id] = [...opened.keys()];
    await asAdmin(db.adminUrl, (c) =>
      c.query('UPDATE content_keys SET wrapped = NULL, kek_id = NULL, shredded_at = now() WHERE id = $1', [id]),
    );
    const begun = await beginRotation(SYSTEM, 'test', null);
    const late = [...opened.keys()][KEYS - 1]!;
    let shredded = false;
    await continueRotation(never, () => {
      if (shredded) return;
      shredded = true;
      void asAdmin(db.adminUrl, (c) =>
        c.query('UPDATE content_keys SET wrapped = NULL, kek_id = NULL, shredded_at = now() WHERE id = $1', [late]),
      );
    });
    expect(await counts()).toEqual({ [begun.to]: KEYS - 1 });
    for (const gone of [id!, late]) await expect(openDataKey(db.ledgers.main, gone)).rejects.toMatchObject({ code: 'shredded' });
  });

  it('leaves as it is what cannot be unwrapped, and says so', async () => {
    const [id] = [...opened.keys()];
    await asAdmin(db.adminUrl, (c) =>
      c.query('UPDATE content_keys SET wrapped = set_byte(wrapped, 20, get_byte(wrapped, 20) # 1) WHERE id = $1', [id]),
    );
    const first = openVault().current.id;
    const begun = await beginRotation(SYSTEM, 'test', null);
    expect(await continueRotation(never)).toBe('finished');
    expect(await counts()).toEqual({ [first]: 1, [begun.to]: KEYS });
    expect((await listRotations(prisma()))[0]).toMatchObject({ last_error: '1 could not be unwrapped and were left as they are' });
    await expect(forgetOldKeys(SYSTEM)).rejects.toMatchObject({ code: 'conflict' });
  });

  it('from the file to a key service and on to another of its keys, waiting while the service is away', async () => {
    process.env.VAULT_KMS_KEY = OWN;
    const begun = await beginRotation(SYSTEM, 'test', null);
    expect(begun.to).toBe(`kms:${OWN}`);
    kms.mood = 'failing';
    expect(await continueRotation(never)).toBe('waiting');
    expect((await listRotations(prisma()))[0]!.last_error).toContain('key service');
    await expectAllOpen();
    kms.mood = 'well';
    expect(await continueRotation(never)).toBe('finished');
    expect(await counts()).toEqual({ [`kms:${OWN}`]: KEYS + 1 });
    expect((await listRotations(prisma()))[0]!.last_error).toBeNull();
    await expect(beginRotation(SYSTEM, 'test', null)).rejects.toMatchObject({ code: 'conflict' });
    Object.assign(process.env, { VAULT_KMS_KEY: NEXT, VAULT_KMS_PREVIOUS: OWN });
    await expectAllOpen();
    await beginRotation(SYSTEM, 'test', null);
    expect(await continueRotation(never)).toBe('finished');
    expect(await counts()).toEqual({ [`kms:${NEXT}`]: KEYS + 1 });
    process.env.VAULT_KMS_PREVIOUS = '';
    await expectAllOpen();
  });

  it('old keys of the file are forgotten when nothing needs them, and not before', async () => {
    await expect(forgetOldKeys(SYSTEM)).rejects.toMatchObject({ code: 'conflict' });
    const begun = await beginRotation(SYSTEM, 'test', null);
    await expect(forgetOldKeys(SYSTEM)).rejects.toMatchObject({ code: 'conflict' });
    await continueRotation(never);
    expect(await forgetOldKeys(SYSTEM)).toHaveLength(1);
    expect([...readLocalKeys(vault.file)!.all.keys()]).toEqual([begun.to]);
    await expectAllOpen();
  });

  it('is an administrator’s, who has just said who they are', async () => {
    const auditor = await makeViewer({ [db.ledgers.main]: 'auditor' });
    await expect(rotateVault(auditor, 'main')).rejects.toMatchObject({ code: 'forbidden' });
    const administrator = await makeViewer({ [db.ledgers.main]: 'administrator' });
    await expect(rotateVault({ ...administrator, confirmedAt: new Date(0) }, 'main')).rejects.toMatchObject({
      code: 'reauthentication_required',
    });
    expect(await rotateVault(administrator, 'main')).toMatchObject({ started_by: administrator.person.email });
  });
});

describe('a key file that is lost', () => {
  it('is not made anew where words are sealed under it', async () => {
    const kept = readFileSync(vault.file);
    process.env.VAULT_KEY_FILE = `${vault.file}.other`;
    await expect(prepareVault()).rejects.toMatchObject({ code: 'unavailable', message: expect.stringContaining('restore it') });
    await expect(dataKeyFor(scopeOf('late'))).rejects.toMatchObject({ code: 'unavailable' });
    process.env.VAULT_KEY_FILE = vault.file;
    expect(await prepareVault()).toBeNull();
    expect(readFileSync(vault.file)).toEqual(kept);
  });

  it('and another in its place opens nothing, whatever the database names', async () => {
    process.env.VAULT_KEY_FILE = `${vault.file}.another`;
    expect(makeLocalKeys(process.env.VAULT_KEY_FILE)).toBe(true);
    const [id] = [...opened.keys()];
    await expect(openDataKey(db.ledgers.main, id!)).rejects.toMatchObject({ code: 'unavailable' });
    await asAdmin(db.adminUrl, (c) => c.query('UPDATE content_keys SET kek_id = $1', [openVault().current.id]));
    await expect(openDataKey(db.ledgers.main, id!)).rejects.toMatchObject({ code: 'unreadable' });
    // A key of a service that nobody configured.
    await asAdmin(db.adminUrl, (c) => c.query('UPDATE content_keys SET kek_id = $1', [`kms:${OWN}`]));
    await expect(openDataKey(db.ledgers.main, id!)).rejects.toMatchObject({ code: 'unavailable' });
  });
});
