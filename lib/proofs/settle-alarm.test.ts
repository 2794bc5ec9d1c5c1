import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { raiseAlarm } from '@/lib/alarms/raise-alarm';
import type { Viewer } from '@/lib/auth/viewer';
import { closeDatabase } from '@/lib/db';
import { closeAppenders } from '@/lib/ledger/append-records';
import { openAlarms } from '@/lib/ledger/read-proof-line';
import { SettleBody } from '@/lib/schema/evidence';
import { freshDatabase, type TestDatabase } from '@/lib/testing/fresh-database';
import { accessRecords, makeViewer } from '@/lib/testing/make-person';
import { readAlarms, settleAlarm } from './settle-alarm';

let db: TestDatabase;
let officer: Viewer;
let id: string;
beforeAll(async () => {
  db = await freshDatabase();
  officer = await makeViewer({ [db.ledgers.main]: 'compliance_officer', [db.ledgers.access]: 'compliance_officer' });
});
beforeEach(async () => {
  await raiseAlarm(db.ledgers.main, 'new_incarnation', '', { say: 'It was restored behind what was signed.' });
  id = (await openAlarms(db.ledgers.main))[0].id;
});
afterAll(async () => {
  await closeAppenders();
  await closeDatabase();
  await db.drop();
});

const last = async () => (await accessRecords(db.ledgers.access)).at(-1)!;

describe('an alarm', () => {
  it('is settled by a compliance officer, whose reason stays beside it and in the access ledger', async () => {
    const settled = await settleAlarm(officer, 'main', id, 'The disk had failed.');
    expect(settled).toMatchObject({ id, ended_by: officer.person.email, reason: 'The disk had failed.', ended_at: expect.any(String) });
    expect(await last()).toMatchObject({
      action: 'alarm_settled',
      actor_id: officer.person.email,
      resource_id: id,
      details: { kind: 'new_incarnation', reason: 'The disk had failed.' },
    });
    expect(await openAlarms(db.ledgers.main)).toEqual([]);
    expect((await readAlarms(officer, 'main')).rows[0]).toEqual(settled);
  });

  it('is settled by nobody else, and stays open', async () => {
    for (const role of ['auditor', 'administrator'] as const) {
      const other = await makeViewer({ [db.ledgers.main]: role });
      await expect(settleAlarm(other, 'main', id, 'because')).rejects.toMatchObject({ code: 'forbidden' });
    }
    expect(await openAlarms(db.ledgers.main)).toHaveLength(1);
  });

  it('is settled once, and in its own ledger', async () => {
    await expect(settleAlarm(officer, 'access', id, 'because')).rejects.toMatchObject({ code: 'not_found' });
    for (const none of [randomUUID(), 'nothing'])
      await expect(settleAlarm(officer, 'main', none, 'because')).rejects.toMatchObject({ code: 'not_found' });
    await settleAlarm(officer, 'main', id, 'because');
    await expect(settleAlarm(officer, 'main', id, 'again')).rejects.toMatchObject({ code: 'conflict' });
    const entries = (await accessRecords(db.ledgers.access)).filter(
      ({ action, resource_id }) => action === 'alarm_settled' && resource_id === id,
    );
    expect(entries).toHaveLength(1);
  });

  it('comes back when its cause does', async () => {
    await settleAlarm(officer, 'main', id, 'because');
    expect(await raiseAlarm(db.ledgers.main, 'new_incarnation', '', { say: 'Again.' })).toBe(true);
    expect((await openAlarms(db.ledgers.main))[0].id).not.toBe(id);
  });

  it('is not settled without a reason that can be read', () => {
    for (const reason of ['', '  ', 'a\u202eb', 'x'.repeat(1001)]) expect(SettleBody.safeParse({ reason }).success).toBe(false);
    expect(SettleBody.parse({ reason: ' because ' })).toEqual({ reason: 'because' });
  });
});
