import { CreateBucketCommand, PutBucketPolicyCommand, PutObjectLegalHoldCommand } from '@aws-sdk/client-s3';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { pool } from '@/lib/db';
import { boundedRead } from '@/lib/ledger/bounded-read';
import type { LedgerRow } from '@/lib/ledger/find-ledger';
import { readHoldFaults } from '@/lib/ledger/read-archive';
import { agentRecord } from '@/lib/testing/agent-record';
import { archive, everythingDue } from '@/lib/testing/archived-ledger';
import { asAdmin } from '@/lib/testing/fresh-database';
import { db, folderStore, newLedger, openArchive } from '@/lib/testing/open-archive';
import { openS3 } from '@/lib/testing/open-s3';
import { type ArchiveStore, StoreFault } from './archive-store';
import { holdObjects } from './hold-objects';
import { storeAt } from './open-store';
import { restoreRange } from './restore-range';
import { listSegments, type Segment } from './segments';

const s3 = await openS3('kept');
openArchive();
afterEach(() => {
  vi.restoreAllMocks();
});

const sql = <T>(text: string, values: unknown[] = []): Promise<T[]> =>
  asAdmin(db.adminUrl, async (c) => (await c.query(text, values)).rows as T[]);
const place = async (ledger: LedgerRow, kind: string, value: string) =>
  (
    await sql<{ mark: number }>(
      `INSERT INTO legal_holds (ledger_id, matter, scope_kind, scope_value, scope_type, reason, placed_by) VALUES ($1, 'm', $2, $3, $4, 'r', 'ada') RETURNING mark`,
      [ledger.id, kind, value, kind === 'resource' ? 'chart' : null],
    )
  )[0]!.mark;
const end = (mark: number) => sql('UPDATE retention_scopes SET standing = false WHERE mark = $1', [mark]);
const alarms = (ledger: LedgerRow) =>
  sql<{ subject: string; say: string; open: boolean }>(
    `SELECT subject, detail ->> 'say' AS say, ended_at IS NULL AS open FROM alarms WHERE ledger_id = $1 AND kind = 'archive_hold' ORDER BY raised_at`,
    [ledger.id],
  );
const faults = (ledger: LedgerRow) => boundedRead((tx) => readHoldFaults(tx, ledger.id));
const segmentsOf = (ledger: LedgerRow) => listSegments(ledger.id, 0n, 99);
const shown = async (store: ArchiveStore, { objectKey, versionId, manifestKey, manifestVersionId }: Segment) => [
  (await store.head(objectKey, versionId))?.legalHold,
  (await store.head(manifestKey, manifestVersionId))?.legalHold,
];
async function archived(
  open: (slug: string) => ArchiveStore,
  count = 4,
  leave = true,
): Promise<{ ledger: LedgerRow; store: ArchiveStore }> {
  const records = Array.from({ length: count }, (_, i) =>
    agentRecord({
      conversation_id: `talk-${i}`,
      subject_id: `P-${i}`,
      actor_id: `actor-${i}`,
      agent_name: `agent-${i}`,
      resource_type: 'chart',
      resource_id: `R-${i}`,
    }),
  );
  const ledger = await newLedger(records);
  const store = open(ledger.slug);
  if (leave) await archive(ledger, store, { bounds: { rows: 2, bytes: 1e9 } });
  return { ledger, store };
}
/** What the store is told from now on, other than the legal hold that it is to take. */
function refuse(store: ArchiveStore, which: (key: string, on: boolean) => StoreFault | Error | null): void {
  const proto = Object.getPrototypeOf(store) as ArchiveStore;
  const real = proto.legalHold;
  vi.spyOn(proto, 'legalHold').mockImplementation(async function (this: ArchiveStore, key, version, on) {
    const fault = which(key, on);
    if (fault !== null) throw fault;
    return real.call(this, key, version, on);
  });
}

