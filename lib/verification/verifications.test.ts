import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Viewer } from '@/lib/auth/viewer';
import { closeDatabase, prisma } from '@/lib/db';
import { startWorker } from '@/lib/jobs/start-worker';
import { appendRecord, closeAppenders } from '@/lib/ledger/append-records';
import type { VerificationDto } from '@/lib/schema/verification';
import { freshDatabase, type TestDatabase } from '@/lib/testing/fresh-database';
import { tamper, variedRecords } from '@/lib/testing/tamper-ledger';
import { BreakList } from './break-list';
import { cancelVerification } from './cancel-verification';
import { VERIFICATION } from './insert-run';
import { listVerifications } from './list-verifications';
import { requestVerification } from './request-verification';
import { runVerification, verdictOf } from './run-verification';
import { viewVerification } from './view-verification';

let db: TestDatabase;
let auditor: Viewer;
let stranger: Viewer;
beforeAll(async () => {
  db = await freshDatabase();
  auditor = await makeViewer('auditor@example.org', { [db.ledgers.main]: 'auditor' });
  stranger = await makeViewer('stranger@example.org', { [db.ledgers.access]: 'auditor' });
  for (const record of variedRecords()) await appendRecord(db.ledgers.main, record);
});
afterAll(async () => {
  await closeAppenders();
  await closeDatabase();
  await db.drop();
});

async function makeViewer(email: string, roles: Record<number, string>): Promise<Viewer> {
  const memberships = { create: Object.entries(roles).map(([ledger_id, role]) => ({ ledger_id: Number(ledger_id), role })) };
  const { id, name, zone } = await prisma().user.create({ data: { email, name: email, memberships } });
  return {
    person: { id, name, email, zone },
    sessionId: randomUUID(),
    keyId: null,
    keyLedgerId: null,
    confirmedAt: new Date(),
    address: '::1',
  };
}
async function withWorker<T>(work: () => Promise<T>): Promise<T> {
  const worker = await startWorker({
    tasks: { [VERIFICATION]: runVerification },
    concurrency: 1,
    times: { heartbeatMs: 20, staleMs: 30_000 },
    sweepMs: 100,
  });
  try {
    return await work();
  } finally {
    await worker.stop();
  }
}
async function ended(run: VerificationDto): Promise<VerificationDto> {
  for (let i = 0; i < 200; i++) {
    const now = await viewVerification(auditor, 'main', run.id);
    if (now.state !== 'queued' && now.state !== 'running') return now;
    await sleep(30);
  }
  throw new Error('it does not end');
}
const accessCount = () => prisma().entry.count({ where: { ledger_id: db.ledgers.access } });
const lastAccess = async () => {
  const row = await prisma().record.findFirstOrThrow({ where: { ledger_id: db.ledgers.access }, orderBy: { seq: 'desc' } });
  return JSON.parse(Buffer.from(row.body).toString());
};

