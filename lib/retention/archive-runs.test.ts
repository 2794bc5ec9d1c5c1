import { writeFileSync } from 'node:fs';
import path from 'node:path';
import pg from 'pg';
import { describe, expect, it, vi } from 'vitest';
import { readArchiveState } from '@/lib/archive/archive-state';
import { prisma } from '@/lib/db';
import { boundedRead } from '@/lib/ledger/bounded-read';
import { countRetention } from '@/lib/ledger/count-retention';
import { readPolicies } from '@/lib/ledger/read-retention';
import { agentRecord } from '@/lib/testing/agent-record';
import { placeHoldOn } from '@/lib/testing/archived-ledger';
import { asAdmin } from '@/lib/testing/fresh-database';
import { accessRecords } from '@/lib/testing/make-person';
import { db, folder } from '@/lib/testing/open-archive';
import { countHot, mixedLedger, openArchiveRuns, work } from '@/lib/testing/open-archive-runs';
import { DueRecords } from './find-due';
import { keepArchiving, lookAfterArchive } from './keep-archiving';
import { archiveExpiredLogs, cancelArchiveRun, readArchiveRun, setSchedule, startArchive, startRestore } from './manage-archive';
import { previewArchive, viewArchive, viewArchiveRuns, viewSegments } from './view-archive';
import { viewRetention } from './view-retention';

openArchiveRuns();

const access = async (action: string) => (await accessRecords(db.ledgers.access)).filter((one) => one.action === action);

describe('a run of archival', () => {
  it('is previewed, started, told how it goes, and leaves what the preview said', async () => {
    const { ledger, slug, officer, auditor, place } = await mixedLedger();
    // Due: soc2 and none of 2020 (6 of them); HIPAA counts from when it was recorded, today.
    const preview = await previewArchive(officer, slug, undefined);
    expect(preview).toMatchObject({
      records: 6,
      held: 0,
      complete: true,
      first_seq: '2',
      last_seq: '11',
      store: { kind: 'directory', place, worm: false, fault: null },
    });
    expect(preview.policies.map(({ policy, records }) => [policy, records])).toEqual(
      expect.arrayContaining([
        ['soc2', 3],
        ['default', 3],
      ]),
    );
    expect(preview.conversations.reduce((sum, { records }) => sum + records, 0)).toBe(6);
    expect(preview.say).toBe(`6 records would leave hot storage, to ${place}.`);
    expect((await viewRetention(auditor, slug)).to_archive).toBe(6);
    const begun = await startArchive(officer, slug);
    expect(begun).toMatchObject({ kind: 'archive', state: 'queued', triggered_by: 'person' });
    await work(begun.id);
    const run = await readArchiveRun(auditor, slug, begun.id);
    expect(run).toMatchObject({ state: 'done', segments: 1, records: '6', pruned: '6', held: '0', progress: { done: 12 } });
    expect(run.outcome).toBe('6 records archived in 1 segment, 6 records taken out of the database.');
    expect(await countHot(ledger)).toBe(6);
    expect((await previewArchive(officer, slug, undefined)).records).toBe(0);
    expect(await viewArchive(auditor, slug)).toMatchObject({
      segments: { planned: 0, uploaded: 0, confirmed: 0, pruned: 1 },
      records: 6,
      archived_alone: 6,
    });
    const { rows } = await viewSegments(auditor, slug, { before: null });
    expect(rows).toMatchObject([{ number: '1', state: 'pruned', store: 'directory', lock_mode: 'NONE', rows: 6, pruned_rows: 6 }]);
    // Kept at least through the last day that a policy asks for; these days are over, so that the lock is the least that there is.
    expect(new Date(rows[0]!.retain_until).getTime()).toBeGreaterThan(Date.now() + 86_400_000);
    expect((await viewArchiveRuns(auditor, slug, null)).rows.map(({ id }) => id)).toEqual([begun.id]);
    while (!(await countRetention(ledger.id))?.caughtUp);
    expect((await viewRetention(auditor, slug)).records).toEqual({ hot: 6, archived: 6, destroyed: 0 });
    expect((await access('archive_run')).at(-1)).toMatchObject({ resource_id: begun.id });
  });

  it('keeps back what a hold reaches, and says how many', async () => {
    const { ledger, slug, officer } = await mixedLedger();
    await placeHoldOn(db, ledger.id, 'conversation', 'talk-2');
    const preview = await previewArchive(officer, slug, undefined);
    expect([preview.records + preview.held, preview.held]).toEqual([6, 2]);
    const { id } = await startArchive(officer, slug);
    await work(id);
    expect(await readArchiveRun(officer, slug, id)).toMatchObject({
      records: '4',
      pruned: '4',
      held: '2',
      outcome: expect.stringContaining('2 records stay because of a hold'),
    });
  });

  it('says what stopped it, takes nothing away, and the next one goes on', async () => {
    const { ledger, slug, officer } = await mixedLedger();
    writeFileSync(path.join(folder, 'a-file'), '');
    process.env.ARCHIVE_DIR = path.join(folder, 'a-file');
    expect((await readArchiveState(ledger)).store?.fault).toContain('cannot be written to');
    const { id } = await startArchive(officer, slug);
    await work(id);
    const run = await readArchiveRun(officer, slug, id);
    expect(run).toMatchObject({ state: 'failed', outcome: expect.stringContaining('cannot be written to') });
    expect(await countHot(ledger)).toBe(12);
    delete process.env.ARCHIVE_DIR;
    await expect(startArchive(officer, slug)).rejects.toMatchObject({ code: 'archive_refused' });
    process.env.ARCHIVE_DIR = path.join(folder, slug);
    const again = await startArchive(officer, slug);
    await work(again.id);
    expect(await countHot(ledger)).toBe(6);
  });

  it('is refused to whoever may not, for a policy that is not on, and where three go on', async () => {
    const { slug, officer, auditor } = await mixedLedger();
    await expect(startArchive(auditor, slug)).rejects.toMatchObject({ code: 'forbidden' });
    await expect(previewArchive(auditor, slug, undefined)).rejects.toMatchObject({ code: 'forbidden' });
    await expect(startArchive(officer, slug, 'pci-dss')).rejects.toMatchObject({ code: 'enum' });
    // All at once: those who ask together do not pass the limit together.
    const asked = await Promise.allSettled(Array.from({ length: 8 }, () => startArchive(officer, slug)));
    expect(asked.filter(({ status }) => status === 'fulfilled')).toHaveLength(3);
    await expect(startArchive(officer, slug)).rejects.toMatchObject({ code: 'conflict' });
    const { id } = (await viewArchiveRuns(officer, slug, null)).rows[0]!;
    expect((await cancelArchiveRun(officer, slug, id)).state).toBe('cancelled');
    await expect(cancelArchiveRun(officer, slug, id)).rejects.toMatchObject({ code: 'conflict' });
    await expect(readArchiveRun(officer, slug, 'none')).rejects.toMatchObject({ code: 'not_found' });
  });
});

