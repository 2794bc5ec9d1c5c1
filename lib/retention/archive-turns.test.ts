import { createHash, randomUUID } from 'node:crypto';
import { describe, expect, it, vi } from 'vitest';
import { DirectoryStore } from '@/lib/archive/directory-store';
import { restoreRange } from '@/lib/archive/restore-range';
import { listSegments } from '@/lib/archive/segments';
import { pool, prisma } from '@/lib/db';
import { RestoreBody } from '@/lib/schema/archive';
import { asAdmin } from '@/lib/testing/fresh-database';
import { accessRecords } from '@/lib/testing/make-person';
import { db } from '@/lib/testing/open-archive';
import { countHot, mixedLedger, openArchiveRuns, work } from '@/lib/testing/open-archive-runs';
import { fenceOf, letGo, plannedBefore } from '@/lib/testing/planned-before';
import { tamper } from '@/lib/testing/tamper-ledger';
import { DueRecords } from './find-due';
import { cancelArchiveRun, readArchiveRun, startArchive, startRestore } from './manage-archive';
import { decidingTime } from './read-clock';

openArchiveRuns();

describe('what a run did', () => {
  it('is chained into the access ledger with each manifest, and can be rewritten by nobody', async () => {
    const { ledger, slug, officer } = await mixedLedger();
    const { id } = await startArchive(officer, slug);
    await work(id);
    const entries = (await accessRecords(db.ledgers.access)).filter((one) => one.resource_id === id);
    const [segment] = await listSegments(ledger.id, 0n, 9);
    const sha256 = createHash('sha256').update(segment!.manifest!).digest('hex');
    expect(entries.map(({ details }) => (details as Record<string, unknown>).change)).toEqual([undefined, 'done']);
    expect(entries.at(-1)).toMatchObject({
      action: 'archive_run',
      details: { ledger: slug, segments: '1', records: '6', pruned: '6', held: 0, altered: 0, manifests: [`1 ${sha256} 6`] },
    });
    for (const change of [
      `UPDATE archive_runs SET pruned = 0, outcome = 'nothing' WHERE id = '${id}'`,
      `UPDATE archive_runs SET requested_by = 'eve' WHERE id = '${id}'`,
      `DELETE FROM archive_runs WHERE id = '${id}'`,
      'TRUNCATE archive_runs CASCADE',
    ]) {
      await expect(asAdmin(db.adminUrl, (c) => c.query(change))).rejects.toMatchObject({ code: 'HF001' });
      await expect(prisma().$executeRawUnsafe(change)).rejects.toThrow(/HF001|42501/);
    }
  });

  it('is told of one that was cancelled too, as far as it came', async () => {
    const { slug, officer } = await mixedLedger();
    const { id } = await startArchive(officer, slug);
    const put = DirectoryStore.prototype.put;
    DirectoryStore.prototype.put = async function (...args) {
      await cancelArchiveRun(officer, slug, id);
      await new Promise((resolve) => setTimeout(resolve, 1_500));
      return put.apply(this, args);
    };
    try {
      await work(id);
    } finally {
      DirectoryStore.prototype.put = put;
    }
    expect((await readArchiveRun(officer, slug, id)).state).toBe('cancelled');
    const entries = (await accessRecords(db.ledgers.access)).filter((one) => one.resource_id === id);
    expect(entries.map(({ details }) => (details as Record<string, unknown>).change)).toContain('cancelled');
    expect(entries.at(-1)).toMatchObject({ details: { pruned: '0' } });
  });

  it('names records that are altered, leaves them, and an alarm stands until they are sound again', async () => {
    const { ledger, slug, officer } = await mixedLedger();
    const alter = (body: string) =>
      tamper(db, ledger.id, (c) => c.query(`UPDATE records SET body = ${body} WHERE ledger_id = $1 AND seq = 2`, [ledger.id]));
    await alter(`body || ' '`);
    const run = async () => {
      const { id } = await startArchive(officer, slug);
      await work(id);
      return readArchiveRun(officer, slug, id);
    };
    const open = () => prisma().$queryRaw`SELECT kind, subject FROM alarms WHERE ledger_id = ${ledger.id} AND ended_at IS NULL`;
    expect(await run()).toMatchObject({
      state: 'done',
      records: '5',
      pruned: '5',
      altered: '1',
      outcome: expect.stringContaining('1 record left: altered'),
    });
    expect(await open()).toEqual([{ kind: 'verification_failed', subject: 'archive' }]);
    await alter('substring(body FOR length(body) - 1)');
    expect(await run()).toMatchObject({ records: '1', altered: '0' });
    expect(await open()).toEqual([]);
  });
});

