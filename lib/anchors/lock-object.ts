import 'server-only';
import { createHash } from 'node:crypto';
import { GetObjectCommand, HeadObjectCommand, PutObjectCommand, S3Client, type S3ServiceException } from '@aws-sdk/client-s3';
import { env } from '@/lib/env';

/** Where a checkpoint lies under a lock, as the store itself said it. */
export interface LockedObject {
  bucket: string;
  key: string;
  version_id: string;
  mode: 'COMPLIANCE';
  retain_until: string;
  sha256: string;
}

export class LockRefusal extends Error {
  override readonly name = 'LockRefusal';
}

let client: { endpoint: string | undefined; region: string; s3: S3Client } | null = null;

function store(): S3Client {
  const { S3_ENDPOINT: endpoint, S3_REGION: region } = env();
  if (client === null || client.endpoint !== endpoint || client.region !== region)
    client = {
      endpoint,
      region,
      s3: new S3Client({
        region,
        maxAttempts: 2,
        requestHandler: { requestTimeout: 20_000, connectionTimeout: 10_000 },
        ...(endpoint === undefined ? {} : { endpoint, forcePathStyle: true }),
      }),
    };
  return client.s3;
}

/**
 * Puts a signed note under Object Lock in compliance mode, and believes the lock only when the store has shown it: some stores take the headers and
 * keep no lock.
 * @param until no earlier than this may the store let it be deleted.
 * @throws LockRefusal in words for an administrator
 */
export async function lockObject(place: { bucket: string; key: string }, note: string, until: Date): Promise<LockedObject> {
  const body = Buffer.from(note);
  const sha256 = createHash('sha256').update(body).digest();
  try {
    const put = await store().send(
      new PutObjectCommand({
        Bucket: place.bucket,
        Key: place.key,
        Body: body,
        ContentLength: body.length,
        ContentType: 'text/plain; charset=utf-8',
        ContentMD5: createHash('md5').update(body).digest('base64'),
        ChecksumSHA256: sha256.toString('base64'),
        ObjectLockMode: 'COMPLIANCE',
        ObjectLockRetainUntilDate: until,
      }),
    );
    if (put.VersionId === undefined || put.VersionId === 'null')
      throw new LockRefusal(
        `The bucket ${place.bucket} keeps no versions, so that it can lock nothing. Turn Object Lock on when it is made.`,
      );
    const version = { Bucket: place.bucket, Key: place.key, VersionId: put.VersionId };
    const head = await store().send(new HeadObjectCommand(version));
    const held = head.ObjectLockRetainUntilDate;
    // Stores keep whole seconds.
    if (head.ObjectLockMode !== 'COMPLIANCE' || held === undefined || held.getTime() < Math.floor(until.getTime() / 1000) * 1000)
      throw new LockRefusal(`The bucket ${place.bucket} took the object and shows no lock on it until ${until.toISOString()}.`);
    const kept = await (await store().send(new GetObjectCommand(version))).Body?.transformToByteArray();
    if (kept === undefined || !createHash('sha256').update(kept).digest().equals(sha256))
      throw new LockRefusal(`The bucket ${place.bucket} gives back something else than was put there.`);
    return { ...place, version_id: put.VersionId, mode: 'COMPLIANCE', retain_until: held.toISOString(), sha256: sha256.toString('hex') };
  } catch (error) {
    if (error instanceof LockRefusal) throw error;
    const { name, $metadata } = error as S3ServiceException;
    throw new LockRefusal(
      `The object store did not take it (${name}${$metadata?.httpStatusCode === undefined ? '' : `, ${$metadata.httpStatusCode}`}).`,
    );
  }
}
