import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type FakeStore, GOOD_MANNERS, type StoreManners, startFakeStore } from '@/lib/testing/fake-store';
import { lockObject } from './lock-object';

const NOTE = 'audit.example.org/ledgers/locked\n1\nAAAA\n\n— audit.example.org/ledgers/locked AAAA\n';
const PLACE = { bucket: 'checkpoints', key: 'a/1.txt' };
const UNTIL = new Date('2033-11-20T10:00:00.000Z');
let store: FakeStore;
beforeAll(async () => {
  store = await startFakeStore();
  Object.assign(process.env, {
    S3_ENDPOINT: store.endpoint,
    AWS_ACCESS_KEY_ID: 'AK',
    AWS_SECRET_ACCESS_KEY: 'SK',
    DATABASE_URL: 'postgresql://nobody@localhost/none',
  });
});
beforeEach(() => {
  store.manners = { ...GOOD_MANNERS };
  store.asked.length = 0;
});
afterAll(async () => {
  delete process.env.S3_ENDPOINT;
  await store.close();
});

describe('a lock', () => {
  it('is asked for in compliance mode, with the hash of what is sent, and looked at in the very version that was made', async () => {
    const held = await lockObject(PLACE, NOTE, UNTIL);
    expect(held).toMatchObject({ version_id: 'v1', mode: 'COMPLIANCE', retain_until: UNTIL.toISOString() });
    const [put, ...looks] = store.asked;
    expect(put.headers).toMatchObject({
      'x-amz-object-lock-mode': 'COMPLIANCE',
      'x-amz-object-lock-retain-until-date': '2033-11-20T10:00:00Z',
      'content-length': String(Buffer.byteLength(NOTE)),
    });
    expect(put.headers['content-md5']).toBeDefined();
    expect(put.headers['x-amz-checksum-sha256']).toBeDefined();
    expect(looks.length).toBeGreaterThan(0);
    for (const { what } of looks) expect(what).toContain('versionId=v1');
  });

  it.each<[string, Partial<StoreManners>]>([
    ['is not shown at all', { mode: null }],
    ['is one that its owner can lift', { mode: 'GOVERNANCE' }],
    ['ends earlier', { retainShift: -1000 }],
    ['ended long ago', { retainShift: -1e12 }],
    ['is on a version that the store does not name', { versionId: null }],
    ['is on a bucket without versions', { versionId: 'null' }],
    ['is on something else than was sent', { body: Buffer.from('something else') }],
    ['is on half of it', { body: Buffer.from(NOTE.slice(0, 20)) }],
  ])('that %s is not believed', async (_what, manners) => {
    store.manners = { ...GOOD_MANNERS, ...manners };
    await expect(lockObject(PLACE, NOTE, UNTIL)).rejects.toMatchObject({ name: 'LockRefusal' });
  });

  it('that lasts longer than was asked is as good', async () => {
    store.manners.retainShift = 86_400_000;
    await lockObject(PLACE, NOTE, UNTIL);
  });

  it.each([403, 500, 503])('is none where the store answers with status %i, nor where it is not there', async (status) => {
    store.manners.status = status;
    await expect(lockObject(PLACE, NOTE, UNTIL)).rejects.toMatchObject({
      name: 'LockRefusal',
      message: expect.stringContaining(String(status)),
    });
  });

  it('is none where nobody answers', async () => {
    process.env.S3_ENDPOINT = 'http://127.0.0.1:1';
    await expect(lockObject(PLACE, NOTE, UNTIL)).rejects.toMatchObject({ name: 'LockRefusal' });
    process.env.S3_ENDPOINT = store.endpoint;
  });
});
