import { afterEach, describe, expect, it, vi } from 'vitest';
import { readManifest } from '@/lib/chain/archive-manifest';
import { pool } from '@/lib/db';
import type { LedgerRow } from '@/lib/ledger/find-ledger';
import { agentRecord } from '@/lib/testing/agent-record';
import { archive } from '@/lib/testing/archived-ledger';
import type { Asked, Misdeed } from '@/lib/testing/faulty-s3';
import { folderStore, newLedger, openArchive } from '@/lib/testing/open-archive';
import { openFaultyS3 } from '@/lib/testing/open-s3';
import { DirectoryStore } from './directory-store';
import { storeAt } from './open-store';
import { readObject } from './read-object';
import { S3Store } from './s3-store';
import { listSegments } from './segments';

const s3 = await openFaultyS3();
openArchive();
afterEach(() => {
  s3.misbehave = () => null;
  vi.restoreAllMocks();
});

const RECORDS = 12;
const BOUNDS = { rows: 6, bytes: 1e9 };
async function twoConversations(): Promise<LedgerRow> {
  const records = Array.from({ length: RECORDS }, (_, i) =>
    agentRecord({ conversation_id: `conv-${i % 2}`, agent_seq: Math.floor(i / 2) + 1 }),
  );
  return newLedger(records);
}
/** By its place, as a run opens it. */
const bucket = (ledger: LedgerRow) => storeAt({ kind: 's3', place: `s3://${ledger.slug}` });

/** Each record is in the database, or in an object that was confirmed and is, byte for byte, what its manifest says. */
async function assertNothingLost(ledger: LedgerRow): Promise<{ hot: number; gone: number }> {
  const { rows } = await pool('verification').query<{ seq: string }>('SELECT seq FROM records WHERE ledger_id = $1', [ledger.id]);
  const hot = new Set(rows.map(({ seq }) => seq));
  const archived = new Set<string>();
  for (const segment of await listSegments(ledger.id, 0n, 100)) {
    if (segment.state !== 'confirmed' && segment.state !== 'pruned') continue;
    const found = await readObject(
      storeAt(segment),
      { key: segment.objectKey, versionId: segment.versionId! },
      readManifest(segment.manifest!),
      ({ header }) => archived.add(String(header.seq)),
    );
    expect(found).toEqual({ contradiction: null, faults: [] });
  }
  for (let seq = 0; seq < RECORDS; seq++) expect([seq, hot.has(String(seq)) || archived.has(String(seq))]).toEqual([seq, true]);
  return { hot: hot.size, gone: RECORDS - hot.size };
}
/** And a run without faults ends what was begun. */
async function assertGoesOn(ledger: LedgerRow, store: Parameters<typeof archive>[1]): Promise<void> {
  await archive(ledger, store, { bounds: BOUNDS });
  expect(await assertNothingLost(ledger)).toEqual({ hot: 0, gone: RECORDS });
  const segments = await listSegments(ledger.id, 0n, 100);
  expect(segments.map(({ number, state }) => [number, state])).toEqual([
    [1n, 'pruned'],
    [2n, 'pruned'],
  ]);
}

const toObject = ({ method, key }: Asked) => method !== 'HEAD' && key !== '' && !key.endsWith('.manifest');
const put = (asked: Asked) => asked.method === 'PUT' && toObject(asked);
const get = (asked: Asked) => asked.method === 'GET' && toObject(asked);
const head = ({ method, key, query }: Asked) => method === 'HEAD' && key !== '' && query.has('versionId');

describe('S3 that misbehaves all the time', () => {
  it.each<[string, (asked: Asked) => boolean, Misdeed, RegExp]>([
    ['answers 500 to what is put', put, { status: 500 }, /500/],
    ['answers 503 to what is put', put, { status: 503 }, /503/],
    ['answers 409 to what is put, as when it is busy with the same object', put, { status: 409 }, /No answer.*409/],
    ['refuses what is put', put, { status: 403 }, /403/],
    ['hangs up when it is put to', put, { cut: true }, /No answer/],
    ['drops the lock without a word', put, { lock: 'none' }, /shows no lock/],
    ['puts GOVERNANCE instead', put, { lock: 'GOVERNANCE' }, /GOVERNANCE/],
    ['locks for too short', put, { lock: 'short' }, /its lock ends/],
    ['answers 500 to looks', head, { status: 500 }, /500/],
    ['answers 503 to reads', get, { status: 503 }, /503/],
    ['breaks off in the middle of an object', get, { bytes: 200, cutOff: true }, /broke off/],
    ['gives half an object with 200', get, { bytes: 200, cutOff: false }, /not what was put there/],
    ['gives an object without bytes', get, { bytes: 0, cutOff: false }, /not what was put there/],
    ['gives other bytes', get, { garble: true }, /not what was put there/],
    ['has lost the version', (asked) => get(asked) || head(asked), { status: 404 }, /no such version|Not found/],
  ])('%s: nothing is taken away, what is wrong is said, and it goes on when that has ended', async (_what, which, misdeed, said) => {
    const ledger = await twoConversations();
    const store = bucket(ledger);
    s3.misbehave = (asked) => (which(asked) ? misdeed : null);
    await expect(archive(ledger, store, { bounds: BOUNDS })).rejects.toMatchObject({ message: expect.stringMatching(said) });
    s3.misbehave = () => null;
    expect(await assertNothingLost(ledger)).toEqual({ hot: RECORDS, gone: 0 });
    await assertGoesOn(ledger, store);
  });
});

