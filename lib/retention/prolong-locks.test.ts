import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readArchiveState } from '@/lib/archive/archive-state';
import type { ArchiveStore } from '@/lib/archive/archive-store';
import { DirectoryStore } from '@/lib/archive/directory-store';
import { forgetSegments } from '@/lib/archive/fetch-segment';
import { storeAt } from '@/lib/archive/open-store';
import { S3Store } from '@/lib/archive/s3-store';
import { listSegments, type Segment } from '@/lib/archive/segments';
import { closeDatabase } from '@/lib/db';
import { closeAppenders } from '@/lib/ledger/append-records';
import { boundedRead } from '@/lib/ledger/bounded-read';
import type { LedgerRow } from '@/lib/ledger/find-ledger';
import { readPolicies } from '@/lib/ledger/read-retention';
import { agentRecord } from '@/lib/testing/agent-record';
import { archivableLedger, archive, everythingDue } from '@/lib/testing/archived-ledger';
import { asAdmin, freshDatabase, type TestDatabase } from '@/lib/testing/fresh-database';
import { startS3 } from '@/lib/testing/start-s3';
import { ArchivedRanges } from '@/lib/verification/archived-ranges';
import { prolongLocks } from './prolong-locks';

const server = await startS3();
if (server === null)
  console.warn('skipped: the object store of the tests is not here and could not be fetched (Debian’s radosgw, ceph-mon, ceph-osd)');

let db: TestDatabase;
const folder = mkdtempSync(path.join(os.tmpdir(), 'holdfast-archive-'));
const drops: (() => void)[] = [];
beforeAll(async () => {
  db = await freshDatabase();
  if (server === null) return;
  Object.assign(process.env, { S3_ENDPOINT: server.endpoint, AWS_ACCESS_KEY_ID: server.key, AWS_SECRET_ACCESS_KEY: server.secret });
  const s3 = new S3Client({ region: 'us-east-1', endpoint: server.endpoint, forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket: 'locks', ObjectLockEnabledForBucket: true }));
}, 60_000);
afterAll(async () => {
  for (const drop of drops) drop();
  delete process.env.S3_ENDPOINT;
  await closeAppenders();
  await closeDatabase();
  await db.drop();
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const SOON = new Date(Date.now() + 2 * 86_400_000);
/** Of 2024 under `financial` (seven years from the event), locked for two days only. */
async function locked(
  slug: string,
  open: (slug: string) => ArchiveStore,
  domains: string[],
): Promise<{ ledger: LedgerRow; store: ArchiveStore }> {
  const { ledger, drop } = await archivableLedger(
    db,
    slug,
    Array.from({ length: 6 }, () => agentRecord({ timestamp: '2024-03-01T12:00:00.000Z', domains })),
  );
  drops.push(drop);
  const store = open(slug);
  await archive(ledger, store, { due: everythingDue(undefined, () => SOON) });
  return { ledger, store };
}
const only = async (ledger: LedgerRow): Promise<Segment> => (await listSegments(ledger.id, 0n, 9))[0]!;
const shownUntil = async (store: ArchiveStore, { objectKey, versionId, manifestKey, manifestVersionId }: Segment) =>
  Promise.all([store.head(objectKey, versionId), store.head(manifestKey, manifestVersionId)]).then((found) =>
    found.map((one) => one!.retainUntil!.toISOString().slice(0, 10)),
  );
async function changePolicy(ledger: LedgerRow, code: string, over: object): Promise<void> {
  const stored = await boundedRead((tx) => readPolicies(tx, ledger.id));
  const policies = stored.policies.map((policy) => (policy.code === code ? { ...policy, ...over } : policy));
  await asAdmin(db.adminUrl, (c) =>
    c.query(`SELECT save_retention($1, $2, $3::jsonb, '[]', 'test', 'test')`, [ledger.id, stored.version, JSON.stringify(policies)]),
  );
}

describe('the lock of an archived object', () => {
  const opens: [string, boolean, (slug: string) => ArchiveStore][] = [
    ['a real object store', server === null, () => storeAt({ kind: 's3', place: 's3://locks' })],
    ['a folder', false, (slug) => new DirectoryStore(path.join(folder, slug))],
  ];
  it.each(opens)('in %s lasts as long as the decision, whenever that moves', async (name, skip, open) => {
    if (skip) return;
    const { ledger, store } = await locked(`locks-${name.length}`, open, ['financial']);
    expect(await prolongLocks(ledger, 10_000)).toEqual({ decided: 1, prolonged: 1, failed: 0 });
    expect(await shownUntil(store, await only(ledger))).toEqual(['2031-03-02', '2031-03-02']);
    expect((await only(ledger)).keepUntil).toBe('2031-03-01');
    // Nothing has moved since.
    expect(await prolongLocks(ledger, 10_000)).toEqual({ decided: 0, prolonged: 0, failed: 0 });
    await changePolicy(ledger, 'financial', { floor: { years: 9 } });
    expect(await prolongLocks(ledger, 10_000)).toEqual({ decided: 1, prolonged: 1, failed: 0 });
    expect(await shownUntil(store, await only(ledger))).toEqual(['2033-03-02', '2033-03-02']);
    // A shorter policy does not make it shorter.
    await changePolicy(ledger, 'financial', { floor: { years: 8 } });
    expect(await prolongLocks(ledger, 10_000)).toEqual({ decided: 1, prolonged: 0, failed: 0 });
    expect(await shownUntil(store, await only(ledger))).toEqual(['2033-03-02', '2033-03-02']);
    expect((await ArchivedRanges.read(ledger)).breaks).toEqual([]);
  });

  it.skipIf(server === null)('that the store does not make longer is shown as too short, and tried again', async () => {
    const { ledger } = await locked('locks-short', () => storeAt({ kind: 's3', place: 's3://locks' }), ['financial']);
    const { prolong } = S3Store.prototype;
    S3Store.prototype.prolong = async (key, versionId, until) => {
      const { StoreFault } = await import('@/lib/archive/archive-store');
      throw new StoreFault('refused', `Refused: ${key} ${versionId} ${until.toISOString()}`);
    };
    try {
      expect(await prolongLocks(ledger, 10_000)).toMatchObject({ prolonged: 0, failed: 1 });
    } finally {
      S3Store.prototype.prolong = prolong;
    }
    expect((await readArchiveState(ledger)).short_locks).toBe(1);
    await asAdmin(db.adminUrl, (c) =>
      c.query(`UPDATE archive_segments SET decided_at = decided_at - interval '11 minutes' WHERE ledger_id = $1`, [ledger.id]),
    );
    expect(await prolongLocks(ledger, 10_000)).toMatchObject({ prolonged: 1, failed: 0 });
    expect((await readArchiveState(ledger)).short_locks).toBe(0);
  });

  it('is taken as if it had started today while a clock is open', async () => {
    const { ledger, store } = await locked('locks-open', (slug) => new DirectoryStore(path.join(folder, slug)), ['financial']);
    await changePolicy(ledger, 'financial', { clock: 'trigger', trigger: 'account_closed', or_else: null });
    forgetSegments();
    expect(await prolongLocks(ledger, 10_000)).toMatchObject({ prolonged: 1 });
    const [until] = await shownUntil(store, await only(ledger));
    expect(Number(until!.slice(0, 4))).toBeGreaterThanOrEqual(new Date().getUTCFullYear() + 7);
  });
});
