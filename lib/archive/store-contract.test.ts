import { createHash, randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { CreateBucketCommand, DeleteObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type FaultyS3, startFaultyS3 } from '@/lib/testing/faulty-s3';
import { openS3 } from '@/lib/testing/open-s3';
import { type ArchiveStore, contradictTerms } from './archive-store';
import { DirectoryStore } from './directory-store';
import { S3Store } from './s3-store';

const s3 = await openS3('archive');

const folder = mkdtempSync(path.join(os.tmpdir(), 'holdfast-archive-'));
const REGION = 'us-east-1';
let faulty: FaultyS3;
if (s3 === null) Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'AK', AWS_SECRET_ACCESS_KEY: 'SK' });
beforeAll(async () => {
  faulty = await startFaultyS3();
  await s3?.client.send(new CreateBucketCommand({ Bucket: 'plain' }));
}, 60_000);
afterEach(() => {
  faulty.misbehave = () => null;
  faulty.versioning = 'Enabled';
  faulty.objectLock = true;
});
afterAll(async () => {
  await faulty.close();
  rmSync(folder, { recursive: true, force: true });
});

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest();
const inDays = (days: number) => new Date(Date.now() + days * 86_400_000);
const terms = (bytes: Buffer, days = 2) => ({ sha256: sha256(bytes), retainUntil: inDays(days), contentType: 'application/gzip' });
async function read(store: ArchiveStore, key: string, versionId: string): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of store.get(key, versionId)) pieces.push(piece);
  return Buffer.concat(pieces);
}
async function allOf(listed: AsyncIterable<{ key: string; versionId: string }>): Promise<string[]> {
  const all = new Set<string>();
  for await (const { key } of listed) all.add(key);
  return [...all];
}
const ceph = (bucket = 'archive') => new S3Store({ bucket, prefix: 'clinic', region: REGION, endpoint: s3!.endpoint });
const stub = (timeoutMs = 1_000) => new S3Store({ bucket: 'any', prefix: '', region: REGION, endpoint: faulty.endpoint, timeoutMs });

describe.each<[string, boolean, () => ArchiveStore]>([
  ['Ceph RGW', s3 === null, () => ceph()],
  ['a folder', false, () => new DirectoryStore(path.join(folder, 'contract'))],
  ['the stub, while it behaves', false, () => stub()],
])('the contract, by %s', (_name, skipped, open) => {
  it.skipIf(skipped)('is kept: what was put is there under its version, as it was, with its terms', async () => {
    const store = open();
    await store.check();
    const bytes = randomBytes(300_000);
    const asked = terms(bytes);
    const { versionId } = await store.put('a/1.jsonl.gz', bytes, asked);
    const found = await store.head('a/1.jsonl.gz', versionId);
    expect(found).toMatchObject({ versionId, bytes: bytes.length, sha256: sha256(bytes).toString('hex'), legalHold: false });
    expect(contradictTerms(found!, { bytes: bytes.length, retainUntil: asked.retainUntil, worm: store.worm })).toBeNull();
    expect(await store.head('a/1.jsonl.gz', null)).toEqual(found);
    expect((await read(store, 'a/1.jsonl.gz', versionId)).equals(bytes)).toBe(true);
    // A try whose answer was lost is made again.
    const again = await store.put('a/1.jsonl.gz', bytes, asked);
    expect((await read(store, 'a/1.jsonl.gz', again.versionId)).equals(bytes)).toBe(true);
  });

  it.skipIf(skipped)('is kept: a lock is made longer, and never shorter', async () => {
    const store = open();
    const bytes = randomBytes(100);
    const asked = terms(bytes);
    const { versionId } = await store.put('a/longer', bytes, asked);
    for (const [days, shown] of [
      [30, 30],
      [10, 30],
    ] as const) {
      await store.prolong('a/longer', versionId, inDays(days));
      const found = (await store.head('a/longer', versionId))!;
      expect(Math.abs(found.retainUntil!.getTime() - inDays(shown).getTime())).toBeLessThan(60_000);
      expect(contradictTerms(found, { bytes: 100, retainUntil: asked.retainUntil, worm: store.worm })).toBeNull();
    }
    await expect(store.prolong('a/none', versionId, inDays(30))).rejects.toMatchObject({ code: 'missing' });
  });

  it.skipIf(skipped)('is kept: an object without bytes, and one of many, are as good', async () => {
    const store = open();
    for (const [key, size] of [
      ['a/empty', 0],
      ['a/large', 20_000_000],
    ] as const) {
      const bytes = Buffer.alloc(size, 7);
      const { versionId } = await store.put(key, bytes, terms(bytes));
      expect((await read(store, key, versionId)).equals(bytes)).toBe(true);
    }
  });

  it.skipIf(skipped)('is kept: what is not there is told as that', async () => {
    const store = open();
    expect(await store.head('a/none', null)).toBeNull();
    const { versionId } = await store.put('a/2', Buffer.from('x'), terms(Buffer.from('x')));
    expect(await store.head('a/none', versionId)).toBeNull();
    await expect(read(store, 'a/none', versionId)).rejects.toMatchObject({ name: 'StoreFault', code: 'missing' });
  });

  it.skipIf(skipped)('is kept: what its time, or a hold, keeps is not deleted, and what they do not is', async () => {
    const store = open();
    const bytes = Buffer.from('kept');
    const { versionId } = await store.put('a/3', bytes, terms(bytes));
    await expect(store.remove('a/3', versionId)).rejects.toMatchObject({ name: 'StoreFault', code: 'locked' });
    const soon = { ...terms(bytes), retainUntil: new Date(Date.now() + 2_500) };
    const short = await store.put('a/4', bytes, soon);
    await store.legalHold('a/4', short.versionId, true);
    await store.legalHold('a/4', short.versionId, true);
    expect((await store.head('a/4', short.versionId))?.legalHold).toBe(true);
    await new Promise((resolve) => setTimeout(resolve, 4_000));
    await expect(store.remove('a/4', short.versionId)).rejects.toMatchObject({ name: 'StoreFault', code: 'locked' });
    await store.legalHold('a/4', short.versionId, false);
    expect((await store.head('a/4', short.versionId))?.legalHold).toBe(false);
    await store.remove('a/4', short.versionId);
    expect(await store.head('a/4', short.versionId)).toBeNull();
    expect((await read(store, 'a/3', versionId)).equals(bytes)).toBe(true);
  });

  it.skipIf(skipped)('is kept: keys are listed in order, by their beginning', async () => {
    const store = open();
    const one = Buffer.from('1');
    for (const key of ['b/2.manifest', 'b/1.manifest', 'b/1.jsonl.gz', 'c/9.manifest']) await store.put(key, one, terms(one));
    await store.put('b/1.manifest', one, terms(one)).catch(() => {});
    expect(await allOf(store.list('b/'))).toEqual(['b/1.jsonl.gz', 'b/1.manifest', 'b/2.manifest']);
  });

  it.skipIf(skipped)('is kept: no key leads out of it', async () => {
    const store = open();
    for (const key of ['../x', '/etc/x', 'a//b', 'a/../../b', '.hidden', 'a\\b', 'a b', ''])
      await expect(store.put(key, Buffer.from('x'), terms(Buffer.from('x')))).rejects.toThrow(TypeError);
  });
});