describe('S3 that misbehaves once', () => {
  it.each<[string, (asked: Asked) => boolean, Misdeed]>([
    ['answers 500', (asked) => asked.key !== '', { status: 500 }],
    ['answers 409, as when it is busy with the same object', (asked) => asked.key !== '', { status: 409 }],
    ['does what it is asked, and hangs up before it says so', put, { loseAnswer: true }],
    ['breaks off in the middle of an object', get, { bytes: 100, cutOff: true }],
    ['gives other bytes', get, { garble: true }],
    ['drops the lock', put, { lock: 'none' }],
  ])('%s: the run gets over it', async (_what, which, misdeed) => {
    const ledger = await twoConversations();
    let left = 1;
    s3.misbehave = (asked) => (which(asked) && left-- > 0 ? misdeed : null);
    await assertGoesOn(ledger, bucket(ledger));
  });

  it('a delete marker over what was put hides nothing, before it is confirmed and after', async () => {
    const ledger = await twoConversations();
    s3.misbehave = (asked) => {
      if (head(asked))
        for (const key of s3.versions.keys())
          if (key.startsWith(`${ledger.slug}-`) && !s3.versions.get(key)!.at(-1)!.marker) s3.markDeleted(key);
      return null;
    };
    await assertGoesOn(ledger, bucket(ledger));
    expect([...s3.versions].filter(([key]) => key.startsWith(`${ledger.slug}-`)).every(([, list]) => list.at(-1)!.marker)).toBe(true);
  });

  it('an answer that was lost makes no second version that nobody can delete for years', async () => {
    const ledger = await twoConversations();
    let broken = false;
    s3.misbehave = (asked) => {
      if (asked.method !== 'PUT' || broken) return null;
      broken = true;
      // And everything after it, until the run gives up: as if the process had been killed.
      return { loseAnswer: true };
    };
    await assertGoesOn(ledger, bucket(ledger));
    const lists = [...s3.versions].filter(([key]) => key.startsWith(`${ledger.slug}-`)).map(([, list]) => list.length);
    expect(Math.max(...lists)).toBeLessThanOrEqual(2);
  });
});

/** Each call of the database as the pruner, and of the store, in its turn: one that is not made, and one whose answer is lost, as with a process that is killed. */
describe.each(['before', 'after'] as const)('a run that ends %s any of its steps', (moment) => {
  it('loses nothing, takes nothing away too early, and the next one goes on', { timeout: 240_000 }, async () => {
    let steps = 0;
    for (let dies = 1; ; dies++) {
      const ledger = await twoConversations();
      const store = folderStore(ledger.slug);
      let at = 0;
      const step = async <T>(work: () => Promise<T>): Promise<T> => {
        if (++at === dies && moment === 'before') throw new Error('killed');
        const done = await work();
        if (at === dies && moment === 'after') throw new Error('killed');
        return done;
      };
      const spies = [
        spyOn(pool('archive'), 'query', step),
        ...(['put', 'head'] as const).map((name) => spyOn(DirectoryStore.prototype, name, step)),
      ];
      const ended = await archive(ledger, store, { bounds: BOUNDS })
        .then(() => 'whole')
        .catch((error: Error) => error.message);
      for (const restore of spies) restore();
      await assertNothingLost(ledger);
      await pool('archive').query('SELECT 1');
      if (ended === 'whole' && at < dies) break;
      await letLeaseEnd(ledger);
      await assertGoesOn(ledger, store);
      steps = dies;
    }
    expect(steps).toBeGreaterThan(15);
  });
});

function spyOn<K extends string>(target: { [name in K]: unknown }, name: K, step: <T>(work: () => Promise<T>) => Promise<T>): () => void {
  const original = target[name] as (...args: unknown[]) => Promise<unknown>;
  const own = Object.hasOwn(target, name);
  target[name] = function (this: unknown, ...args: unknown[]) {
    return step(() => original.apply(this, args));
  } as (typeof target)[K];
  return () => {
    if (own) target[name] = original as (typeof target)[K];
    else delete (target as Partial<Record<K, unknown>>)[name];
    if (!own && target[name] === undefined) target[name] = original as (typeof target)[K];
  };
}

async function letLeaseEnd(ledger: LedgerRow): Promise<void> {
  await pool('archive').query('SELECT archive_let_go($1, holder) FROM archive_leases WHERE ledger_id = $1', [ledger.id]);
}

it('timeouts are no answers', async () => {
  const ledger = await twoConversations();
  const slow = new S3Store({ bucket: ledger.slug, prefix: '', region: 'us-east-1', endpoint: s3.endpoint, timeoutMs: 200 });
  s3.misbehave = () => ({ hang: true });
  await expect(archive(ledger, slow, { bounds: BOUNDS })).rejects.toMatchObject({ name: 'StoreFault', code: 'unreachable' });
  expect(await assertNothingLost(ledger)).toEqual({ hot: RECORDS, gone: 0 });
});
