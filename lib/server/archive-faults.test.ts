import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { DeleteObjectCommand, ListObjectVersionsCommand } from '@aws-sdk/client-s3';
import { afterAll, describe, expect, it } from 'vitest';
import { checkArchive } from '@/lib/archive/check-archive';
import { holdObjects } from '@/lib/archive/hold-objects';
import { storeAt } from '@/lib/archive/open-store';
import { listSegments } from '@/lib/archive/segments';
import { pool } from '@/lib/db';
import { appendRecords } from '@/lib/ledger/append-records';
import type { LedgerRow } from '@/lib/ledger/find-ledger';
import { prepareAgentRecord } from '@/lib/ledger/prepare-record';
import { agentRecord } from '@/lib/testing/agent-record';
import { archive, everythingDue, placeHoldOn, signAgain } from '@/lib/testing/archived-ledger';
import { asAdmin } from '@/lib/testing/fresh-database';
import { db, folder, newLedger, openArchive } from '@/lib/testing/open-archive';
import { openS3 } from '@/lib/testing/open-s3';
import { verifyEntries } from '@/lib/verification/verify-entries';

/** Archivers as processes, killed; on a real object store where there is one, and in a folder. */
const s3 = await openS3('kept');
openArchive();
const started: ChildProcess[] = [];
afterAll(() => {
  for (const child of started) child.kill('SIGKILL');
});

const append = (ledger: LedgerRow, count: number) =>
  appendRecords(
    ledger.id,
    talks(count).map((one) => prepareAgentRecord(one, { key_id: randomUUID(), channel: 'api' })),
  );
const talks = (count: number) => Array.from({ length: count }, (_, i) => agentRecord({ conversation_id: `talk-${i % 5}` }));

interface Archiver {
  child: ChildProcess;
  /** Its steps, a line each. */
  lines: string[];
  errors: string[];
}

