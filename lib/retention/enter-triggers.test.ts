import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { asAdmin } from '@/lib/testing/fresh-database';
import {
  append,
  at,
  auditor,
  countAll,
  db,
  entries,
  later,
  officer,
  on,
  openRetentionLedger,
  recordedDay,
  slug,
} from '@/lib/testing/retention-ledger';
import { changePolicies } from './change-policies';
import { decideRecord } from './decide-records';
import { enterTrigger, readTriggers, withdrawTrigger } from './enter-triggers';
import { viewRetention } from './view-retention';

openRetentionLedger();

/** When all that is entered here lies behind. */
const NOW = on('2040-01-01');

describe('a trigger event', () => {
  const change = (set: { code: string; on: boolean }[]) =>
    changePolicies(officer, slug, { if_version: 1, reason: 'We trade', set, settle: [], reopen: [] });

  it('starts the clock for everything of its scope, what comes in later included; withdrawn, it counts no more', async () => {
    await change([
      { code: 'finra', on: true },
      { code: 'glba', on: true },
    ]);
    const [id] = await append({ domains: ['finra'], resource_type: 'account', resource_id: 'A-1', timestamp: at('2026-03-01') });
    const [other] = await append({ domains: ['finra'], resource_type: 'account', resource_id: 'A-2', timestamp: at('2026-03-01') });
    await countAll();
    const until = later(await recordedDay(), 6);
    expect((await decideRecord(auditor, slug, id!)).keep_until).toBe(until);
    const scope = { kind: 'resource' as const, type: 'account', value: 'A-1' };
    const closed = await enterTrigger(
      officer,
      slug,
      {
        trigger: 'account_closed',
        scope,
        day: '2030-06-30',
        reason: 'Closed by the client',
      },
      NOW,
    );
    await countAll();
    expect((await decideRecord(auditor, slug, id!)).say).toBe('kept until 2036-06-30: FINRA (6 years from account closed, 2030-06-30)');
    expect((await decideRecord(auditor, slug, other!)).keep_until).toBe(until);
    const [late] = await append({ domains: ['finra'], resource_type: 'account', resource_id: 'A-1' });
    await countAll();
    expect((await decideRecord(auditor, slug, late!)).keep_until).toBe('2036-06-30');
    const months = async () => new Map((await viewRetention(auditor, slug)).months.map(({ month, records }) => [month, records]));
    expect(await months()).toEqual(
      new Map([
        [until.slice(0, 7), 1],
        ['2036-06', 2],
      ]),
    );
    // Of two the latest day counts.
    const again = await enterTrigger(
      officer,
      slug,
      {
        trigger: 'account_closed',
        scope,
        day: '2031-01-31',
        reason: 'Opened and closed again',
      },
      NOW,
    );
    await countAll();
    expect((await decideRecord(auditor, slug, id!)).keep_until).toBe('2037-01-31');
    expect((await months()).get('2037-01')).toBe(2);
    await withdrawTrigger(officer, slug, again.id, 'It never was opened again');
    expect((await decideRecord(auditor, slug, id!)).keep_until).toBe('2036-06-30');
    expect((await months()).get('2036-06')).toBe(2);
    await expect(withdrawTrigger(officer, slug, again.id, 'Again')).rejects.toMatchObject({ code: 'conflict' });
    await expect(withdrawTrigger(officer, slug, randomUUID(), 'None')).rejects.toMatchObject({ code: 'not_found' });
    const list = await readTriggers(auditor, slug);
    expect(list.rows.map((row) => [row.id, row.withdrawn_by])).toEqual([
      [again.id, officer.person.email],
      [closed.id, null],
    ]);
    expect(list.triggers).toEqual(['account_closed', 'last_in_effect', 'last_use']);
    expect((await entries('retention_event_entered')).at(-1)).toMatchObject({
      resource_type: 'account',
      resource_id: 'A-1',
      details: { day: '2031-01-31', trigger: 'account_closed' },
    });
    expect((await entries('retention_event_withdrawn')).at(-1)).toMatchObject({
      details: { event: again.id, reason: 'It never was opened again' },
    });
  });

  it('is entered by a compliance officer, for what a policy waits for', async () => {
    const wish = { trigger: 'account_closed', scope: { kind: 'subject' as const, value: 'C-1' }, day: '2026-01-01', reason: 'Closed' };
    await expect(enterTrigger(officer, slug, wish)).rejects.toMatchObject({ code: 'enum', pointer: '/trigger' });
    await change([{ code: 'finra', on: true }]);
    await append({ timestamp: at('2025-12-31') });
    await countAll();
    await expect(enterTrigger(auditor, slug, wish)).rejects.toMatchObject({ code: 'forbidden' });
    expect(await enterTrigger(officer, slug, wish)).toMatchObject({ scope: wish.scope, day: '2026-01-01', withdrawn_at: null });
    const as = (sql: string) => asAdmin(db.appUrl, (c) => c.query(sql));
    await expect(as("UPDATE retention_triggers SET day = '2001-01-01'")).rejects.toMatchObject({ code: '42501' });
    await expect(as('DELETE FROM retention_triggers')).rejects.toMatchObject({ code: '42501' });
  });

  it('is entered with a confirmed identity, of a day that was and on which there was something in the ledger', async () => {
    await change([{ code: 'finra', on: true }]);
    await append({ timestamp: at('2026-03-01') });
    await countAll();
    const enter = (day: string, viewer = officer) =>
      enterTrigger(
        viewer,
        slug,
        { trigger: 'account_closed', scope: { kind: 'subject', value: 'C-1' }, day, reason: 'Closed' },
        on('2026-11-21') + 1,
      );
    const stale = { ...officer, confirmedAt: new Date(Date.now() - 600_000) };
    await expect(enter('2026-03-01', stale)).rejects.toMatchObject({ code: 'reauthentication_required' });
    for (const day of ['2026-11-22', '2999-01-01', '2026-02-28', '1900-01-01'])
      await expect(enter(day)).rejects.toMatchObject({ code: 'out_of_range', pointer: '/day' });
    expect((await readTriggers(auditor, slug)).rows).toEqual([]);
    for (const day of ['2026-03-01', '2026-11-21']) expect(await enter(day)).toMatchObject({ day });
  });

  it('that moves a minimum past a maximum shows as a conflict', async () => {
    await change([{ code: 'glba', on: true }]);
    const [id] = await append({ domains: ['financial', 'glba'], subject_id: 'C-1', timestamp: at('2026-03-01') });
    expect((await decideRecord(auditor, slug, id!)).conflict).toBeNull();
    await countAll();
    await enterTrigger(
      officer,
      slug,
      {
        trigger: 'last_use',
        scope: { kind: 'subject', value: 'C-1' },
        day: '2026-05-05',
        reason: 'Left the bank',
      },
      NOW,
    );
    await countAll();
    expect(await decideRecord(auditor, slug, id!)).toMatchObject({
      dispose_by: '2028-05-05',
      conflict: { floor: 'financial', ceiling: 'glba' },
    });
    expect((await viewRetention(auditor, slug)).conflicts.rows).toEqual([{ floor: 'financial', ceiling: 'glba', records: 1 }]);
  });
});
