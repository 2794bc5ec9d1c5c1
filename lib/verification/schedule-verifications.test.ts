import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { closeDatabase, prisma } from '@/lib/db';
import { runJob } from '@/lib/jobs/run-job';
import { appendRecords, closeAppenders } from '@/lib/ledger/append-records';
import type { LedgerRow } from '@/lib/ledger/find-ledger';
import { findRun, readIntegrityLine } from '@/lib/ledger/read-verifications';
import { asAdmin, freshDatabase, type TestDatabase } from '@/lib/testing/fresh-database';
import { agentRecord, tamper, variedLedger } from '@/lib/testing/tamper-ledger';
import { runVerification } from './run-verification';
import { lookAfter, startSchedule } from './schedule-verifications';

let db: TestDatabase;
beforeAll(async () => {
  db = await freshDatabase();
});
afterAll(async () => {
  await closeAppenders();
  await closeDatabase();
  await db.drop();
});

const rowOf = async (id: number) => (await prisma().ledger.findUniqueOrThrow({ where: { id }, omit: { created_at: true } })) as LedgerRow;
const work = async (id: string, ledger: LedgerRow) => {
  await runJob(id, { verification: runVerification }, new AbortController().signal);
  return (await findRun(prisma(), ledger, id))!;
};
const admin = (text: string, values: unknown[] = []) => asAdmin(db.adminUrl, (c) => c.query(text, values));
const alarms = async (ledger: number) =>
  (await admin('SELECT kind, subject, ended_at IS NULL AS open, detail FROM alarms WHERE ledger_id = $1 ORDER BY raised_at', [ledger]))
    .rows;
/** As if everything that is written down had happened so much earlier. */
const later = async (ledger: number, interval: string) => {
  await admin(`UPDATE verifications SET requested_at = requested_at - $2::interval WHERE ledger_id = $1`, [ledger, interval]);
  await admin(`UPDATE jobs SET requested_at = requested_at - $2::interval WHERE ledger_id = $1`, [ledger, interval]);
};
const since = new Date(0);

describe('the schedule', () => {
  it('asks for one run, however many processes look at once, then for what is new, from the last verified entry on', async () => {
    const ledger = await rowOf(await variedLedger(db));
    const asked = (await Promise.all(Array.from({ length: 8 }, () => lookAfter(ledger, since)))).filter((id) => id !== null);
    expect(asked.length).toBe(1);
    const first = await work(asked[0], ledger);
    expect(first).toMatchObject({ verdict: 'valid', scope: { kind: 'ledger' }, triggered_by: 'schedule', requested_by: 'schedule' });
    await appendRecords(ledger.id, [agentRecord(), agentRecord()]);
    expect(await lookAfter(ledger, since)).toBeNull();
    await later(ledger.id, '16 minutes');
    const again = (await Promise.all(Array.from({ length: 8 }, () => lookAfter(ledger, since)))).filter((id) => id !== null);
    expect(again.length).toBe(1);
    const second = await work(again[0], ledger);
    expect(second).toMatchObject({ verdict: 'valid', scope: { kind: 'range', from: '19', to: '21' }, records_checked: 3 });
    const line = await readIntegrityLine(prisma(), ledger, 21n);
    expect(line).toMatchObject({ state: 'verified', verified_to: '21', verification_id: second.id });
    await later(ledger.id, '16 minutes');
    expect(await lookAfter(ledger, since)).toBeNull();
  });

  it('raises an alarm where a run finds a break, and ends it where one over the whole finds none', async () => {
    const ledger = await rowOf(await variedLedger(db));
    await tamper(db, ledger.id, (c) => c.query(`UPDATE records SET actor_id = 'x' WHERE ledger_id = ${ledger.id} AND seq = 7`));
    const id = (await lookAfter(ledger, since))!;
    expect((await work(id, ledger)).verdict).toBe('tampered');
    await lookAfter(ledger, since);
    await lookAfter(ledger, since);
    expect(await alarms(ledger.id)).toMatchObject([
      { kind: 'verification_failed', subject: '', open: true, detail: { verification: id, broken_at: '7' } },
    ]);
    await tamper(db, ledger.id, (c) => c.query(`UPDATE records SET actor_id = 'claims-triage' WHERE ledger_id = ${ledger.id} AND seq = 7`));
    await later(ledger.id, '25 hours');
    await admin('ALTER TABLE ledgers DISABLE TRIGGER USER');
    await admin(`UPDATE ledgers SET created_at = created_at - interval '2 days' WHERE id = $1`, [ledger.id]);
    await admin('ALTER TABLE ledgers ENABLE ALWAYS TRIGGER append_only_row, ENABLE ALWAYS TRIGGER append_only_statement');
    const nightly = await work((await lookAfter(ledger, since))!, ledger);
    expect(nightly).toMatchObject({ verdict: 'valid', scope: { kind: 'ledger' } });
    await lookAfter(ledger, since);
    expect((await alarms(ledger.id)).map((alarm) => alarm.open)).toEqual([false]);
  });

  it('raises an alarm where a run fails and where none was made for twice the interval, and ends them when one is made', async () => {
    const ledger = await rowOf(await variedLedger(db));
    const id = (await lookAfter(ledger, since))!;
    await runJob(id, { verification: async () => Promise.reject(new Error('broken')) }, new AbortController().signal);
    await lookAfter(ledger, since);
    expect(await alarms(ledger.id)).toMatchObject([{ kind: 'verification_failed', subject: 'run', open: true }]);
    // Entries of half an hour ago: by the database's clock a minute's interval is long over.
    await admin('INSERT INTO proof_settings (ledger_id, verify_every_minutes) VALUES ($1, 1)', [ledger.id]);
    await tamper(db, ledger.id, (c) =>
      c.query(`UPDATE entries SET received_at_us = received_at_us - 1800000000 WHERE ledger_id = ${ledger.id}`),
    );
    await lookAfter(ledger, new Date());
    expect((await alarms(ledger.id)).map((alarm) => alarm.kind)).toEqual(['verification_failed']);
    await lookAfter(ledger, since);
    expect((await alarms(ledger.id)).map((alarm) => [alarm.kind, alarm.open])).toEqual([
      ['verification_failed', true],
      ['verification_overdue', true],
    ]);
    await later(ledger.id, '2 minutes');
    await work((await lookAfter(ledger, since))!, ledger);
    await lookAfter(ledger, since);
    const left = await alarms(ledger.id);
    expect(left.filter((alarm) => alarm.open).map((alarm) => alarm.subject)).toEqual(['']);
  });

  it('looks by itself until it is stopped', async () => {
    const ledger = await variedLedger(db);
    const stop = startSchedule(20);
    const asked = () => admin(`SELECT count(*)::int AS n FROM verifications WHERE ledger_id = $1 AND triggered_by = 'schedule'`, [ledger]);
    for (let i = 0; i < 200 && (await asked()).rows[0].n === 0; i++) await new Promise((resolve) => setTimeout(resolve, 25));
    await stop();
    expect((await asked()).rows[0].n).toBe(1);
  });
});