describe.skipIf(s3 === null)('Ceph RGW', () => {
  it('is refused with the reason where it locks nothing, and where there is no such bucket', async () => {
    await expect(ceph('plain').check()).rejects.toMatchObject({ code: 'unfit', message: expect.stringContaining('keeps no versions') });
    await expect(ceph('none-such').check()).rejects.toMatchObject({
      code: 'unfit',
      message: expect.stringContaining('There is no bucket none-such'),
    });
  });

  it('gives what was put although a delete marker is over it', async () => {
    const store = ceph();
    const bytes = Buffer.from('under a marker');
    const { versionId } = await store.put('m/1', bytes, terms(bytes));
    await s3!.client.send(new DeleteObjectCommand({ Bucket: 'archive', Key: 'clinic/m/1' }));
    expect(await store.head('m/1', null)).toBeNull();
    expect((await read(store, 'm/1', versionId)).equals(bytes)).toBe(true);
    expect(await allOf(store.list('m/'))).toEqual(['m/1']);
  });
});

describe('a folder', () => {
  const store = () => new DirectoryStore(path.join(folder, 'own'));

  it('writes each file once, read-only, and never over another', async () => {
    const bytes = Buffer.from('first');
    await store().put('a/1', bytes, terms(bytes));
    const file = path.join(folder, 'own', 'a', '1');
    expect(statSync(file).mode & 0o222).toBe(0);
    const other = Buffer.from('other');
    await expect(store().put('a/1', other, terms(other))).rejects.toMatchObject({ code: 'exists' });
    expect(readFileSync(file, 'utf8')).toBe('first');
  });

  it('says that it keeps nothing from its owner', async () => {
    expect(store().worm).toBe(false);
    const bytes = Buffer.from('second');
    const { versionId } = await store().put('a/2', bytes, terms(bytes));
    expect((await store().head('a/2', versionId))?.mode).toBe('NONE');
    const file = path.join(folder, 'own', 'a', '2');
    chmodSync(file, 0o600);
    writeFileSync(file, 'edited');
    expect((await read(store(), 'a/2', versionId)).toString()).toBe('edited');
  });

  it('is refused with the reason where it is none', async () => {
    writeFileSync(path.join(folder, 'file'), '');
    await expect(new DirectoryStore(path.join(folder, 'file')).check()).rejects.toMatchObject({ code: 'unfit' });
  });
});