describe.each<[string, boolean, (slug: string) => ArchiveStore]>([
  ['a real object store', s3 === null, (slug) => storeAt({ kind: 's3', place: `s3://kept/${slug}` })],
  ['a folder', false, folderStore],
])('legal holds on archived objects, in %s', (_name, skipped, open) => {
  it.skipIf(skipped)(
    'whatever ends a process or a request between two steps, a hold that stands is on both objects at the next look',
    async () => {
      const { ledger, store } = await archived(open);
      const [first] = await segmentsOf(ledger);
      const row = async () => (await segmentsOf(ledger))[0]!.legalHold;
      for (const broken of ['.jsonl.gz', '.manifest']) {
        const one = await place(ledger, 'conversation', 'talk-0');
        expect(await holdObjects(ledger.id)).toEqual({ changed: 1, failed: 0 });
        expect([await shown(store, first!), await row()]).toEqual([[true, true], true]);
        await end(one);
        refuse(store, (key, on) => (key.endsWith(broken) && !on ? new StoreFault('refused', 'Refused: 403.') : null));
        expect(await holdObjects(ledger.id)).toEqual({ changed: 0, failed: 1 });
        // What it does not know it does not say.
        expect(await row()).toBe(false);
        const other = await place(ledger, 'conversation', 'talk-0');
        expect(await holdObjects(ledger.id)).toEqual({ changed: 1, failed: 0 });
        expect([await shown(store, first!), await row()]).toEqual([[true, true], true]);
        vi.restoreAllMocks();
        await end(other);
        expect(await holdObjects(ledger.id)).toEqual({ changed: 1, failed: 0 });
        expect([await shown(store, first!), await row()]).toEqual([[false, false], false]);
        expect(await holdObjects(ledger.id)).toEqual({ changed: 0, failed: 0 });
      }
    },
  );

  it.skipIf(skipped)('what was half put on when its hold ended is taken off', async () => {
    const { ledger, store } = await archived(open);
    const [first] = await segmentsOf(ledger);
    const one = await place(ledger, 'conversation', 'talk-0');
    refuse(store, (key, on) => (key.endsWith('.manifest') && on ? new StoreFault('refused', 'Refused: 403.') : null));
    expect(await holdObjects(ledger.id)).toEqual({ changed: 0, failed: 1 });
    expect(await shown(store, first!)).toEqual([true, false]);
    await end(one);
    vi.restoreAllMocks();
    expect(await holdObjects(ledger.id)).toEqual({ changed: 1, failed: 0 });
    expect(await shown(store, first!)).toEqual([false, false]);
  });

  it.skipIf(skipped)('a hold that was taken off in the store by somebody else is found within a day, put on again and told', async () => {
    const { ledger, store } = await archived(open);
    const [first] = await segmentsOf(ledger);
    await place(ledger, 'conversation', 'talk-0');
    await holdObjects(ledger.id);
    await store.legalHold(first!.objectKey, first!.versionId!, false);
    expect(await holdObjects(ledger.id)).toEqual({ changed: 0, failed: 0 });
    expect(await holdObjects(ledger.id, Date.now() + 25 * 3_600_000)).toEqual({ changed: 1, failed: 0 });
    expect(await shown(store, first!)).toEqual([true, true]);
    expect(await alarms(ledger)).toEqual([{ subject: 'lifted:1', say: expect.stringContaining('was no longer on'), open: true }]);
  });

  it.skipIf(skipped)('segments that are confirmed and still in the database are held too, by each kind of hold', async () => {
    const { ledger, store } = await archived(open, 4, false);
    // A hold that comes while a run goes on keeps it from pruning.
    const stop = new AbortController();
    await archive(ledger, store, {
      bounds: { rows: 4, bytes: 1e9 },
      due: everythingDue(),
      onProgress: (what) => {
        if (what === 'confirmed') stop.abort();
      },
      signal: stop.signal,
    }).catch(() => {});
    const [first] = await segmentsOf(ledger);
    expect(first).toMatchObject({ state: 'confirmed', prunedRows: 0 });
    for (const [kind, value] of [
      ['actor', 'actor-1'],
      ['agent', 'agent-2'],
      ['resource', 'R-3'],
      ['subject', 'P-0'],
      ['conversation', 'talk-2'],
    ] as const) {
      const mark = await place(ledger, kind, value);
      expect([kind, await holdObjects(ledger.id)]).toEqual([kind, { changed: 1, failed: 0 }]);
      expect(await sql('SELECT archive_reached($1, 1) AS r', [ledger.id])).toEqual([{ r: true }]);
      expect(await shown(store, first!)).toEqual([true, true]);
      await end(mark);
      expect(await holdObjects(ledger.id)).toEqual({ changed: 1, failed: 0 });
    }
    expect(await sql('SELECT archive_reached($1, 1) AS r', [ledger.id])).toEqual([{ r: false }]);
  });
});

describe('a look', () => {
  it('asks what holds reach where holds or segments have changed, and once a day; and one process looks at a time', async () => {
    const { ledger, store } = await archived(folderStore, 4, false);
    await place(ledger, 'actor', 'actor-1');
    await holdObjects(ledger.id);
    const asked: string[] = [];
    const client = await pool('archive').connect();
    const proto = Object.getPrototypeOf(client) as { query: (...args: unknown[]) => unknown };
    client.release();
    const real = proto.query;
    vi.spyOn(proto, 'query').mockImplementation(function (this: unknown, ...args) {
      if (typeof args[0] === 'string') asked.push(args[0]);
      return real.apply(this, args);
    });
    const looked = async (now?: number) => {
      asked.length = 0;
      await holdObjects(ledger.id, now);
      return [
        asked.filter((text) => text.includes('archive_held(')).length,
        asked.filter((text) => text.includes('archive_reached(')).length,
      ];
    };
    expect(await looked()).toEqual([0, 0]);
    await archive(ledger, store, { bounds: { rows: 2, bytes: 1e9 }, due: everythingDue((seq) => seq > 1n) });
    expect(await looked()).toEqual([0, 1]);
    expect(await looked()).toEqual([0, 0]);
    await place(ledger, 'actor', 'actor-3');
    expect(await looked()).toEqual([1, 0]);
    expect(await looked(Date.now() + 25 * 3_600_000)).toEqual([1, 0]);
    await asAdmin(db.adminUrl, async (c) => {
      await c.query('SELECT pg_advisory_lock(1212564308, $1)', [ledger.id]);
      await place(ledger, 'actor', 'actor-2');
      expect(await looked()).toEqual([0, 0]);
    });
    expect(await looked()).toEqual([1, 0]);
  });

  it('a segment that was put back is reached as before', async () => {
    const { ledger } = await archived(folderStore);
    await restoreRange({ ledger, from: 0n, to: 3n, hotUntil: new Date(Date.now() + 86_400_000) });
    await sql('DELETE FROM retention_traces WHERE ledger_id = $1', [ledger.id]);
    await place(ledger, 'actor', 'actor-0');
    expect(await holdObjects(ledger.id)).toEqual({ changed: 1, failed: 0 });
  });
});

