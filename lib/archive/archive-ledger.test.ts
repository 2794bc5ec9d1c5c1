import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { pool } from '@/lib/db';
import { appendRecords } from '@/lib/ledger/append-records';
import type { LedgerRow } from '@/lib/ledger/find-ledger';
import { prepareAgentRecord } from '@/lib/ledger/prepare-record';
import type { RecordInput } from '@/lib/schema/record';
import { agentRecord } from '@/lib/testing/agent-record';
import { archive, everythingDue, hotPositions, placeHoldOn, RETAIN_UNTIL, signAgain } from '@/lib/testing/archived-ledger';
import { asAdmin } from '@/lib/testing/fresh-database';
import { db, folderStore, newLedger, openArchive } from '@/lib/testing/open-archive';
import { DirectoryStore } from './directory-store';
import { listSegments } from './segments';

openArchive();

async function ledgerOf(records: readonly RecordInput[]): Promise<{ ledger: LedgerRow; store: DirectoryStore }> {
  const ledger = await newLedger(records);
  return { ledger, store: folderStore(ledger.slug) };
}
const some = (count: number, over: (i: number) => Partial<RecordInput> = () => ({})) =>
  Array.from({ length: count }, (_, i) => agentRecord({ conversation_id: `conv-${i % 3}`, agent_seq: Math.floor(i / 3) + 1, ...over(i) }));
const states = async (ledger: LedgerRow) => (await listSegments(ledger.id, 0n, 100)).map(({ state }) => state);
/** As their release does in the end. */
const endHolds = (ledger: LedgerRow) =>
  asAdmin(db.adminUrl, (c) => c.query('UPDATE retention_scopes SET standing = false WHERE ledger_id = $1', [ledger.id]));

