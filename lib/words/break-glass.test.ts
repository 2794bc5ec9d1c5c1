import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Viewer } from '@/lib/auth/viewer';
import { closeDatabase, prisma } from '@/lib/db';
import { appendRecord, closeAppenders } from '@/lib/ledger/append-records';
import { prepareAgentRecord } from '@/lib/ledger/prepare-record';
import { markBreakGlassUsed } from '@/lib/ledger/read-break-glass';
import { openAlarms } from '@/lib/ledger/read-proof-line';
import { settleAlarm } from '@/lib/proofs/settle-alarm';
import { AlarmAnswer } from '@/lib/schema/evidence';
import { BreakGlassBody, OwnBreakGlassPage, ReviewBody } from '@/lib/schema/words';
import { inviteUser } from '@/lib/screens/manage-users';
import { viewOwnBreakGlass } from '@/lib/screens/view-words';
import { agentRecord } from '@/lib/testing/agent-record';
import { asAdmin, freshDatabase, type TestDatabase } from '@/lib/testing/fresh-database';
import { accessRecords, makeViewer } from '@/lib/testing/make-person';
import { openBreakGlass, readOwnBreakGlass } from './break-glass';
import { readBreakGlass, reviewBreakGlass } from './review-break-glass';

let db: TestDatabase;
let administrator: Viewer;
let officer: Viewer;
beforeAll(async () => {
  db = await freshDatabase();
  administrator = await makeViewer({ [db.ledgers.main]: 'administrator' });
  officer = await makeViewer({ [db.ledgers.main]: 'compliance_officer' });
});
afterAll(async () => {
  await closeAppenders();
  await closeDatabase();
  await db.drop();
});

let talk: string;
beforeEach(async () => {
  talk = `talk-${randomUUID().slice(0, 8)}`;
  const record = agentRecord({ action: 'conversation_started', conversation_id: talk });
  await appendRecord(db.ledgers.main, prepareAgentRecord(record, { key_id: randomUUID(), channel: 'api' }));
});

const wish = () => ({ conversation_id: talk, reason: 'patient_safety' as const, note: 'The patient is unconscious.' });
const entries = async (action: string) =>
  (await accessRecords(db.ledgers.access)).filter((r) => r.action === action && r.resource_id === talk);
const alarmOf = async (id: string) => (await openAlarms(db.ledgers.main)).filter(({ kind }) => kind === 'break_glass' && id !== '');