describe('archive_expired_logs(policy)', () => {
  it('archives what is expired under the policy alone, and answers how many and where', async () => {
    const { ledger, slug, officer, place } = await mixedLedger();
    const answer = archiveExpiredLogs(officer, slug, 'soc2');
    await vi.waitFor(async () => expect((await viewArchiveRuns(officer, slug, null)).rows).toHaveLength(1));
    await work((await viewArchiveRuns(officer, slug, null)).rows[0]!.id);
    expect(await answer).toMatchObject({ archived: 3, path: place, run: { state: 'done', scope: { policy: 'soc2' } } });
    expect(await countHot(ledger)).toBe(9);
  });
});

describe('restoring', () => {
  it('puts a range back with a reason, and refuses one of which nothing is archived', async () => {
    const { ledger, slug, officer } = await mixedLedger();
    const wish = { from: '0', to: '5', reason: 'Asked for by the court', days: 3 };
    await expect(startRestore(officer, slug, wish)).rejects.toMatchObject({ code: 'out_of_range' });
    await work((await startArchive(officer, slug)).id);
    const { id } = await startRestore(officer, slug, wish);
    await work(id);
    expect(await readArchiveRun(officer, slug, id)).toMatchObject({
      kind: 'restore',
      state: 'done',
      records: '2',
      outcome: expect.stringContaining('2 records were put back'),
    });
    expect(await countHot(ledger)).toBe(8);
    await work((await startArchive(officer, slug)).id);
    expect(await countHot(ledger)).toBe(8);
  });
});