function archiver(slug: string, env: Record<string, string>): Archiver {
  const child = spawn(process.execPath, ['lib/server/run.mjs', 'lib/testing/archive-forever.ts', slug], {
    env: { ...process.env, ...env, VITEST: '' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  started.push(child);
  const [lines, errors]: [string[], string[]] = [[], []];
  child.stdout!.on('data', (chunk) => lines.push(...String(chunk).trim().split('\n')));
  child.stderr!.on('data', (chunk) => errors.push(String(chunk)));
  return { child, lines, errors };
}

/** @throws what they said, where one of them ended by itself, or all together take no steps: they go on until they are killed */
async function untilSteps(archivers: Archiver[], steps: number): Promise<void> {
  const deadline = Date.now() + 90_000;
  while (archivers.reduce((sum, { lines }) => sum + lines.length, 0) < steps) {
    if (Date.now() > deadline || archivers.some(({ child }) => child.exitCode !== null))
      throw new Error(archivers.map(({ lines, errors }) => `${lines.join(', ')} | ${errors.join('').slice(-1_000)}`).join('\n'));
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
const ended = (child: ChildProcess) =>
  new Promise((resolve) => (child.exitCode === null && child.signalCode === null ? child.once('exit', resolve) : resolve(null)));

async function assertWhole(ledger: LedgerRow, entries: number): Promise<void> {
  const { breaks, checked, checks } = await verifyEntries({
    ledgerId: ledger.id,
    scope: { kind: 'ledger' },
    archive: true,
    onProgress: () => {},
  });
  expect([breaks.kept(), checked]).toEqual([[], entries]);
  // An early kill may leave nothing in the archive yet.
  const { rows } = await pool('verification').query<{ any: boolean }>(
    `SELECT EXISTS (SELECT FROM archive_segments WHERE ledger_id = $1 AND state IN ('confirmed', 'pruned')) AS any`,
    [ledger.id],
  );
  expect(checks.find(({ name }) => name === 'archive_objects')?.outcome).toBe(rows[0]!.any ? 'passed' : undefined);
}

describe.each<[string, boolean, (slug: string) => { env: Record<string, string>; place: { kind: 's3' | 'directory'; place: string } }]>([
  [
    'a folder',
    false,
    (slug) => ({
      env: { ARCHIVE_DIR: path.join(folder, slug), ARCHIVE_BUCKET: '' },
      place: { kind: 'directory', place: path.join(folder, slug) },
    }),
  ],
  ['Ceph RGW', s3 === null, (slug) => ({ env: { ARCHIVE_BUCKET: `kept/${slug}` }, place: { kind: 's3', place: `s3://kept/${slug}` } })],
])('archivers that are killed, on %s', (name, skipped, at) => {
  it.skipIf(skipped)('lose no record and take none away too early, while others go on and agents send', { timeout: 240_000 }, async () => {
    const slug = name === 'a folder' ? 'killed-folder' : 'killed-s3';
    const ledger = await newLedger(talks(2_000), slug);
    const { env, place } = at(slug);
    let total = 2_000;
    for (let round = 0; round < 6; round++) {
      const [one, two] = [archiver(slug, env), archiver(slug, env)];
      await untilSteps([one, two], 3 + round * 2);
      await append(ledger, 200);
      total += 200;
      await signAgain(ledger);
      await new Promise((resolve) => setTimeout(resolve, 137 * round));
      for (const { child } of [one, two]) child.kill('SIGKILL');
      await Promise.all([one, two].map(({ child }) => ended(child)));
      await assertWhole(ledger, total);
      await new Promise((resolve) => setTimeout(resolve, 1_100));
    }
    await archive(ledger, storeAt(place), { due: everythingDue(), bounds: { rows: 500, bytes: 1e9 } });
    const { rows } = await pool('verification').query('SELECT count(*)::int AS left FROM records WHERE ledger_id = $1', [ledger.id]);
    expect(rows[0].left).toBe(0);
    await assertWhole(ledger, total);
    for await (const found of checkArchive(storeAt(place), null))
      expect(found).toMatchObject({ records: total, faults: [], whole: BigInt(total) });
  });
});

describe.skipIf(s3 === null)('a real object store', () => {
  it('keeps what was archived from whoever owns the bucket, under delete markers too; a hold is on its objects while it stands', async () => {
    const ledger = await newLedger(talks(60), 'locked');
    const store = storeAt({ kind: 's3', place: 's3://kept/locked' });
    await archive(ledger, store, { bounds: { rows: 20, bytes: 1e9 } });
    const segments = await listSegments(ledger.id, 0n, 10);
    expect(segments.map(({ state, lockMode }) => [state, lockMode])).toEqual(Array(3).fill(['pruned', 'COMPLIANCE']));
    const listed = await s3!.client.send(new ListObjectVersionsCommand({ Bucket: 'kept', Prefix: 'locked/' }));
    // Beside the empty object that the right to legal holds is tried on.
    const Versions = listed.Versions?.filter(({ Key }) => Key !== 'locked/holdfast-legal-hold');
    expect(Versions).toHaveLength(6);
    for (const { Key, VersionId } of Versions!) {
      await expect(s3!.client.send(new DeleteObjectCommand({ Bucket: 'kept', Key, VersionId }))).rejects.toMatchObject({
        name: 'AccessDenied',
      });
      await s3!.client.send(new DeleteObjectCommand({ Bucket: 'kept', Key }));
    }
    await assertWhole(ledger, 60);
    await placeHoldOn(db, ledger.id, 'conversation', 'talk-3');
    expect(await holdObjects(ledger.id)).toEqual({ changed: 3, failed: 0 });
    for (const { objectKey, versionId } of segments) expect((await store.head(objectKey, versionId))?.legalHold).toBe(true);
    await asAdmin(db.adminUrl, (c) => c.query('UPDATE retention_scopes SET standing = false WHERE ledger_id = $1', [ledger.id]));
    expect(await holdObjects(ledger.id)).toEqual({ changed: 3, failed: 0 });
    for (const { objectKey, versionId } of segments) expect((await store.head(objectKey, versionId))?.legalHold).toBe(false);
  });
});