describe('a verification', () => {
  it('is asked for, entered in the access ledger with its job, run by the queue, watched without an entry until it shows what it found, and kept', async () => {
    const run = await requestVerification(auditor, 'main', { kind: 'ledger' });
    expect(run).toMatchObject({
      state: 'queued',
      verdict: null,
      scope: { kind: 'ledger' },
      ledger: 'main',
      requested_by: 'auditor@example.org',
    });
    expect(await lastAccess()).toMatchObject({
      action: 'verification_run',
      actor_id: 'auditor@example.org',
      resource_type: 'verification',
      resource_id: run.id,
      details: { scope: { kind: 'ledger' }, ledger: 'main' },
    });
    const before = await accessCount();
    const done = await withWorker(() => ended(run));
    expect(done).toMatchObject({
      state: 'done',
      verdict: 'valid',
      records_checked: 20,
      records_total: 20,
      breaks_total: 0,
      breaks: [],
      error: null,
    });
    expect(done.head?.seq).toBe('19');
    expect(await accessCount()).toBe(before + 1);
    expect(await lastAccess()).toMatchObject({
      action: 'screen_viewed',
      details: { screen: '/api/v1/verifications/{id}', verification: run.id },
    });
    const { rows } = await listVerifications(auditor, 'main', null);
    expect(rows.map((row) => row.id)).toEqual([run.id]);
    expect(await accessCount()).toBe(before + 2);
    expect((await listVerifications(auditor, 'main', run.requested_at)).rows).toEqual([]);
  });

  it('keeps what it found, with the first break’s record named in the list', async () => {
    await tamper(db, db.ledgers.main, (c) =>
      c.query(`UPDATE records SET actor_id = 'zoë ' || chr(1) || '""' WHERE ledger_id = ${db.ledgers.main} AND seq IN (2, 3)`),
    );
    const done = await withWorker(async () => ended(await requestVerification(auditor, null, { kind: 'range', from: '0', to: '5' })));
    expect(done).toMatchObject({ verdict: 'tampered', breaks_total: 2, records_checked: 6 });
    expect(done.breaks.map((found) => found.seq)).toEqual(['2', '3']);
    expect(done.breaks[0]).toMatchObject({
      code: 'projection_altered',
      expected: 'actor_id: claims-triage',
      found: 'actor_id: zoë \u0001""',
    });
    const [first] = (await listVerifications(auditor, 'main', null)).rows;
    expect(first.broken_at_record).toBe(done.breaks[0].record_id);
  });

  it('is cancelled while it waits; one that has ended is not', async () => {
    const run = await requestVerification(auditor, 'main', { kind: 'conversation', conversation_id: 'conv-1' });
    expect((await cancelVerification(auditor, 'main', run.id)).state).toBe('cancelled');
    expect(await lastAccess()).toMatchObject({ action: 'verification_cancelled', resource_id: run.id });
    const before = await accessCount();
    await expect(cancelVerification(auditor, 'main', run.id)).rejects.toMatchObject({ code: 'conflict' });
    expect(await accessCount()).toBe(before);
  });

  it('stops between two parts when it is cancelled, and keeps no result', async () => {
    const stop = new AbortController();
    stop.abort('cancelled');
    const job = {
      id: randomUUID(),
      ledgerId: db.ledgers.main,
      params: { scope: { kind: 'ledger' } },
      signal: stop.signal,
      progress: () => {},
    };
    await expect(runVerification(job)).rejects.toBe('cancelled');
  });

  it('is refused to those without a role, for what is not there, and for a range that is none', async () => {
    await expect(requestVerification(stranger, 'main', { kind: 'ledger' })).rejects.toMatchObject({ code: 'not_found' });
    const run = (await listVerifications(auditor, 'main', null)).rows[0];
    await expect(viewVerification(stranger, 'main', run.id)).rejects.toMatchObject({ code: 'not_found' });
    await expect(viewVerification(stranger, 'access', run.id)).rejects.toMatchObject({ code: 'not_found' });
    await expect(cancelVerification(stranger, 'access', run.id)).rejects.toMatchObject({ code: 'not_found' });
    await expect(viewVerification(auditor, 'main', 'x')).rejects.toMatchObject({ code: 'not_found' });
    await expect(requestVerification(auditor, 'main', { kind: 'conversation', conversation_id: 'none' })).rejects.toMatchObject({
      code: 'not_found',
    });
    for (const [from, to] of [
      ['5', '4'],
      ['0', '9999999999999999999'],
    ])
      await expect(requestVerification(auditor, 'main', { kind: 'range', from, to })).rejects.toMatchObject({ code: 'out_of_range' });
  });

  it('is refused where twenty wait already', async () => {
    const runs: VerificationDto[] = [];
    for (let i = 0; i < 20; i++) runs.push(await requestVerification(auditor, 'main', { kind: 'range', from: '0', to: '1' }));
    await expect(requestVerification(auditor, 'main', { kind: 'ledger' })).rejects.toMatchObject({ code: 'conflict' });
    await withWorker(async () => {
      for (const run of runs) expect((await ended(run)).verdict).toBe('valid');
    });
  });
});

describe('a verdict', () => {
  const list = (...codes: ('body_missing' | 'link_broken')[]) => {
    const breaks = new BreakList();
    breaks.add(codes.map((code, i) => ({ seq: BigInt(i), recordId: null, code, expected: '', found: '' })));
    return breaks;
  };
  it('is tampered by whatever contradicts, incomplete by what is only missing, empty by nothing', () => {
    expect(verdictOf(5, list())).toBe('valid');
    expect(verdictOf(0, list())).toBe('empty');
    expect(verdictOf(5, list('body_missing'))).toBe('incomplete');
    expect(verdictOf(5, list('body_missing', 'link_broken'))).toBe('tampered');
    expect(verdictOf(0, list('link_broken'))).toBe('tampered');
  });

  it('counts every break and keeps the first ten thousand by place', () => {
    const breaks = new BreakList();
    for (let part = 30; part > 0; part--)
      breaks.add(
        Array.from({ length: 1000 }, (_, i) => ({
          seq: BigInt(part * 1000 + i),
          recordId: null,
          code: 'link_broken' as const,
          expected: '',
          found: '',
        })),
      );
    breaks.add([], 5_000, 0);
    expect(breaks.total).toBe(35_000);
    const kept = breaks.kept();
    expect([kept.length, kept[0].seq, kept[9_999].seq]).toEqual([10_000, 1000n, 10_999n]);
  });
});