describe('what is due', () => {
  it('is what deciding each record one by one gives, however it is paged', async () => {
    const days = ['2020-01-01', '2025-11-20', '2025-11-21', '2026-01-01', '2026-11-20'];
    const domains = [[], ['hipaa'], ['soc2'], ['financial'], ['gdpr'], ['none-such'], ['hipaa', 'soc2'], ['soc2', 'gdpr']];
    const list = Array.from({ length: 120 }, (_, i) =>
      agentRecord({
        conversation_id: `talk-${i % 5}`,
        timestamp: `${days[i % days.length]}T23:59:59.000Z`,
        ...(domains[i % domains.length]!.length > 0 && { domains: [...domains[i % domains.length]!] }),
      }),
    );
    const { ledger, slug, officer } = await mixedLedger(list);
    await placeHoldOn(db, ledger.id, 'conversation', 'talk-3');
    while (!(await countRetention(ledger.id))?.caughtUp);
    for (const now of [Date.now(), Date.parse('2027-11-22T00:00:00Z'), Date.parse('2034-01-01T00:00:00Z')]) {
      const { to_archive } = await viewRetention(officer, slug, now);
      for (const limit of [1, 7, 500]) {
        const due = await DueRecords.of(ledger, { now });
        const seqs: bigint[] = [];
        let held = 0;
        for (let next: bigint | null = -1n; next !== null; ) {
          const page: Awaited<ReturnType<typeof due.find>> = await due.find(next, limit);
          seqs.push(...page.found.map(({ seq }) => seq));
          held += page.held;
          next = page.next;
        }
        expect([seqs.length, new Set(seqs).size]).toEqual([to_archive, to_archive]);
        expect(seqs.some((seq) => seq % 5n === 3n)).toBe(false);
        expect(held).toBeGreaterThanOrEqual(0);
      }
    }
  });

  it('is locked through its last day, an open clock under the longest minimum', async () => {
    const { ledger } = await mixedLedger([agentRecord({ timestamp: '2025-06-01T00:00:00.000Z', domains: ['financial'] })]);
    const { found } = await (await DueRecords.of(ledger)).find(-1n, 10);
    expect(found).toMatchObject([{ policy: 'financial', retainUntil: new Date('2032-06-02T00:00:00.000Z') }]);
    const stored = await boundedRead((tx) => readPolicies(tx, ledger.id));
    const open = {
      ...stored.policies.find(({ code }) => code === 'financial')!,
      clock: 'trigger',
      trigger: 'account_closed',
      or_else: null,
    };
    await asAdmin(db.adminUrl, (c) =>
      c.query(`SELECT save_retention($1, $2, $3::jsonb, '[]', 'test', 'test')`, [
        ledger.id,
        stored.version,
        JSON.stringify(stored.policies.map((policy) => (policy.code === 'financial' ? open : policy))),
      ]),
    );
    // Nobody knows when its time in hot storage began: it stays.
    expect((await (await DueRecords.of(ledger)).find(-1n, 10)).found).toEqual([]);
  });
});

describe('the schedule', () => {
  it('asks for a run once a day where it is on, and puts holds on objects', async () => {
    const { ledger, slug, officer } = await mixedLedger();
    expect(await lookAfterArchive(ledger)).toBeNull();
    expect(await setSchedule(officer, slug, { on: true, at: '00:00' })).toEqual({ on: true, at: '00:00' });
    // Its time of day was over when it was switched on: from tomorrow on.
    expect(await lookAfterArchive(ledger)).toBeNull();
    const before = (days: number) =>
      prisma()
        .$executeRaw`UPDATE archive_settings SET changed_at = changed_at - make_interval(days => ${days}::int) WHERE ledger_id = ${ledger.id}`;
    await before(1);
    const asked = await Promise.all([lookAfterArchive(ledger), lookAfterArchive(ledger), lookAfterArchive(ledger)]);
    const ids = asked.filter((id) => id !== null);
    expect(ids).toHaveLength(1);
    await work(ids[0]!);
    expect((await readArchiveRun(officer, slug, ids[0]!)).triggered_by).toBe('schedule');
    expect(await countHot(ledger)).toBe(6);
    expect(await lookAfterArchive(ledger)).toBeNull();
    await placeHoldOn(db, ledger.id, 'conversation', 'talk-2');
    // Of all ledgers before this one nothing can be asked: that keeps no hold from being put on here.
    const real = pg.Client.prototype.query as unknown as (...args: unknown[]) => unknown;
    const broken = vi.spyOn(pg.Client.prototype, 'query').mockImplementation(function (this: pg.Client, ...args: unknown[]) {
      const [text, values] = args as [unknown, unknown[] | undefined];
      const others = typeof text === 'string' && text.includes('pg_try_advisory_lock') && values?.[1] !== ledger.id;
      return others ? Promise.reject(new Error('broken')) : real.apply(this, args);
    } as never);
    const stop = keepArchiving(50);
    await vi.waitFor(async () => expect((await readArchiveState(ledger)).held_segments).toBe(1), { timeout: 5_000 });
    await stop();
    broken.mockRestore();
    await setSchedule(officer, slug, { on: false });
  });
});
