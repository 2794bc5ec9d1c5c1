import { CreateBucketCommand, DeleteObjectCommand, GetObjectCommand } from '@aws-sdk/client-s3';
import { beforeAll, describe, expect, it } from 'vitest';
import { openS3 } from '@/lib/testing/open-s3';
import { lockObject } from './lock-object';

const s3 = await openS3('locked');

const NOTE = 'audit.example.org/ledgers/locked\n1\nAAAA\n\n— audit.example.org/ledgers/locked AAAA\n';
const inDays = (days: number) => new Date(Date.now() + days * 86_400_000);

process.env.DATABASE_URL = 'postgresql://unused';
beforeAll(async () => void (await s3?.client.send(new CreateBucketCommand({ Bucket: 'plain' }))));

describe.skipIf(s3 === null)('a checkpoint under Object Lock', () => {
  it('cannot be deleted by whoever put it there, and is what was put', async () => {
    const until = inDays(2);
    const held = await lockObject({ bucket: 'locked', key: 'checkpoints/1' }, NOTE, until);
    expect(held).toMatchObject({ bucket: 'locked', mode: 'COMPLIANCE' });
    expect(new Date(held.retain_until).getTime()).toBeGreaterThanOrEqual(Math.floor(until.getTime() / 1000) * 1000);
    const version = { Bucket: 'locked', Key: held.key, VersionId: held.version_id };
    await expect(s3!.client.send(new DeleteObjectCommand(version))).rejects.toMatchObject({ name: 'AccessDenied' });
    expect(await (await s3!.client.send(new GetObjectCommand(version))).Body!.transformToString()).toBe(NOTE);
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
