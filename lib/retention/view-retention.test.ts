import { describe, expect, it } from 'vitest';
import { prisma } from '@/lib/db';
import { countRetention } from '@/lib/ledger/count-retention';
import type { RecordDecision } from '@/lib/schema/retention';
import { repairCounts } from '@/lib/server/repair-counts';
import { asAdmin } from '@/lib/testing/fresh-database';
import { makeViewer } from '@/lib/testing/make-person';
import {
  append,
  at,
  auditor,
  countAll,
  db,
  entries,
  ledger,
  officer,
  on,
  openRetentionLedger,
  second,
  slug,
} from '@/lib/testing/retention-ledger';
import { changePolicies } from './change-policies';
import { checkRetentionSums } from './check-sums';
import { decideRecord } from './decide-records';
import { askRelease, confirmRelease, placeHold } from './legal-holds';
import { viewRetention } from './view-retention';

openRetentionLedger();

describe('the overview', () => {
  it('is what deciding each record one by one gives: states, months, due, held, conflicts, unmapped', async () => {
    const records = Array.from({ length: 240 }, (_, i) => ({
      timestamp: at(`20${String(18 + (i % 8)).padStart(2, '0')}-0${1 + (i % 9)}-1${i % 10}`),
      ...(i % 4 === 0 ? {} : { domains: [['hipaa'], ['soc2', 'financial'], ['soc2', 'research'], ['gdpr', 'soc2']][(i >> 2) % 4]! }),
      conversation_id: `c-${i % 12}`,
      ...(i % 5 === 0 && { subject_id: `S-${i % 3}` }),
      ...(i % 11 === 0 && { details: { tool: 'peek' }, mark: { version: 1 } }),
    }));
    const ids = await append(...records);
    await changePolicies(officer, slug, {
      if_version: 1,
      reason: 'A maximum',
      set: [{ code: 'gdpr', on: true, ceiling: { months: 6 } }],
      settle: [],
      reopen: [],
    });
    await placeHold(officer, slug, { matter: 'M', scope: { kind: 'subject', value: 'S-1' }, reason: 'because' });
    await placeHold(officer, slug, { matter: 'N', scope: { kind: 'conversation', value: 'c-3' }, reason: 'because' });
    await countAll();
    const now = on('2026-11-21');
    const view = await viewRetention(auditor, slug, now);
    const decisions: RecordDecision[] = [];
    for (const id of ids) decisions.push(await decideRecord(auditor, slug, id, now));
    const count = (test: (one: (typeof decisions)[number]) => boolean) => decisions.filter(test).length;
    const past = (day: string | null) => day !== null && day < '2026-11-21';
    expect(view).toMatchObject({
      complete: true,
      counted_to: '239',
      records: { hot: 240, archived: 0, destroyed: 0 },
      due: { hot: count(({ due }) => due), archived: 0 },
      overdue: { hot: count(({ dispose_by }) => past(dispose_by)), archived: 0 },
      to_archive: count(({ archive_from, held_by }) => archive_from !== null && archive_from <= '2026-11-21' && held_by.length === 0),
      held: count(({ held_by }) => held_by.length > 0),
      held_and_due: count(({ held_by, keep_until }) => held_by.length > 0 && past(keep_until)),
      conflicts: { records: count(({ conflict }) => conflict !== null) },
      unmapped: { records: count(({ unmapped }) => unmapped.length > 0) },
    });
    expect(
      Math.min(view.due.hot, view.held, view.held_and_due, view.conflicts.records, view.unmapped.records, view.to_archive),
    ).toBeGreaterThan(0);
    const months = new Map<string, number>();
    for (const { because, keep_until } of decisions) {
      const key = `${because[0]!.policy} ${keep_until!.slice(0, 7)}`;
      months.set(key, (months.get(key) ?? 0) + 1);
    }
    expect(new Map(view.months.map(({ policy, month, records }) => [`${policy} ${month}`, records]))).toEqual(months);
    expect(view.unmapped.rows.map(({ what }) => what).sort()).toEqual(['domain:research', 'tool:peek']);
    const pairs = new Map<string, number>();
    for (const { conflict } of decisions)
      if (conflict) pairs.set(`${conflict.floor} ${conflict.ceiling}`, (pairs.get(`${conflict.floor} ${conflict.ceiling}`) ?? 0) + 1);
    expect(new Map(view.conflicts.rows.map(({ floor, ceiling, records }) => [`${floor} ${ceiling}`, records]))).toEqual(pairs);
    const [mostly] = view.conflicts.rows;
    expect(mostly).toMatchObject({ floor: 'soc2', ceiling: 'gdpr' });
    expect(view.policies.find(({ code }) => code === 'hipaa')).toMatchObject({
      applies: count(({ because }) => because.some(({ policy }) => policy === 'hipaa')),
    });
    // A person settles it; the records are as they were.
    await changePolicies(officer, slug, {
      if_version: 2,
      reason: 'Counsel says so',
      set: [],
      settle: [{ floor: 'soc2', ceiling: 'gdpr', in_favour_of: 'ceiling', reason: 'No contract asks for it' }],
      reopen: [],
    });
    const settled = await viewRetention(auditor, slug, now);
    expect(settled.conflicts.records).toBe(view.conflicts.records - mostly!.records);
    expect(settled.due.hot).toBeGreaterThanOrEqual(view.due.hot);
    await changePolicies(officer, slug, {
      if_version: 3,
      reason: 'Open again',
      set: [],
      settle: [],
      reopen: [{ floor: 'soc2', ceiling: 'gdpr' }],
    });
    expect((await viewRetention(auditor, slug, now)).conflicts.records).toBe(view.conflicts.records);
  });

  it('counts each record once while several processes count, others append, and holds come and go', async () => {
    for (let round = 0; round < 5; round++) {
      const placed = placeHold(officer, slug, { matter: 'M', scope: { kind: 'agent', value: `agent-${round}` }, reason: 'because' });
      await Promise.all([
        placed,
        append(...Array.from({ length: 60 }, (_, i) => ({ agent_name: `agent-${i % 7}`, domains: ['hipaa'] }))),
        ...Array.from({ length: 5 }, () => countRetention(ledger)),
      ]);
      const { id } = await placed;
      if (round === 2) {
        await askRelease(officer, slug, id, 'Settled');
        await confirmRelease(second, slug, id);
      }
    }
    await countAll();
    expect(await checkRetentionSums(ledger)).toEqual({ countedTo: 299n, differences: [], apart: 0 });
    const view = await viewRetention(auditor, slug);
    expect(view).toMatchObject({ complete: true, records: { hot: 300, archived: 0, destroyed: 0 } });
    const held = await prisma().$queryRaw<{ n: bigint }[]>`
      SELECT count(*) AS n FROM records WHERE ledger_id = ${ledger} AND agent_name IN ('agent-0', 'agent-1', 'agent-3', 'agent-4')`;
    expect(BigInt(view.held)).toBe(held[0]!.n);
  });

  it('counts nothing twice where a step is undone half-way, and of pruned and restored records what is true', async () => {
    await append(...Array.from({ length: 40 }, () => ({ domains: ['soc2'], timestamp: at('2020-01-01') })));
    await asAdmin(db.adminUrl, (c) =>
      c.query(`CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'killed'; END $$;
               CREATE TRIGGER fail BEFORE UPDATE ON retention_progress FOR EACH ROW EXECUTE FUNCTION fail()`),
    );
    await expect(countRetention(ledger)).rejects.toThrow('killed');
    await asAdmin(db.adminUrl, (c) => c.query('DROP TRIGGER fail ON retention_progress; DROP FUNCTION fail()'));
    await countAll();
    expect((await viewRetention(auditor, slug)).records).toEqual({ hot: 40, archived: 0, destroyed: 0 });
    // What the archive says beforehand; the rows themselves stay here.
    const seqs = ['3', '4', '5'];
    const pruned = (some: string[]) => asAdmin(db.adminUrl, (c) => c.query('SELECT retention_pruned($1, $2)', [ledger, some]));
    await pruned(seqs);
    expect(await viewRetention(auditor, slug, on('2026-11-21'))).toMatchObject({
      complete: true,
      records: { hot: 37, archived: 3 },
      due: { hot: 37, archived: 3 },
    });
    // Where a hold is not spread yet nothing is taken off: the block is counted anew.
    await placeHold(officer, slug, { matter: 'M', scope: { kind: 'agent', value: 'agent-9' }, reason: 'because' });
    await pruned(['6']);
    expect((await viewRetention(auditor, slug)).complete).toBe(false);
    await countAll();
    expect((await viewRetention(auditor, slug)).records).toEqual({ hot: 40, archived: 4, destroyed: 0 });
    seqs.push('6');
    await asAdmin(db.adminUrl, (c) => c.query('SELECT retention_restored($1, $2)', [ledger, seqs]));
    await countAll();
    expect((await viewRetention(auditor, slug)).records).toEqual({ hot: 40, archived: 0, destroyed: 0 });
  });

  it('of more kinds of records than are told apart the others are kept longest, and none is lost', async () => {
    await asAdmin(db.adminUrl, (c) =>
      c.query("INSERT INTO retention_classes (ledger_id, domains, unmapped) SELECT $1, 'd' || i, '{}' FROM generate_series(1, 4096) i", [
        ledger,
      ]),
    );
    await append({ domains: ['soc2'] }, { domains: ['d7'] });
    await countAll();
    const view = await viewRetention(auditor, slug);
    expect(view.records.hot).toBe(2);
    expect(view.unmapped.rows.map(({ what }) => what).sort()).toEqual(['domain:', 'domain:d7']);
    expect((await checkRetentionSums(ledger)).apart).toBe(0);
    // Somebody who owns the database moves a count: seen, and mended by counting the block anew.
    await asAdmin(db.adminUrl, (c) => c.query('UPDATE retention_counts SET count = count + 1 WHERE ledger_id = $1', [ledger]));
    expect((await checkRetentionSums(ledger)).differences[0]).toContain('are summed up, and there are');
    await repairCounts(db.adminUrl, ledger);
    expect((await checkRetentionSums(ledger)).apart).toBe(0);
  });

  it('is recorded before it is shown, and not shown to an administrator', async () => {
    await viewRetention(auditor, slug);
    expect((await entries('screen_viewed')).at(-1)).toMatchObject({
      actor_id: auditor.person.email,
      details: { screen: '/api/v1/retention', ledger: slug },
    });
    await expect(viewRetention(await makeViewer({ [ledger]: 'administrator' }), slug)).rejects.toMatchObject({ code: 'forbidden' });
  });
});
