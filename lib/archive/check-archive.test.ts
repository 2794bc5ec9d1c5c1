import { chmodSync, mkdtempSync, readFileSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { closeDatabase } from '@/lib/db';
import { closeAppenders } from '@/lib/ledger/append-records';
import type { LedgerRow } from '@/lib/ledger/find-ledger';
import { listKeys } from '@/lib/ledger/read-checkpoints';
import type { SignerKeyDto } from '@/lib/schema/proofs';
import { agentRecord } from '@/lib/testing/agent-record';
import { archivableLedger, archive, everythingDue } from '@/lib/testing/archived-ledger';
import { type FaultyS3, startFaultyS3 } from '@/lib/testing/faulty-s3';
import { freshDatabase, type TestDatabase } from '@/lib/testing/fresh-database';
import type { ArchiveStore } from './archive-store';
import { type ArchiveFindings, checkArchive } from './check-archive';
import { DirectoryStore } from './directory-store';
import { storeAt } from './open-store';

let db: TestDatabase;
let s3: FaultyS3;
const folder = mkdtempSync(path.join(os.tmpdir(), 'holdfast-archive-'));
const drops: (() => void)[] = [];
beforeAll(async () => {
  db = await freshDatabase();
  s3 = await startFaultyS3();
  Object.assign(process.env, { S3_ENDPOINT: s3.endpoint, AWS_ACCESS_KEY_ID: 'AK', AWS_SECRET_ACCESS_KEY: 'SK' });
});
afterAll(async () => {
  for (const drop of drops) drop();
  delete process.env.S3_ENDPOINT;
  await s3.close();
  await closeAppenders();
  await closeDatabase();
  await db.drop();
  rmSync(folder, { recursive: true, force: true });
});

let made = 0;
/** Forty entries, all archived, in four segments: even positions by themselves, then odd ones. */
async function archived(open: (slug: string) => ArchiveStore): Promise<{ ledger: LedgerRow; store: ArchiveStore; keys: SignerKeyDto[] }> {
  const slug = `alone-${process.pid}-${++made}`;
  const { ledger, drop } = await archivableLedger(
    db,
    slug,
    Array.from({ length: 40 }, (_, i) => agentRecord({ conversation_id: `c-${i % 2}` })),
  );
  drops.push(drop);
  const store = open(slug);
  for (const odd of [0n, 1n])
    await archive(ledger, store, { due: everythingDue((seq) => seq % 2n === odd), bounds: { rows: 10, bytes: 1e9 } });
  return { ledger, store, keys: await listKeys(ledger.id) };
}
const inFolder = () => archived((slug) => new DirectoryStore(path.join(folder, slug)));
async function check(store: ArchiveStore, keys: SignerKeyDto[] | null = null): Promise<ArchiveFindings> {
  const all: ArchiveFindings[] = [];
  for await (const findings of checkArchive(store, keys)) all.push(findings);
  expect(all).toHaveLength(1);
  return all[0]!;
}

describe('an archive alone', () => {
  it.each([
    ['a folder', (slug: string) => new DirectoryStore(path.join(folder, slug))],
    ['S3', (slug: string) => storeAt({ kind: 's3', place: `s3://${slug}` })],
  ])('in %s is checked whole: manifests, objects, chain, checkpoints and the tree', async (_name, open) => {
    const { ledger, store, keys } = await archived(open);
    for (const trusted of [null, keys])
      expect(await check(store, trusted)).toMatchObject({
        origin: ledger.origin,
        segments: 4,
        records: 40,
        faults: [],
        trusted: trusted !== null,
        whole: 40n,
        roots: { compared: 1, apart: 0 },
      });
    s3.versions.clear();
  });

  it('is another’s for whoever has the keys of another', async () => {
    const { store } = await inFolder();
    const { keys } = await inFolder();
    const { faults, segments } = await check(store, keys);
    expect([segments, faults.length]).toEqual([0, 4]);
    expect(faults[0]!.say).toContain('not the ledger’s');
  });

  it('says what is gone and what was changed, and checks the rest', async () => {
    for (const [name, change, said] of [
      ['000000000002.jsonl.gz', null, /is not there/],
      ['000000000002.manifest', null, /manifest is not there/],
      ['000000000002.jsonl.gz', (bytes: Buffer) => (bytes[200]! ^= 1), /000000000002\.jsonl\.gz: /],
      ['000000000002.manifest', (bytes: Buffer) => (bytes[200]! ^= 1), /not the ledger’s/],
    ] as const) {
      const { store } = await inFolder();
      const dir = path.join(store.place, (await firstKey(store)).split('/')[0]!);
      const file = path.join(dir, name);
      if (change === null) unlinkSync(file);
      else {
        const bytes = readFileSync(file);
        change(bytes);
        chmodSync(file, 0o600);
        writeFileSync(file, bytes);
      }
      const { faults, segments } = await check(store);
      expect([segments, faults.length]).toEqual([3, 1]);
      expect(faults[0]).toMatchObject({ segment: 2n, say: expect.stringMatching(said) });
    }
  });

  it('finds what is the ledger’s under what somebody has put over it, and under delete markers', async () => {
    const { store, keys } = await archived((slug) => storeAt({ kind: 's3', place: `s3://${slug}` }));
    for (const [key, versions] of [...s3.versions]) {
      versions.push({ ...versions[0]!, id: `over-${key.length}-${versions.length}`, bytes: Buffer.from('something else') });
      s3.markDeleted(key);
    }
    expect(await check(store, keys)).toMatchObject({ segments: 4, records: 40, faults: [], whole: 40n });
    s3.versions.clear();
  });
});

async function firstKey(store: ArchiveStore): Promise<string> {
  for await (const { key } of store.list('')) return key;
  throw new Error('empty');
}