describe('archival', () => {
  it('takes away what was confirmed, leaves headers and counts, and knows where each conversation went', async () => {
    const { ledger, store } = await ledgerOf(some(50));
    const outcome = await archive(ledger, store, { bounds: { rows: 20, bytes: 1e9 } });
    expect(outcome).toMatchObject({ segments: 3, records: 50, pruned: 50, held: 0, later: 0 });
    expect(await hotPositions(ledger.id)).toEqual([]);
    expect(await states(ledger)).toEqual(['pruned', 'pruned', 'pruned']);
    const { rows } = await asAdmin(db.adminUrl, (c) =>
      c.query(
        `SELECT (SELECT count(*)::int FROM entries WHERE ledger_id = $1) AS entries, (SELECT sum(count)::int FROM archived_counts WHERE ledger_id = $1) AS counted,
                (SELECT sum((SELECT sum(upper(r) - lower(r)) FROM unnest(seqs) r))::int FROM archive_conversations WHERE ledger_id = $1 AND conversation_id = 'conv-1') AS talk,
                (SELECT count(*)::int FROM prune_permits) AS permits`,
        [ledger.id],
      ),
    );
    expect(rows[0]).toEqual({ entries: 50, counted: 50, talk: 17, permits: 0 });
    // And what comes later follows.
    await appendRecords(
      ledger.id,
      some(5).map((one) => prepareAgentRecord(one, { key_id: randomUUID(), channel: 'api' })),
    );
    await signAgain(ledger);
    expect(await archive(ledger, store)).toMatchObject({ segments: 1, records: 5, pruned: 5 });
    const segments = await listSegments(ledger.id, 0n, 10);
    expect(segments.map(({ number }) => number)).toEqual([1n, 2n, 3n, 4n]);
    for (const [i, { previousSha256 }] of segments.entries()) expect(previousSha256 === null).toBe(i === 0);
  });

  it('takes what is due and nothing else, each kept as long as its neighbours in the object', async () => {
    const { ledger, store } = await ledgerOf(some(60));
    const late = new Date(RETAIN_UNTIL.getTime() + 5 * 365 * 86_400_000);
    const due = everythingDue(
      (seq) => seq % 3n !== 0n,
      (seq) => (seq % 3n === 1n ? RETAIN_UNTIL : late),
    );
    expect(await archive(ledger, store, { due })).toMatchObject({ segments: 2, records: 40, pruned: 40 });
    expect(await hotPositions(ledger.id)).toEqual(Array.from({ length: 20 }, (_, i) => 3 * i));
    const segments = await listSegments(ledger.id, 0n, 10);
    expect(segments.map(({ retainUntil }) => retainUntil.getTime()).sort()).toEqual([RETAIN_UNTIL.getTime(), late.getTime()]);
    expect(segments.every(({ ranges }) => ranges.length === 20)).toBe(true);
  });

  it('bounds a segment by its bytes too', async () => {
    const { ledger, store } = await ledgerOf(some(10, () => ({ details: { text: 'x'.repeat(10_000) } })));
    expect(await archive(ledger, store, { bounds: { rows: 100, bytes: 35_000 } })).toMatchObject({ segments: 4, records: 10 });
  });

  it('leaves what no checkpoint covers, and what is not counted, to the next run', async () => {
    const { ledger, store } = await ledgerOf(some(10));
    await appendRecords(
      ledger.id,
      some(5).map((one) => prepareAgentRecord(one, { key_id: randomUUID(), channel: 'api' })),
    );
    expect(await archive(ledger, store)).toMatchObject({ records: 10, pruned: 10 });
    expect(await hotPositions(ledger.id)).toEqual([10, 11, 12, 13, 14]);
    await signAgain(ledger);
    expect(await archive(ledger, store)).toMatchObject({ records: 5, pruned: 5 });
  });

  it('touches nothing that is under a hold, and everything else', async () => {
    const { ledger, store } = await ledgerOf(some(30));
    await placeHoldOn(db, ledger.id, 'conversation', 'conv-2');
    expect(await archive(ledger, store)).toMatchObject({ records: 20, pruned: 20, held: 10 });
    expect(await hotPositions(ledger.id)).toEqual(Array.from({ length: 10 }, (_, i) => 3 * i + 2));
  });

  it.each([
    ['between planning and upload', 'put'],
    ['between upload and confirmation', 'head'],
  ] as const)('lets a hold win that is placed %s', async (_when, moment) => {
    const { ledger, store } = await ledgerOf(some(12));
    // The run opens the store of a segment by its place: watched is every one.
    const { put, head } = DirectoryStore.prototype;
    let placed = 0;
    const place = async () => {
      if (placed++ === 0) await placeHoldOn(db, ledger.id, 'conversation', 'conv-0');
    };
    DirectoryStore.prototype.put = async function (...args) {
      if (moment === 'put') await place();
      return put.apply(this, args);
    };
    DirectoryStore.prototype.head = async function (key, version) {
      if (moment === 'head' && version !== null) await place();
      return head.call(this, key, version);
    };
    try {
      expect(await archive(ledger, store)).toMatchObject({ pruned: 0, held: 12 });
    } finally {
      Object.assign(DirectoryStore.prototype, { put, head });
    }
    expect(placed).toBeGreaterThan(0);
    expect(await hotPositions(ledger.id)).toHaveLength(12);
    expect(await states(ledger)).toEqual(['confirmed']);
    await endHolds(ledger);
    expect(await archive(ledger, store)).toMatchObject({ segments: 0, pruned: 12, held: 0 });
    expect(await states(ledger)).toEqual(['pruned']);
  });

  it('is done by one process at a time, and a process that lost its lease can do nothing more', async () => {
    const { ledger, store } = await ledgerOf(some(30));
    const both = await Promise.allSettled([archive(ledger, store), archive(ledger, store)]);
    // The second waits until the first has ended, and finds nothing more to do.
    expect(both.map((one) => (one.status === 'fulfilled' ? one.value.records : one.reason)).sort()).toEqual([0, 30]);
    const { rows } = await pool('archive').query<{ fence: string }>('SELECT archive_lease($1, $2, 60000) AS fence', [
      ledger.id,
      randomUUID(),
    ]);
    for (const call of [
      'SELECT prune_segment($1, $2 - 1, 1, 10)',
      'SELECT archive_look($1, $2 - 1, 0, 256)',
      'SELECT prune_leaf($1, $2 - 1, 0)',
      `SELECT archive_plan($1, $2 - 1, NULL, '{[0,1)}', now(), 1, 's3', 'x', 'x')`,
      `SELECT archive_uploaded($1, $2 - 1, 1, 1, sha256('x'), 1, sha256('x'), 'v', 'x', 'v')`,
      `SELECT archive_confirmed($1, $2 - 1, 1, 'NONE', NULL, NULL, NULL, '{}', '{}')`,
    ])
      await expect(pool('archive').query(call, [ledger.id, rows[0]!.fence])).rejects.toMatchObject({ code: 'HF020' });
  });

  it('waits for the lease of a process that was killed until that runs out, and can be stopped while it waits', async () => {
    const { ledger, store } = await ledgerOf(some(3));
    await pool('archive').query('SELECT archive_lease($1, $2, 1500)', [ledger.id, randomUUID()]);
    let waits = 0;
    const stop = AbortSignal.timeout(200);
    await expect(archive(ledger, store, { signal: stop, onWait: () => waits++ })).rejects.toThrow();
    expect(await archive(ledger, store, { onWait: () => waits++ })).toMatchObject({ records: 3, pruned: 3 });
    expect(waits).toBe(2);
  });

  it('is stopped at its next step by whoever has taken its lease', async () => {
    const { ledger, store } = await ledgerOf(some(30));
    let stolen = false;
    const running = archive(ledger, store, {
      bounds: { rows: 10, bytes: 1e9 },
      onProgress: (what) => {
        if (what !== 'confirmed' || stolen) return;
        stolen = true;
        void asAdmin(db.adminUrl, (c) =>
          c.query('UPDATE archive_leases SET fence = fence + 1, holder = gen_random_uuid() WHERE ledger_id = $1', [ledger.id]),
        );
      },
      leaseMs: 200,
    });
    await expect(running).rejects.toMatchObject({ name: 'ArchiveFault', code: 'lost' });
    const left = await hotPositions(ledger.id);
    const segments = await listSegments(ledger.id, 0n, 10);
    for (const { state, ranges } of segments)
      if (state !== 'confirmed' && state !== 'pruned') expect(left).toContain(Number(ranges[0]!.from));
    await asAdmin(db.adminUrl, (c) => c.query('UPDATE archive_leases SET held_until = now() WHERE ledger_id = $1', [ledger.id]));
    await archive(ledger, store);
    expect(await hotPositions(ledger.id)).toEqual([]);
  });

  it('needs the keys that sign the ledger', async () => {
    const { ledger, store } = await ledgerOf(some(3));
    process.env.SIGNER = 'off';
    try {
      await expect(archive(ledger, store)).rejects.toMatchObject({ name: 'ArchiveFault', code: 'signer' });
    } finally {
      delete process.env.SIGNER;
    }
    expect(await hotPositions(ledger.id)).toHaveLength(3);
    expect(await archive(ledger, store)).toMatchObject({ segments: 1, pruned: 3 });
  });
});

