import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Viewer } from '@/lib/auth/viewer';
import { closeDatabase, prisma } from '@/lib/db';
import { closeAppenders } from '@/lib/ledger/append-records';
import { asAdmin, freshDatabase, type TestDatabase } from '@/lib/testing/fresh-database';
import { accessRecords, makeViewer } from '@/lib/testing/make-person';
import { auditedChange } from './audited-change';
import { auditedRead } from './audited-read';
import { recordRefusal } from './record-refusal';

const WHAT = { action: 'screen_viewed', screen: '/records' } as const;

let db: TestDatabase;
let auditor: Viewer;
let stranger: Viewer;
beforeAll(async () => {
  db = await freshDatabase();
  auditor = await makeViewer({ [db.ledgers.main]: 'auditor' });
  stranger = await makeViewer({ [db.ledgers.access]: 'administrator' });
});
beforeEach(() => {
  (globalThis as { __holdfastRefusals?: Map<string, unknown> }).__holdfastRefusals?.clear();
});
afterAll(async () => {
  await closeAppenders();
  await closeDatabase();
  await db.drop();
});

const records = () => accessRecords(db.ledgers.access);

async function withoutAppend<T>(work: () => Promise<T>): Promise<T> {
  const change = (sql: string) => asAdmin(db.adminUrl, (c) => c.query(sql));
  await change('REVOKE EXECUTE ON FUNCTION append_entries FROM holdfast_app');
  try {
    return await work();
  } finally {
    await change('GRANT EXECUTE ON FUNCTION append_entries TO holdfast_app');
  }
}

describe('a read', () => {
  it('is in the access ledger, committed, before it is run', async () => {
    const before = (await records()).length;
    const seen = await auditedRead(auditor, 'main', 'records.read', { ...WHAT, details: { filter: 'actor=a' } }, () => records());
    expect(seen).toHaveLength(before + 1);
    expect(seen.at(-1)).toMatchObject({
      action: 'screen_viewed',
      actor_id: auditor.person.email,
      actor_type: 'user',
      outcome: 'success',
      source: { channel: 'dashboard', session_id: auditor.sessionId },
      details: { ledger: 'main', screen: '/records', role: 'auditor', filter: 'actor=a', address: '192.0.2.7', user_id: auditor.person.id },
    });
  });

  it('is not run when its record cannot be written', async () => {
    const read = vi.fn(async () => 'secret');
    await withoutAppend(async () => {
      await expect(auditedRead(auditor, 'main', 'records.read', WHAT, read)).rejects.toMatchObject({ code: 'audit_unavailable' });
    });
    expect(read).not.toHaveBeenCalled();
    expect(await auditedRead(auditor, 'main', 'records.read', WHAT, read)).toBe('secret');
  });

  it('is refused to a role that may not, and to whom has no role there as if the ledger did not exist', async () => {
    const read = vi.fn(async () => 'secret');
    await expect(auditedRead(auditor, 'main', 'keys.manage', WHAT, read)).rejects.toMatchObject({ code: 'forbidden' });
    const other = await auditedRead(stranger, 'main', 'records.read', WHAT, read).catch((error) => error);
    const none = await auditedRead(stranger, 'no-such-ledger', 'records.read', WHAT, read).catch((error) => error);
    expect([other.code, other.message]).toEqual([none.code, none.message]);
    expect(other.code).toBe('not_found');
    expect(read).not.toHaveBeenCalled();
  });

  it.each(['main\0', "main'--", 'x'.repeat(10_000), '__proto__'])(
    'of a ledger that cannot be is refused and recorded (%#)',
    async (name) => {
      await expect(auditedRead(auditor, name, 'records.read', WHAT, async () => 1)).rejects.toMatchObject({ code: 'not_found' });
      expect((await records()).at(-1)).toMatchObject({ action: 'access_denied', actor_id: auditor.person.email });
    },
  );

  it('by a key reaches the ledger that the key is bound to and no other, and nothing of a person', async () => {
    const key: Viewer = { ...auditor, sessionId: null, keyId: 'key-1', keyLedgerId: db.ledgers.main, confirmedAt: null };
    expect(await auditedRead(key, 'main', 'records.read', WHAT, async () => 1)).toBe(1);
    expect((await records()).at(-1)).toMatchObject({
      actor_id: 'key:key-1',
      actor_type: 'system',
      source: { channel: 'api', key_id: 'key-1' },
    });
    await expect(auditedRead(key, 'access', 'access_log.read', WHAT, async () => 1)).rejects.toMatchObject({ code: 'not_found' });
    await expect(auditedRead(key, 'main', 'account.manage', WHAT, async () => 1)).rejects.toMatchObject({ code: 'forbidden' });
    await expect(auditedRead(key, 'main', 'settings.read', WHAT, async () => 1)).rejects.toMatchObject({ code: 'forbidden' });
  });

  it('that was refused is recorded, once a minute, with how many it stands for', async () => {
    const denied = async () => (await records()).filter((r) => r.action === 'access_denied' && r.actor_id === auditor.person.email);
    const before = (await denied()).length;
    for (let i = 0; i < 5; i++) await auditedRead(auditor, 'main', 'users.manage', WHAT, async () => 1).catch(() => {});
    expect(await denied()).toHaveLength(before + 1);
    expect((await denied()).at(-1)).toMatchObject({ outcome: 'denied', details: { permission: 'users.manage', ledger: 'main' } });
    await recordRefusal(auditor, 'auditor', 'main', 'users.manage', WHAT.screen, Date.now() + 61_000);
    expect((await denied()).at(-1)).toMatchObject({ details: { repeats: 4 } });
  });

  it('is recorded whatever the request holds: nothing that is typed can make its own record fail', async () => {
    const odd = 'a\0b\ud800 \u{1f600}'.repeat(400);
    const what = {
      ...WHAT,
      resource: { type: 'record', id: odd },
      details: { filter: odd, deep: [[[[[[[1]]]]]]], bad: Number.NaN, skip: undefined },
    };
    expect(await auditedRead(auditor, 'main', 'records.read', what, async () => 1)).toBe(1);
  });
});

describe('a change', () => {
  const rename = (name: string) =>
    auditedChange(auditor, 'main', 'records.read', { action: 'settings_changed', screen: '/x' }, (tx) =>
      tx.user.update({ where: { id: auditor.person.id }, data: { name } }),
    );
  const name = async () => (await prisma().user.findUniqueOrThrow({ where: { id: auditor.person.id } })).name;

  it('is undone when its record cannot be written', async () => {
    await withoutAppend(async () => {
      await expect(rename('Changed')).rejects.toMatchObject({ code: 'audit_unavailable' });
    });
    expect(await name()).toBe('Test Person');
    await rename('Changed');
    expect(await name()).toBe('Changed');
  });

  it('that fails leaves no record', async () => {
    const before = (await records()).length;
    const failing = auditedChange(auditor, 'main', 'records.read', { action: 'settings_changed', screen: '/x' }, async () => {
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect(await records()).toHaveLength(before);
  });
});