describe('what stands in the way', () => {
  it('is kept, told with how many, raised as an alarm at once where it was refused, and over when the store takes it', async () => {
    const { ledger, store } = await archived(folderStore);
    for (const i of [0, 2]) await place(ledger, 'conversation', `talk-${i}`);
    refuse(store, (key) => (key.includes('0001.') ? new StoreFault('refused', 'Refused: no right to it.') : null));
    expect(await holdObjects(ledger.id)).toEqual({ changed: 1, failed: 1 });
    expect(await faults(ledger)).toMatchObject({ segments: 1, say: 'Refused: no right to it.' });
    expect((await segmentsOf(ledger)).map(({ legalHold, legalHoldFault }) => [legalHold, legalHoldFault?.say])).toEqual([
      [false, 'Refused: no right to it.'],
      [true, undefined],
    ]);
    expect(await alarms(ledger)).toEqual([
      { subject: '', say: '1 of 2 archive segments that a legal hold reaches could not be held: Refused: no right to it.', open: true },
    ]);
    vi.restoreAllMocks();
    expect(await holdObjects(ledger.id)).toEqual({ changed: 1, failed: 0 });
    expect(await faults(ledger)).toBeNull();
    expect((await alarms(ledger)).map(({ open }) => open)).toEqual([false]);
  });

  it('is not an alarm while a store has been silent for some minutes only, and each look asks a silent store once', async () => {
    const { ledger, store } = await archived(folderStore);
    for (const i of [0, 2]) await place(ledger, 'conversation', `talk-${i}`);
    let asked = 0;
    refuse(store, () => {
      asked++;
      return new StoreFault('unreachable', 'No answer: 503.');
    });
    expect(await holdObjects(ledger.id)).toEqual({ changed: 0, failed: 2 });
    expect([asked, await alarms(ledger)]).toEqual([1, []]);
    expect(await faults(ledger)).toMatchObject({ segments: 2, say: 'No answer: 503.' });
    await holdObjects(ledger.id, Date.now() + 11 * 60_000);
    expect((await alarms(ledger)).map(({ say }) => say)).toEqual([
      '2 of 2 archive segments that a legal hold reaches could not be held: No answer: 503.',
    ]);
  });

  it.skipIf(s3 === null)('a real store whose keys may not put legal holds on will not do, and says which right they need', async () => {
    await s3!.client.send(new CreateBucketCommand({ Bucket: 'unfit', ObjectLockEnabledForBucket: true }));
    const store = storeAt({ kind: 's3', place: 's3://unfit' });
    await expect(store.check()).resolves.toBeUndefined();
    const { ledger } = await archived(() => store);
    const deny = { Effect: 'Deny', Principal: '*', Action: 's3:PutObjectLegalHold', Resource: 'arn:aws:s3:::unfit/*' };
    await s3!.client.send(
      new PutBucketPolicyCommand({ Bucket: 'unfit', Policy: JSON.stringify({ Version: '2012-10-17', Statement: [deny] }) }),
    );
    await expect(
      s3!.client.send(
        new PutObjectLegalHoldCommand({ Bucket: 'unfit', Key: (await segmentsOf(ledger))[0]!.objectKey, LegalHold: { Status: 'ON' } }),
      ),
    ).rejects.toMatchObject({ $metadata: { httpStatusCode: 403 } });
    await expect(store.check()).rejects.toMatchObject({ code: 'unfit', message: expect.stringContaining('s3:PutObjectLegalHold') });
    await place(ledger, 'conversation', 'talk-0');
    expect(await holdObjects(ledger.id)).toEqual({ changed: 0, failed: 1 });
    expect(await faults(ledger)).toMatchObject({ segments: 1, say: expect.stringContaining('403') });
    expect((await alarms(ledger)).map(({ open }) => open)).toEqual([true]);
  });
});
