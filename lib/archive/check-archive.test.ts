import { chmodSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { LedgerRow } from '@/lib/ledger/find-ledger';
import { listKeys } from '@/lib/ledger/read-checkpoints';
import type { SignerKeyDto } from '@/lib/schema/proofs';
import { agentRecord } from '@/lib/testing/agent-record';
import { archive, everythingDue } from '@/lib/testing/archived-ledger';
import { folderStore, newLedger, openArchive } from '@/lib/testing/open-archive';
import { openFaultyS3 } from '@/lib/testing/open-s3';
import type { ArchiveStore } from './archive-store';
import { type ArchiveFindings, checkArchive } from './check-archive';
import { storeAt } from './open-store';

const s3 = await openFaultyS3();
openArchive();

/** Forty entries, all archived, in four segments: even positions by themselves, then odd ones. */
async function archived(open: (slug: string) => ArchiveStore): Promise<{ ledger: LedgerRow; store: ArchiveStore; keys: SignerKeyDto[] }> {
  const ledger = await newLedger(Array.from({ length: 40 }, (_, i) => agentRecord({ conversation_id: `c-${i % 2}` })));
  const store = open(ledger.slug);
  for (const odd of [0n, 1n])
    await archive(ledger, store, { due: everythingDue((seq) => seq % 2n === odd), bounds: { rows: 10, bytes: 1e9 } });
  return { ledger, store, keys: await listKeys(ledger.id) };
}
const inFolder = () => archived(folderStore);
async function check(store: ArchiveStore, keys: SignerKeyDto[] | null = null): Promise<ArchiveFindings> {
  const all: ArchiveFindings[] = [];
  for await (const findings of checkArchive(store, keys)) all.push(findings);
  expect(all).toHaveLength(1);
  return all[0]!;
}

describe('an archive alone', () => {
  it.each([
    ['a folder', folderStore],
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

  it('is looked at by what there is, whatever numbers and positions names and manifests claim', { timeout: 20_000 }, async () => {
    const { store, keys } = await inFolder();
    const dir = (await firstKey(store)).split('/')[0]!;
    const terms = { sha256: Buffer.alloc(32), retainUntil: new Date(Date.now() + 86_400_000), contentType: 'text/plain' };
    await store.put(`${dir}/999999999999.manifest`, Buffer.from('x'), terms);
    await store.put('other/000000300000.manifest', Buffer.from('x'), terms);
    const all: ArchiveFindings[] = [];
    for await (const findings of checkArchive(store, keys)) all.push(findings);
    const [own, other] = [all.find(({ folder: name }) => name === dir)!, all.find(({ folder: name }) => name === 'other')!];
    expect([own.segments, own.records, own.whole]).toEqual([4, 40, 40n]);
    expect(own.faults.map(({ segment, say }) => [segment, say])).toEqual([
      [999_999_999_999n, expect.stringContaining('not the ledger’s')],
      [5n, expect.stringContaining('the manifests of segments 5 to 999999999998')],
    ]);
    expect(other.faults).toHaveLength(2);
  });

  it('is believed by the locked version where an unlocked copy of it was put over it', async () => {
    const { store, keys } = await archived((slug) => storeAt({ kind: 's3', place: `s3://${slug}` }));
    for (const versions of s3.versions.values())
      versions.unshift({ ...versions[0]!, id: `copy-${versions[0]!.id}`, mode: null, until: null });
    expect(await check(store, keys)).toMatchObject({ segments: 4, records: 40, faults: [] });
    for (const [key, versions] of s3.versions) s3.versions.set(key, versions.slice(0, 1));
    expect((await check(store, keys)).faults.map(({ say }) => say)).toEqual(
      Array.from({ length: 4 }, () => expect.stringContaining('shows no lock')),
    );
    s3.versions.clear();
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
