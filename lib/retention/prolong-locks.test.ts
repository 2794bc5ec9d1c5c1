import { describe, expect, it } from 'vitest';
import { readArchiveState } from '@/lib/archive/archive-state';
import type { ArchiveStore } from '@/lib/archive/archive-store';
import { forgetSegments } from '@/lib/archive/fetch-segment';
import { storeAt } from '@/lib/archive/open-store';
import { S3Store } from '@/lib/archive/s3-store';
import { listSegments, type Segment } from '@/lib/archive/segments';
import { boundedRead } from '@/lib/ledger/bounded-read';
import type { LedgerRow } from '@/lib/ledger/find-ledger';
import { readPolicies } from '@/lib/ledger/read-retention';
import { agentRecord } from '@/lib/testing/agent-record';
import { archive, everythingDue } from '@/lib/testing/archived-ledger';
import { asAdmin } from '@/lib/testing/fresh-database';
import { db, folderStore, newLedger, openArchive } from '@/lib/testing/open-archive';
import { openS3 } from '@/lib/testing/open-s3';
import { ArchivedRanges } from '@/lib/verification/archived-ranges';
import { prolongLocks } from './prolong-locks';

const s3 = await openS3('locks');
openArchive();

const SOON = new Date(Date.now() + 2 * 86_400_000);
/** Of 2024 under `financial` (seven years from the event), locked for two days only. */
async function locked(open: (slug: string) => ArchiveStore, domains: string[]): Promise<{ ledger: LedgerRow; store: ArchiveStore }> {
  const records = Array.from({ length: 6 }, () => agentRecord({ timestamp: '2024-03-01T12:00:00.000Z', domains }));
  const ledger = await newLedger(records);
  const store = open(ledger.slug);
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
    ['a real object store', s3 === null, () => storeAt({ kind: 's3', place: 's3://locks' })],
    ['a folder', false, folderStore],
  ];
  it.each(opens)('in %s lasts as long as the decision, whenever that moves', async (_name, skip, open) => {
    if (skip) return;
    const { ledger, store } = await locked(open, ['financial']);
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

  it.skipIf(s3 === null)('that the store does not make longer is shown as too short, and tried again', async () => {
    const { ledger } = await locked(() => storeAt({ kind: 's3', place: 's3://locks' }), ['financial']);
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
    const { ledger, store } = await locked(folderStore, ['financial']);
    await changePolicy(ledger, 'financial', { clock: 'trigger', trigger: 'account_closed', or_else: null });
    forgetSegments();
    expect(await prolongLocks(ledger, 10_000)).toMatchObject({ prolonged: 1 });
    const [until] = await shownUntil(store, await only(ledger));
    expect(Number(until!.slice(0, 4))).toBeGreaterThanOrEqual(new Date().getUTCFullYear() + 7);
  });
});