describe('a store that misbehaves', () => {
  const bytes = randomBytes(50_000);
  const puts = (asked: { method: string; key: string }) => asked.method === 'PUT' && asked.key !== '';
  const gets = (asked: { method: string; key: string }) => asked.method === 'GET' && asked.key !== '';

  it('is asked by a single PUT with length, MD5, SHA-256 and a lock in compliance mode', async () => {
    faulty.asked.length = 0;
    const asked = terms(bytes);
    await stub().put('p/1', bytes, asked);
    const sent = faulty.asked.filter(puts);
    expect(sent).toHaveLength(1);
    expect(sent[0]!.headers).toMatchObject({
      'content-length': String(bytes.length),
      'content-md5': createHash('md5').update(bytes).digest('base64'),
      'x-amz-checksum-sha256': sha256(bytes).toString('base64'),
      'x-amz-object-lock-mode': 'COMPLIANCE',
      'x-amz-object-lock-retain-until-date': asked.retainUntil.toISOString().replace(/\.000Z$/, 'Z'),
    });
  });

  it.each([500, 503])('with %i for a while is asked again', async (status) => {
    let left = 2;
    faulty.misbehave = (asked) => (puts(asked) && left-- > 0 ? { status } : null);
    const { versionId } = await stub().put(`q/${status}`, bytes, terms(bytes));
    expect((await read(stub(), `q/${status}`, versionId)).equals(bytes)).toBe(true);
  });

  it.each([
    ['answers 500', { status: 500 }],
    ['answers 503', { status: 503 }],
    ['answers nothing', { hang: true }],
    ['hangs up', { cut: true }],
    ['hangs up after it did it', { loseAnswer: true }],
  ] as const)('that %s all the time is unreachable, in bounded time', async (_what, misdeed) => {
    faulty.misbehave = (asked) => (puts(asked) ? misdeed : null);
    await expect(stub(300).put('q/all', bytes, terms(bytes))).rejects.toMatchObject({ name: 'StoreFault', code: 'unreachable' });
  });

  it('that breaks off in the middle of an object is no end of it', async () => {
    const { versionId } = await stub().put('q/cut', bytes, terms(bytes));
    faulty.misbehave = (asked) => (gets(asked) ? { bytes: 20_000, cutOff: true } : null);
    await expect(read(stub(), 'q/cut', versionId)).rejects.toMatchObject({ code: 'unreachable' });
  });

  it.each([
    ['drops the lock', 'none', 'shows no lock'],
    ['puts another mode', 'GOVERNANCE', 'which its owner can lift'],
    ['locks for less', 'short', 'before'],
  ] as const)('that silently %s is seen', async (_what, lock, said) => {
    faulty.misbehave = (asked) => (puts(asked) ? { lock } : null);
    const asked = terms(bytes);
    const { versionId } = await stub().put(`l/${lock}`, bytes, asked);
    const found = await stub().head(`l/${lock}`, versionId);
    expect(contradictTerms(found!, { bytes: bytes.length, retainUntil: asked.retainUntil, worm: true })).toContain(said);
  });

  it.each([
    [null, true, 'keeps no versions'],
    ['Suspended', true, 'suspended'],
    ['Enabled', false, 'no Object Lock'],
  ] as const)('with versioning %s and Object Lock %s will not do, and why is said', async (versioning, objectLock, said) => {
    faulty.versioning = versioning;
    faulty.objectLock = objectLock;
    await expect(stub().check()).rejects.toMatchObject({ code: 'unfit', message: expect.stringContaining(said) });
    if (versioning !== 'Enabled') await expect(stub().put('l/null', bytes, terms(bytes))).rejects.toMatchObject({ code: 'unfit' });
  });

  it('is asked to delete nothing that a lock or a hold is on, nor anything without its version', async () => {
    const { versionId } = await stub().put('d/1', bytes, terms(bytes));
    const free = await stub().put('d/2', bytes, { ...terms(bytes), retainUntil: new Date(Date.now() - 60_000) });
    await stub().legalHold('d/2', free.versionId, true);
    faulty.asked.length = 0;
    await expect(stub().remove('d/1', versionId)).rejects.toMatchObject({
      code: 'locked',
      message: expect.stringContaining('locked until'),
    });
    await expect(stub().remove('d/2', free.versionId)).rejects.toMatchObject({ code: 'locked', message: expect.stringContaining('hold') });
    await expect(stub().remove('d/2', '')).rejects.toThrow(TypeError);
    expect(faulty.asked.filter(({ method }) => method === 'DELETE')).toEqual([]);
  });

  it('that says that it deleted, and has it still, is not believed', async () => {
    const { versionId } = await stub().put('d/3', bytes, { ...terms(bytes), retainUntil: new Date(Date.now() - 60_000) });
    faulty.misbehave = ({ method }) => (method === 'DELETE' ? { status: 204 } : null);
    await expect(stub().remove('d/3', versionId)).rejects.toMatchObject({ code: 'refused' });
    faulty.misbehave = () => null;
    await stub().remove('d/3', versionId);
    await stub().remove('d/3', versionId);
    expect(await stub().head('d/3', versionId)).toBeNull();
  });

  it('cannot be told to be fit while it does not answer', async () => {
    faulty.misbehave = () => ({ status: 503 });
    await expect(stub().check()).rejects.toMatchObject({ code: 'unreachable' });
  });
});
