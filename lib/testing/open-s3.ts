import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll } from 'vitest';
import { type FaultyS3, startFaultyS3 } from './faulty-s3';
import { startS3 } from './start-s3';

/**
 * Call it at the top of a test file: a real S3 for it, lib/env pointed at it, and a bucket of that name with Object Lock.
 * @returns null where there is none, as of {@link startS3}: it is said, and what needs one skips
 */
export async function openS3(bucket: string): Promise<{ endpoint: string; client: S3Client } | null> {
  const server = await startS3();
  if (server === null) {
    console.warn('skipped: the object store of the tests is not here and could not be fetched (Debian’s radosgw, ceph-mon, ceph-osd)');
    return null;
  }
  const { endpoint, key, secret, stop } = server;
  Object.assign(process.env, { S3_ENDPOINT: endpoint, AWS_ACCESS_KEY_ID: key, AWS_SECRET_ACCESS_KEY: secret });
  const client = new S3Client({ region: 'us-east-1', endpoint, forcePathStyle: true });
  beforeAll(async () => {
    await client.send(new CreateBucketCommand({ Bucket: bucket, ObjectLockEnabledForBucket: true }));
  }, 60_000);
  afterAll(async () => {
    delete process.env.S3_ENDPOINT;
    await stop();
  });
  return { endpoint, client };
}

/** The same of one that misbehaves when it is told to, and takes each bucket to be there. */
export async function openFaultyS3(): Promise<FaultyS3> {
  const s3 = await startFaultyS3();
  Object.assign(process.env, { S3_ENDPOINT: s3.endpoint, AWS_ACCESS_KEY_ID: 'AK', AWS_SECRET_ACCESS_KEY: 'SK' });
  afterAll(async () => {
    delete process.env.S3_ENDPOINT;
    await s3.close();
  });
  return s3;
}