/** Confirmed, with nothing taken away, and how to take it away step by step. */
async function confirmedBy(ledger: LedgerRow, store: DirectoryStore) {
  const all = archive(ledger, store, {
    onProgress: () => {
      throw new Error('stop');
    },
  });
  await expect(all).rejects.toThrow('stop');
  expect(await states(ledger)).toEqual(['confirmed']);
  const { rows } = await pool('archive').query<{ fence: string }>('SELECT archive_lease($1, $2, 60000) AS fence', [
    ledger.id,
    randomUUID(),
  ]);
  const prune = async (step: number) =>
    (await pool('archive').query<{ n: number }>('SELECT prune_segment($1, $2, 1, $3) AS n', [ledger.id, rows[0]!.fence, step])).rows[0]!.n;
  return { prune };
}

describe('the prune function', () => {
  it('is the pruner’s alone, and there is no other way to take a record away', async () => {
    const { ledger } = await ledgerOf(some(3));
    await expect(pool('verification').query('SELECT prune_segment($1, 1, 1, 1)', [ledger.id])).rejects.toMatchObject({ code: '42501' });
    for (const statement of [
      'DELETE FROM records WHERE ledger_id = $1',
      'DELETE FROM entries WHERE ledger_id = $1',
      'UPDATE records SET action = action WHERE ledger_id = $1',
    ]) {
      await expect(pool('archive').query(statement, [ledger.id])).rejects.toMatchObject({ code: '42501' });
      await expect(asAdmin(db.adminUrl, (c) => c.query(statement, [ledger.id]))).rejects.toMatchObject({ code: 'HF001' });
    }
    await expect(pool('archive').query('INSERT INTO prune_permits VALUES (pg_current_xact_id())')).rejects.toMatchObject({ code: '42501' });
  });

  it('asks for a confirmed segment, of which is noted what holds are placed by: no other state will do', async () => {
    const { ledger } = await ledgerOf(some(3));
    const { rows } = await pool('archive').query<{ fence: string }>('SELECT archive_lease($1, $2, 60000) AS fence', [
      ledger.id,
      randomUUID(),
    ]);
    const { fence } = rows[0]!;
    const prune = () => pool('archive').query('SELECT prune_segment($1, $2, 1, 10)', [ledger.id, fence]);
    await expect(prune()).rejects.toMatchObject({ code: 'HF022' });
    await pool('archive').query(`SELECT archive_plan($1, $2, NULL, '{[0,3)}', now() + interval '1 day', 1, 's3', 's3://x', 'x')`, [
      ledger.id,
      fence,
    ]);
    await expect(prune()).rejects.toMatchObject({ code: 'HF022' });
    await pool('archive').query(`SELECT archive_uploaded($1, $2, 1, 1, sha256('x'), 1, sha256('x'), 'v', 'x', 'v')`, [ledger.id, fence]);
    await expect(prune()).rejects.toMatchObject({ code: 'HF022' });
    for (const [mode, until] of [
      ['GOVERNANCE', '2 days'],
      ['NONE', '2 days'],
      ['COMPLIANCE', '1 hour'],
    ])
      await expect(
        pool('archive').query(`SELECT archive_confirmed($1, $2, 1, $3, now() + $4::interval, NULL, NULL, '{}', '{}')`, [
          ledger.id,
          fence,
          mode,
          until,
        ]),
      ).rejects.toMatchObject({ code: 'HF022' });
    await expect(prune()).rejects.toMatchObject({ code: 'HF022' });
    await pool('archive').query(`SELECT archive_confirmed($1, $2, 1, 'COMPLIANCE', now() + interval '2 days', NULL, NULL, '{}', '{}')`, [
      ledger.id,
      fence,
    ]);
    await expect(prune()).rejects.toMatchObject({ code: 'HF022', message: 'holdfast: segment 1 is not noted yet' });
    const note = async () => (await pool('archive').query('SELECT archive_note($1, $2, 1, 2) AS n', [ledger.id, fence])).rows[0].n;
    expect(await note()).toBe(2);
    await expect(prune()).rejects.toMatchObject({ code: 'HF022' });
    expect([await note(), await note()]).toEqual([1, 0]);
    expect((await prune()).rows[0]).toEqual({ prune_segment: 3 });
  });

  it('stops at a hold that is placed while it goes on, and goes on when that has ended', async () => {
    const { ledger, store } = await ledgerOf(some(12));
    await placeHoldOn(db, ledger.id, 'conversation', 'conv-1');
    await endHolds(ledger);
    const { prune } = await confirmedBy(ledger, store);
    expect(await prune(4)).toBe(4);
    await placeHoldOn(db, ledger.id, 'conversation', 'conv-1');
    await expect(prune(4)).rejects.toMatchObject({ code: 'HF011' });
    expect(await hotPositions(ledger.id)).toEqual([4, 5, 6, 7, 8, 9, 10, 11]);
    await endHolds(ledger);
    expect([await prune(4), await prune(4), await prune(4), await prune(4)]).toEqual([4, 4, 0, 0]);
    expect(await states(ledger)).toEqual(['pruned']);
  });

  it('waits until records are counted', async () => {
    const { ledger, store } = await ledgerOf(some(6));
    const { prune } = await confirmedBy(ledger, store);
    await asAdmin(db.adminUrl, (c) => c.query('UPDATE volume_progress SET counted_to = 3 WHERE ledger_id = $1', [ledger.id]));
    await expect(prune(6)).rejects.toMatchObject({ code: 'HF023' });
    expect(await prune(4)).toBe(4);
  });

  it('lets no record be in two segments, in two leaves, or in one that is not covered', async () => {
    const { ledger } = await ledgerOf(some(10));
    const { rows } = await pool('archive').query<{ fence: string }>('SELECT archive_lease($1, $2, 60000) AS fence', [
      ledger.id,
      randomUUID(),
    ]);
    const plan = (seqs: string, checkpoint = 1) =>
      pool('archive').query(
        `SELECT archive_plan($1, $2, NULL, $3::text::int8multirange, now() + interval '1 day', $4, 's3', 's3://x', 'x')`,
        [ledger.id, rows[0]!.fence, seqs, checkpoint],
      );
    for (const seqs of ['{[5,11)}', '{[0,2),[262144,262145)}', '{[100,101)}'])
      await expect(plan(seqs)).rejects.toMatchObject({ code: 'HF022' });
    await expect(plan('{[0,3)}', 2)).rejects.toMatchObject({ code: 'HF022' });
    await plan('{[0,3)}');
    // One at a time is on its way.
    await expect(plan('{[4,5)}')).rejects.toMatchObject({ code: 'HF022' });
  });

  it('lets nobody turn a segment back, change what was put, or delete its row', async () => {
    const { ledger, store } = await ledgerOf(some(3));
    await archive(ledger, store);
    for (const change of [
      `UPDATE archive_segments SET state = 'planned'`,
      `UPDATE archive_segments SET version_id = 'x'`,
      `UPDATE archive_segments SET seqs = '{[0,9)}'`,
      'DELETE FROM archive_segments',
      'TRUNCATE archive_segments CASCADE',
    ])
      await expect(
        asAdmin(db.adminUrl, (c) => c.query(change.startsWith('TRUNCATE') ? change : `${change} WHERE ledger_id = ${ledger.id}`)),
      ).rejects.toMatchObject({ code: 'HF001' });
  });
});
