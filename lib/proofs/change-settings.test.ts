import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Viewer } from '@/lib/auth/viewer';
import { closeDatabase, prisma } from '@/lib/db';
import { closeAppenders } from '@/lib/ledger/append-records';
import { readProofSettings } from '@/lib/ledger/read-proof-line';
import { ProofSettingsBody } from '@/lib/schema/settings';
import { freshDatabase, type TestDatabase } from '@/lib/testing/fresh-database';
import { accessRecords, makeViewer } from '@/lib/testing/make-person';
import { changeProofSettings } from './change-settings';

let db: TestDatabase;
let admin: Viewer;
beforeAll(async () => {
  db = await freshDatabase();
  admin = await makeViewer({ [db.ledgers.main]: 'administrator' });
});
afterAll(async () => {
  await closeAppenders();
  await closeDatabase();
  await db.drop();
});

const last = async () => (await accessRecords(db.ledgers.access)).at(-1);

describe('settings of proofs', () => {
  it('change as asked and stay otherwise; what they were stands in the access ledger', async () => {
    await changeProofSettings(admin, 'main', { tlog_public: true, verify_whole_at: '23:59' });
    expect(await last()).toMatchObject({
      action: 'settings_changed',
      details: { before: { tlog_public: false, verify_whole_at: '02:00' }, after: { tlog_public: true, verify_whole_at: '23:59' } },
    });
    await changeProofSettings(admin, 'main', { witness_quorum: 3, alarm_emails: ['ops@example.org'] });
    expect(await readProofSettings(db.ledgers.main)).toEqual({
      tlog_public: true,
      witness_quorum: 3,
      verify_every_minutes: 15,
      verify_whole_at: '23:59',
      anchor_alarm_minutes: 60,
      alarm_webhook: null,
      alarm_emails: ['ops@example.org'],
    });
    expect(JSON.stringify((await last())!.details)).not.toContain('verify_whole_at');
  });

  it('give a new webhook a secret that is told once, stands in no record, and goes with the webhook', async () => {
    const { alarm_webhook_secret: secret } = await changeProofSettings(admin, 'main', { alarm_webhook: 'https://alarms.example.org/a' });
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{32}$/);
    const stored = async () =>
      (await prisma().proofSettings.findUniqueOrThrow({ where: { ledger_id: db.ledgers.main } })).alarm_webhook_secret;
    expect(await stored()).toBe(secret);
    const again = await changeProofSettings(admin, 'main', { alarm_webhook: 'https://alarms.example.org/a', witness_quorum: 1 });
    expect(again.alarm_webhook_secret).toBeNull();
    expect(await stored()).toBe(secret);
    await changeProofSettings(admin, 'main', { alarm_webhook: null });
    expect(await stored()).toBeNull();
    expect(JSON.stringify(await accessRecords(db.ledgers.access))).not.toContain(secret);
  });

  it('two changes at once both count', async () => {
    await Promise.all([
      changeProofSettings(admin, 'main', { verify_every_minutes: 7 }),
      changeProofSettings(admin, 'main', { anchor_alarm_minutes: 9 }),
    ]);
    expect(await readProofSettings(db.ledgers.main)).toMatchObject({ verify_every_minutes: 7, anchor_alarm_minutes: 9 });
  });

  it('are an administrator’s, who has just confirmed who they are', async () => {
    for (const role of ['auditor', 'compliance_officer'] as const)
      await expect(
        changeProofSettings(await makeViewer({ [db.ledgers.main]: role }), 'main', { tlog_public: false }),
      ).rejects.toMatchObject({ code: 'forbidden' });
    const late = { ...admin, confirmedAt: new Date(Date.now() - 3_600_000) };
    await expect(changeProofSettings(late, 'main', { tlog_public: false })).rejects.toMatchObject({ code: 'reauthentication_required' });
    expect((await readProofSettings(db.ledgers.main)).tlog_public).toBe(true);
  });

  it.each([
    { witness_quorum: 0 },
    { witness_quorum: 1.5 },
    { verify_whole_at: '24:00' },
    { verify_every_minutes: 0 },
    { alarm_webhook: 'javascript:alert(1)' },
    { alarm_webhook: 'file:///etc/passwd' },
    { alarm_emails: ['not an address'] },
    { alarm_webhook_secret: 'mine' },
  ])('cannot be %j', (body) => {
    expect(ProofSettingsBody.safeParse(body).success).toBe(false);
  });
});
