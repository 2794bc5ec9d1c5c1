import { CreateBucketCommand, DeleteObjectCommand, GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startS3 } from '@/lib/testing/start-s3';
import { lockObject } from './lock-object';

const server = await startS3();
if (server === null)
  console.warn('skipped: the object store of the tests is not here and could not be fetched (Debian’s radosgw, ceph-mon, ceph-osd)');

const NOTE = 'audit.example.org/ledgers/locked\n1\nAAAA\n\n— audit.example.org/ledgers/locked AAAA\n';
const inDays = (days: number) => new Date(Date.now() + days * 86_400_000);
let s3: S3Client;

beforeAll(async () => {
  if (server === null) return;
  Object.assign(process.env, {
    S3_ENDPOINT: server.endpoint,
    AWS_ACCESS_KEY_ID: server.key,
    AWS_SECRET_ACCESS_KEY: server.secret,
    DATABASE_URL: 'postgresql://unused',
  });
  s3 = new S3Client({ region: 'us-east-1', endpoint: server.endpoint, forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket: 'locked', ObjectLockEnabledForBucket: true }));
  await s3.send(new CreateBucketCommand({ Bucket: 'plain' }));
}, 60_000);
afterAll(() => server?.stop());

describe.skipIf(server === null)('a checkpoint under Object Lock', () => {
  it('cannot be deleted by whoever put it there, and is what was put', async () => {
    const until = inDays(2);
    const held = await lockObject({ bucket: 'locked', key: 'checkpoints/1' }, NOTE, until);
    expect(held).toMatchObject({ bucket: 'locked', mode: 'COMPLIANCE' });
    expect(new Date(held.retain_until).getTime()).toBeGreaterThanOrEqual(Math.floor(until.getTime() / 1000) * 1000);
    const version = { Bucket: 'locked', Key: held.key, VersionId: held.version_id };
    await expect(s3.send(new DeleteObjectCommand(version))).rejects.toMatchObject({ name: 'AccessDenied' });
    expect(await (await s3.send(new GetObjectCommand(version))).Body!.transformToString()).toBe(NOTE);
  });

  it('is not believed of a bucket that locks nothing', async () => {
    await expect(lockObject({ bucket: 'plain', key: 'checkpoints/1' }, NOTE, inDays(2))).rejects.toMatchObject({ name: 'LockRefusal' });
  });

  it('is refused in words where there is no such bucket', async () => {
    await expect(lockObject({ bucket: 'none-such', key: 'x' }, NOTE, inDays(2))).rejects.toMatchObject({
      message: expect.stringContaining('NoSuchBucket'),
    });
  });
});