describe('runs that come together', () => {
  it('wait for one another: archival, archival and a restore all come to their end', { timeout: 60_000 }, async () => {
    const { ledger, slug, officer } = await mixedLedger();
    await work((await startArchive(officer, slug)).id);
    const asked = [
      (await startArchive(officer, slug)).id,
      (await startArchive(officer, slug)).id,
      (await startRestore(officer, slug, { from: '0', to: '5', reason: 'Asked for by the court' })).id,
    ];
    await Promise.all(asked.map(work));
    for (const id of asked) expect(await readArchiveRun(officer, slug, id)).toMatchObject({ state: 'done' });
    expect(await countHot(ledger)).toBe(8);
  });

  it('tell at the end what all their tries did, and not the last one alone', async () => {
    const { slug, officer } = await mixedLedger();
    const { id } = await startArchive(officer, slug);
    // As a try that was killed leaves it.
    await pool('verification').query('UPDATE archive_runs SET pruned = 100 WHERE id = $1', [id]);
    await work(id);
    expect((await readArchiveRun(officer, slug, id)).outcome).toMatch(
      /^6 records archived in \d segments?, 106 records taken out of the database\.$/,
    );
    const outcomeOf = async (pruned: number) => {
      const again = await startArchive(officer, slug);
      await pool('verification').query('UPDATE archive_runs SET pruned = $2 WHERE id = $1', [again.id, pruned]);
      await work(again.id);
      return (await readArchiveRun(officer, slug, again.id)).outcome;
    };
    expect(await outcomeOf(0)).toBe('Nothing new was archived.');
    expect(await outcomeOf(1)).toBe('Nothing new was archived; 1 record of earlier segments taken out of the database.');
  });

  it('tell of what an earlier run had begun with and was killed at, and does not call it its own', async () => {
    const { ledger, slug, officer, place } = await mixedLedger();
    await plannedBefore(ledger, { kind: 'directory', place }, '{[2,4)}', new Date(Date.now() + 10 * 366 * 86_400_000));
    const { id } = await startArchive(officer, slug);
    await work(id);
    expect((await readArchiveRun(officer, slug, id)).outcome).toMatch(
      /^4 records archived in \d segments?, 2 records archived that an earlier run had begun with, 6 records taken out of the database\.$/,
    );
  });

  it('take up what a process began that was killed, when its lease has run out', { timeout: 60_000 }, async () => {
    const { ledger, slug, officer } = await mixedLedger();
    const { id } = await startArchive(officer, slug);
    // Its job is taken over before its lease has run out.
    await pool('archive').query('SELECT archive_lease($1, $2, 4000)', [ledger.id, randomUUID()]);
    const done = work(id);
    await vi.waitFor(async () => expect((await readArchiveRun(officer, slug, id)).outcome).toMatch(/begins when that has ended/), {
      timeout: 3_000,
    });
    await done;
    expect(await readArchiveRun(officer, slug, id)).toMatchObject({ state: 'done', records: '6' });
    // And one that waits is cancelled like one that goes on.
    await fenceOf(ledger);
    const waiting = await startArchive(officer, slug);
    const ended = work(waiting.id);
    await cancelArchiveRun(officer, slug, waiting.id);
    await ended;
    expect((await readArchiveRun(officer, slug, waiting.id)).state).toBe('cancelled');
    await letGo(ledger);
  });
});

describe('clocks', () => {
  it('are the database’s: one of this machine that is years ahead archives nothing, and is told', async () => {
    const { ledger, slug, officer } = await mixedLedger();
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 10 * 366 * 86_400_000 });
    await expect(DueRecords.of(ledger)).rejects.toMatchObject({ name: 'ArchiveFault', code: 'clock' });
    await expect(decidingTime()).rejects.toThrow(/more than five minutes apart/);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() - 11 * 366 * 86_400_000 });
    await expect(DueRecords.of(ledger)).rejects.toMatchObject({ code: 'clock' });
    vi.useRealTimers();
    const { id } = await startArchive(officer, slug);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 3_600_000 });
    await work(id);
    vi.useRealTimers();
    expect(await readArchiveRun(officer, slug, id)).toMatchObject({
      state: 'failed',
      outcome: expect.stringContaining('five minutes apart'),
    });
    expect(await countHot(ledger)).toBe(12);
  });
});

describe('a restore of everything', () => {
  it('ends at the last entry, whatever number was asked for', async () => {
    const { ledger, slug, officer } = await mixedLedger();
    await work((await startArchive(officer, slug)).id);
    const began = performance.now();
    const { id, scope } = await startRestore(officer, slug, { from: '0', to: '9223372036854775807', reason: 'Everything back' });
    expect(scope).toMatchObject({ from: '0', to: '11' });
    await work(id);
    expect(await readArchiveRun(officer, slug, id)).toMatchObject({ state: 'done', records: '6' });
    // Asked of the function itself, too.
    expect(await restoreRange({ ledger, from: 0n, to: 2n ** 63n - 1n, hotUntil: new Date() })).toBe(0);
    expect(performance.now() - began).toBeLessThan(10_000);
    for (const to of ['9999999999999999999', '9223372036854775808', '12345678901234567890', '-1', 'x'])
      expect(RestoreBody.safeParse({ from: '0', to, reason: 'Everything back' }).success).toBe(false);
  });
});