describe('break-glass', () => {
  it('opens one conversation to one person for half an hour, with entry, alarm and review item at once', async () => {
    const opened = await openBreakGlass(administrator, 'main', wish());
    expect(opened).toMatchObject({
      conversation_id: talk,
      opened_by: administrator.person.email,
      open: true,
      reveals: 0,
      reviewed_at: null,
    });
    expect(Date.parse(opened.expires_at) - Date.parse(opened.opened_at)).toBe(30 * 60_000);
    expect(await entries('break_glass_opened')).toMatchObject([
      {
        actor_id: administrator.person.email,
        purpose: 'patient_safety',
        details: { break_glass: opened.id, note: wish().note, ledger: 'main' },
      },
    ]);
    const [alarm] = await alarmOf(opened.id);
    expect(alarm!.say).toContain(administrator.person.email);
    // Mail and webhook carry it outside.
    expect(alarm!.say).not.toContain(talk);
    expect(alarm!.say).not.toContain('unconscious');
    expect((await readBreakGlass(officer, 'main')).rows[0]).toEqual(opened);
    const own = OwnBreakGlassPage.parse(await readOwnBreakGlass(administrator, 'main'));
    expect(own.rows.map(({ id }) => id)).toContain(opened.id);
  });

  it('is not opened twice at once, nor for what is not there, nor by an old sign-in', async () => {
    const two = await Promise.allSettled([openBreakGlass(administrator, 'main', wish()), openBreakGlass(administrator, 'main', wish())]);
    expect(two.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(two.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { code: 'conflict' } });
    const nowhere = openBreakGlass(administrator, 'main', { ...wish(), conversation_id: 'no-such' });
    await expect(nowhere).rejects.toMatchObject({ code: 'not_found' });
    const old = { ...administrator, confirmedAt: new Date(Date.now() - 6 * 60_000) };
    await expect(openBreakGlass(old, 'main', wish())).rejects.toMatchObject({ code: 'reauthentication_required' });
    await expect(openBreakGlass(officer, 'main', wish())).rejects.toMatchObject({ code: 'forbidden' });
    expect(await entries('break_glass_opened')).toHaveLength(1);
  });

  it('tells nobody in silence whether a conversation is there: each that is named is an entry, and without it there is no answer', async () => {
    const guess = (id: string) => openBreakGlass(administrator, 'main', { ...wish(), conversation_id: id });
    const made = async (id: string) =>
      (await accessRecords(db.ledgers.access)).filter((r) => r.action === 'break_glass_opened' && r.resource_id === id);
    for (const id of [`${talk}-x`, `${talk}-y`, `${talk}-x`]) await expect(guess(id)).rejects.toMatchObject({ code: 'not_found' });
    expect(await made(`${talk}-x`)).toHaveLength(2);
    expect(await made(`${talk}-y`)).toMatchObject([
      {
        actor_id: administrator.person.email,
        outcome: 'failure',
        purpose: 'patient_safety',
        details: { note: wish().note, ledger: 'main' },
      },
    ]);
    await asAdmin(db.adminUrl, (c) => c.query('REVOKE EXECUTE ON FUNCTION append_entries FROM holdfast_app'));
    try {
      await expect(guess(`${talk}-z`)).rejects.toMatchObject({ code: 'audit_unavailable' });
    } finally {
      await asAdmin(db.adminUrl, (c) => c.query('GRANT EXECUTE ON FUNCTION append_entries TO holdfast_app'));
    }
  });

  it('shows a person what they opened and what came of it, never what others did or what the reviewer wrote', async () => {
    const other = await makeViewer({ [db.ledgers.main]: 'administrator' });
    const [mine, theirs] = [await openBreakGlass(administrator, 'main', wish()), await openBreakGlass(other, 'main', wish())];
    const view = () => viewOwnBreakGlass(administrator, { ledger: 'main' });
    const before = await view();
    expect(before.open.map(({ id }) => id)).toContain(mine.id);
    expect([...before.open, ...before.past].map(({ id }) => id)).not.toContain(theirs.id);
    await reviewBreakGlass(officer, 'main', mine.id, { outcome: 'not_justified', note: 'Told the head of the clinic.' });
    await reviewBreakGlass(officer, 'main', theirs.id, { outcome: 'justified', note: 'Seen to.' });
    const after = await view();
    expect(after.open.map(({ id }) => id)).not.toContain(mine.id);
    expect(after.past.map(({ id }) => id)).not.toContain(theirs.id);
    expect(after.past.find(({ id }) => id === mine.id)).toMatchObject({ outcome: 'not_justified', review_note: null });
    expect((await accessRecords(db.ledgers.access)).at(-1)).toMatchObject({
      action: 'screen_viewed',
      actor_id: administrator.person.email,
      details: { screen: '/break-glass', ledger: 'main' },
    });
    await expect(viewOwnBreakGlass(officer, { ledger: 'main' })).rejects.toMatchObject({ code: 'forbidden' });
  });

  it('is named by its alarm, with who opened it and why, so that it can be reviewed from there', async () => {
    const opened = await openBreakGlass(administrator, 'main', wish());
    const alarm = (await openAlarms(db.ledgers.main)).find(({ break_glass: of }) => of?.id === opened.id);
    expect(alarm?.break_glass).toEqual({ id: opened.id, by: administrator.person.email, reason: 'patient_safety' });
    expect(AlarmAnswer.parse(alarm)).toEqual(alarm);
    await reviewBreakGlass(officer, 'main', opened.id, { outcome: 'justified', note: 'Seen to.' });
    expect((await openAlarms(db.ledgers.main)).map(({ id }) => id)).not.toContain(alarm!.id);
    await expect(settleAlarm(officer, 'main', alarm!.id, 'because')).rejects.toMatchObject({ code: 'conflict' });
  });

  it('is not there without its entry: neither the opening nor the alarm', async () => {
    const alarms = (await openAlarms(db.ledgers.main)).length;
    await asAdmin(db.adminUrl, (c) => c.query('REVOKE EXECUTE ON FUNCTION append_entries FROM holdfast_app'));
    try {
      await expect(openBreakGlass(administrator, 'main', wish())).rejects.toMatchObject({ code: 'audit_unavailable' });
    } finally {
      await asAdmin(db.adminUrl, (c) => c.query('GRANT EXECUTE ON FUNCTION append_entries TO holdfast_app'));
    }
    expect(await openAlarms(db.ledgers.main)).toHaveLength(alarms);
    expect((await readOwnBreakGlass(administrator, 'main')).rows.filter((row) => row.conversation_id === talk)).toEqual([]);
  });

  it('is signed off once, by a second person, and ends with that, alarm and all', async () => {
    const opened = await openBreakGlass(administrator, 'main', wish());
    expect(await markBreakGlassUsed(prisma(), opened.id)).toBe(true);
    const review = { outcome: 'not_justified' as const, note: 'The patient was awake.' };
    await expect(reviewBreakGlass(administrator, 'main', opened.id, review)).rejects.toMatchObject({ code: 'forbidden' });
    const done = await reviewBreakGlass(officer, 'main', opened.id, review);
    expect(done).toMatchObject({
      open: false,
      reveals: 1,
      reviewed_by: officer.person.email,
      outcome: 'not_justified',
      review_note: review.note,
    });
    expect(await markBreakGlassUsed(prisma(), opened.id)).toBe(false);
    expect(await entries('break_glass_reviewed')).toMatchObject([
      {
        actor_id: officer.person.email,
        details: { break_glass: opened.id, opened_by: administrator.person.email, outcome: 'not_justified' },
      },
    ]);
    const alarms = await prisma().alarm.findMany({ where: { subject: opened.id } });
    expect(alarms).toMatchObject([{ ended_by: officer.person.email, reason: 'Reviewed: not justified' }]);
    await expect(reviewBreakGlass(officer, 'main', opened.id, review)).rejects.toMatchObject({ code: 'conflict' });
    await expect(reviewBreakGlass(officer, 'main', randomUUID(), review)).rejects.toMatchObject({ code: 'not_found' });
  });

  it('is not reviewed by whoever opened it, whatever their role has become, nor settled away', async () => {
    const both = await makeViewer({ [db.ledgers.main]: 'auditor' });
    const opened = await openBreakGlass(both, 'main', wish());
    await prisma().membership.updateMany({ where: { user_id: both.person.id }, data: { role: 'compliance_officer' } });
    const review = { outcome: 'justified' as const, note: 'I was right.' };
    await expect(reviewBreakGlass(both, 'main', opened.id, review)).rejects.toMatchObject({ code: 'second_person_required' });
    const signed = prisma()
      .$executeRaw`UPDATE break_glass SET reviewed_at = now(), reviewed_by = 'me', reviewer_id = user_id, outcome = 'justified', review_note = 'I was right.'
      WHERE id = ${opened.id}::uuid`;
    await expect(signed).rejects.toThrow('break_glass_second_person');
    const alarm = await prisma().alarm.findFirstOrThrow({ where: { subject: opened.id } });
    for (const officers of [both, officer])
      await expect(settleAlarm(officers, 'main', alarm.id, 'because')).rejects.toMatchObject({ code: 'review_required' });
    expect((await openAlarms(db.ledgers.main)).map(({ id }) => id)).toContain(alarm.id);
    expect((await readBreakGlass(officer, 'main')).rows.find(({ id }) => id === opened.id)).toMatchObject({ reviewed_at: null });
  });

  it('is not reviewed by an account that whoever opened it has just made or sent a link to; one of long ago may', async () => {
    const chief = await makeViewer({ [db.ledgers.main]: 'administrator' });
    const opened = await openBreakGlass(chief, 'main', wish());
    const email = `second-${randomUUID().slice(0, 8)}@example.org`;
    const { user } = await inviteUser(chief, 'main', { email, name: 'Second', roles: [{ ledger: 'main', role: 'compliance_officer' }] });
    const second: Viewer = { ...officer, person: { ...officer.person, id: user.id, email } };
    const review = { outcome: 'justified' as const, note: 'It was right.' };
    await expect(reviewBreakGlass(second, 'main', opened.id, review)).rejects.toMatchObject({ code: 'second_person_required' });
    await asAdmin(db.adminUrl, async (c) => {
      await c.query('ALTER TABLE break_glass DISABLE TRIGGER USER');
      await c.query(
        `UPDATE break_glass SET opened_at = opened_at + interval '25 hours', expires_at = expires_at + interval '25 hours' WHERE id = $1`,
        [opened.id],
      );
      await c.query('ALTER TABLE break_glass ENABLE TRIGGER USER');
    });
    expect(await reviewBreakGlass(second, 'main', opened.id, review)).toMatchObject({ reviewed_by: email });
  });

  it('stands as it was written: no role of the application changes, prolongs or removes it', async () => {
    const { id } = await openBreakGlass(administrator, 'main', wish());
    const run = (url: string, sql: string) => asAdmin(url, (c) => c.query(sql.replace('#', `'${id}'`)));
    for (const sql of [
      "UPDATE break_glass SET expires_at = expires_at + interval '1 hour' WHERE id = #",
      "UPDATE break_glass SET note = 'x' WHERE id = #",
      'DELETE FROM break_glass WHERE id = #',
      'TRUNCATE break_glass',
    ]) {
      await expect(run(db.appUrl, sql)).rejects.toMatchObject({ code: '42501' });
      await expect(run(db.adminUrl, sql)).rejects.toMatchObject({ code: 'HF001' });
    }
    const longer = `INSERT INTO break_glass (ledger_id, conversation_id, user_id, opened_by, reason, note, expires_at)
      SELECT ledger_id, conversation_id, user_id, opened_by, reason, note, clock_timestamp() + interval '31 minutes' FROM break_glass WHERE id = #`;
    await expect(run(db.appUrl, longer)).rejects.toMatchObject({ code: '23514' });
  });

  it('needs a reason of the list and a note that can be read', () => {
    const good = { conversation_id: 'c-1', reason: 'other', note: 'A note of ten.' };
    expect(BreakGlassBody.safeParse(good).success).toBe(true);
    for (const bad of [
      { reason: 'curiosity' },
      { note: 'short' },
      { note: `hidden\u202e${'x'.repeat(20)}` },
      { note: 'x'.repeat(501) },
      { conversation_id: 'c\n1' },
    ])
      expect(BreakGlassBody.safeParse({ ...good, ...bad }).success).toBe(false);
    expect(ReviewBody.safeParse({ outcome: 'fine', note: 'looked at' }).success).toBe(false);
  });
});
