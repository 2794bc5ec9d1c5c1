import 'server-only';
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  DeleteObjectCommand,
  GetBucketVersioningCommand,
  GetObjectCommand,
  GetObjectLockConfigurationCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListObjectVersionsCommand,
  PutObjectCommand,
  PutObjectLegalHoldCommand,
  PutObjectRetentionCommand,
  S3Client,
  type S3ServiceException,
} from '@aws-sdk/client-s3';
import { type ArchiveStore, assertKey, type PutTerms, type StoredObject, StoreFault } from './archive-store';

export interface S3Place {
  bucket: string;
  /** Without slashes at its ends; '' for none. */
  prefix: string;
  region: string;
  /** Where it is not Amazon's. */
  endpoint?: string;
  timeoutMs?: number;
}

const TIMEOUT_MS = 60_000;
const CONFLICT_TRIES = 4;
/** An empty object, put once, whose legal hold stays on: whether these keys may put one on is tried on it. */
const PROBE = 'holdfast-legal-hold';
const MD5 = (bytes: Buffer) => createHash('md5').update(bytes).digest('base64');

/**
 * A bucket with versions and Object Lock. One PUT an object: several stores drop the lock's headers from uploads in parts without a word. Everything is read by
 * version id: a delete marker hides a locked version from whoever asks for the key alone.
 */
export class S3Store implements ArchiveStore {
  readonly kind = 's3';
  readonly worm = true;
  readonly place: string;
  readonly #bucket: string;
  readonly #prefix: string;
  readonly #s3: S3Client;

  constructor({ bucket, prefix, region, endpoint, timeoutMs = TIMEOUT_MS }: S3Place) {
    this.#bucket = bucket;
    this.#prefix = prefix === '' ? '' : `${prefix}/`;
    this.place = `s3://${bucket}${prefix === '' ? '' : `/${prefix}`}`;
    this.#s3 = new S3Client({
      region,
      maxAttempts: 3,
      requestHandler: { requestTimeout: timeoutMs, connectionTimeout: 10_000, throwOnRequestTimeout: true },
      ...(endpoint === undefined ? {} : { endpoint, forcePathStyle: true }),
    });
  }

  async check(): Promise<void> {
    const bucket = this.#bucket;
    const Bucket = bucket;
    await this.#ask(() => this.#s3.send(new HeadBucketCommand({ Bucket })), `The bucket ${bucket}`).catch((error: StoreFault) => {
      throw error.code === 'missing' ? new StoreFault('unfit', `There is no bucket ${bucket}, or not for these keys.`) : error;
    });
    const versioning = await this.#ask(() => this.#s3.send(new GetBucketVersioningCommand({ Bucket })), `The versioning of ${bucket}`);
    if (versioning.Status !== 'Enabled')
      throw new StoreFault(
        'unfit',
        `The bucket ${bucket} keeps no versions (versioning is ${versioning.Status === 'Suspended' ? 'suspended' : 'off'}), so that it can lock nothing. Make a bucket with Object Lock.`,
      );
    const lock = await this.#ask(
      () => this.#s3.send(new GetObjectLockConfigurationCommand({ Bucket })),
      `The Object Lock configuration of ${bucket}`,
    ).catch((error: StoreFault) => {
      if (error.code === 'unreachable') throw error;
      return null;
    });
    if (lock?.ObjectLockConfiguration?.ObjectLockEnabled !== 'Enabled')
      throw new StoreFault(
        'unfit',
        `The bucket ${bucket} has no Object Lock, so that whoever holds its keys could delete the archive. Most stores turn it on only when a bucket is made.`,
      );
    // Tried on an object of its own, which nothing else is about: without the right, holds would be on nothing that is archived.
    await this.#tryHold().catch((error: StoreFault) => {
      if (error.code === 'unreachable') throw error;
      throw new StoreFault(
        'unfit',
        `Legal holds cannot be put on objects of ${bucket} with these keys: they need s3:PutObject and s3:PutObjectLegalHold. ${error.message}`,
      );
    });
  }

  async #tryHold(): Promise<void> {
    const at = { Bucket: this.#bucket, Key: this.#prefix + PROBE };
    const VersionId =
      (await this.head(PROBE, null))?.versionId ??
      (await this.#ask(() => this.#s3.send(new PutObjectCommand({ ...at, Body: '', ContentLength: 0 })), `The store did not take ${PROBE}`))
        .VersionId;
    await this.#ask(
      () => this.#s3.send(new PutObjectLegalHoldCommand({ ...at, VersionId, LegalHold: { Status: 'ON' } })),
      `The legal hold of ${PROBE}`,
    );
  }

  async put(key: string, bytes: Buffer, { sha256, retainUntil, contentType }: PutTerms): Promise<{ versionId: string }> {
    const answer = await this.#ask(
      () =>
        this.#s3.send(
          new PutObjectCommand({
            ...this.#at(key),
            Body: bytes,
            ContentLength: bytes.length,
            ContentType: contentType,
            ContentMD5: MD5(bytes),
            ChecksumSHA256: sha256.toString('base64'),
            Metadata: { sha256: sha256.toString('hex') },
            ObjectLockMode: 'COMPLIANCE',
            ObjectLockRetainUntilDate: retainUntil,
          }),
        ),
      `The store did not take ${key}`,
    );
    return { versionId: this.#versionOf(answer.VersionId, key) };
  }

  async head(key: string, versionId: string | null): Promise<StoredObject | null> {
    try {
      const found = await this.#ask(
        () => this.#s3.send(new HeadObjectCommand({ ...this.#at(key), ...(versionId === null ? {} : { VersionId: versionId }) })),
        key,
      );
      const mode = found.ObjectLockMode;
      return {
        versionId: versionId ?? this.#versionOf(found.VersionId, key),
        bytes: found.ContentLength ?? -1,
        sha256: found.Metadata?.sha256 ?? null,
        mode: mode === 'COMPLIANCE' || mode === 'GOVERNANCE' ? mode : 'NONE',
        retainUntil: found.ObjectLockRetainUntilDate ?? null,
        legalHold: found.ObjectLockLegalHoldStatus === 'ON',
      };
    } catch (error) {
      if (error instanceof StoreFault && error.code === 'missing') return null;
      throw error;
    }
  }

  async *get(key: string, versionId: string): AsyncIterable<Uint8Array> {
    const answer = await this.#ask(() => this.#s3.send(new GetObjectCommand({ ...this.#at(key), VersionId: versionId })), key);
    if (answer.Body === undefined) throw new StoreFault('missing', `${key} came without bytes.`);
    try {
      for await (const piece of answer.Body as AsyncIterable<Uint8Array>) yield piece;
    } catch (error) {
      throw new StoreFault('unreachable', `${key} broke off while it was read (${(error as Error).name}).`);
    }
  }

  async prolong(key: string, versionId: string, until: Date): Promise<void> {
    const wanted = Math.floor(until.getTime() / 1_000) * 1_000;
    const lasts = (found: StoredObject | null) =>
      found?.mode === 'COMPLIANCE' && found.retainUntil !== null && found.retainUntil.getTime() >= wanted;
    const before = await this.head(key, versionId);
    if (before === null) throw new StoreFault('missing', `${key} is not there.`);
    if (lasts(before)) return;
    await this.#ask(
      () =>
        this.#s3.send(
          new PutObjectRetentionCommand({
            ...this.#at(key),
            VersionId: versionId,
            Retention: { Mode: 'COMPLIANCE', RetainUntilDate: until },
          }),
        ),
      `The longer lock of ${key}`,
    );
    if (!lasts(await this.head(key, versionId)))
      throw new StoreFault('refused', `The store took a longer lock of ${key} and does not show it.`);
  }

  async legalHold(key: string, versionId: string, on: boolean): Promise<void> {
    await this.#ask(
      () =>
        this.#s3.send(new PutObjectLegalHoldCommand({ ...this.#at(key), VersionId: versionId, LegalHold: { Status: on ? 'ON' : 'OFF' } })),
      `The legal hold of ${key}`,
    );
    const found = await this.head(key, versionId);
    if (found?.legalHold !== on)
      throw new StoreFault('refused', `The store took the legal hold of ${key} and shows it ${on ? 'off' : 'on'}.`);
  }

  async remove(key: string, versionId: string): Promise<void> {
    // Without a version it would be a delete marker: the object would seem to be gone, and would not be.
    if (versionId === '') throw new TypeError('what is deleted is named by its version');
    const found = await this.head(key, versionId);
    if (found === null) return;
    // Asked here too: not every store keeps what it shows a lock on.
    if (found.legalHold) throw new StoreFault('locked', `A legal hold is on ${key}.`);
    if (found.retainUntil !== null && found.retainUntil.getTime() > Date.now())
      throw new StoreFault('locked', `${key} is locked until ${found.retainUntil.toISOString()}.`);
    try {
      await this.#ask(() => this.#s3.send(new DeleteObjectCommand({ ...this.#at(key), VersionId: versionId })), `The deletion of ${key}`);
    } catch (error) {
      if (error instanceof StoreFault && error.code === 'refused') throw new StoreFault('locked', error.message);
      throw error;
    }
    if ((await this.head(key, versionId)) !== null)
      throw new StoreFault('refused', `The store took the deletion of ${key} and still has it.`);
  }

  /** Versions, for a delete marker takes a key out of the list of objects. */
  async *list(prefix: string): AsyncIterable<{ key: string; versionId: string }> {
    for (let KeyMarker: string | undefined, VersionIdMarker: string | undefined; ; ) {
      const at = { Bucket: this.#bucket, Prefix: this.#prefix + prefix, KeyMarker, VersionIdMarker };
      const page = await this.#ask(() => this.#s3.send(new ListObjectVersionsCommand(at)), `The list of ${this.place}`);
      for (const { Key, VersionId } of page.Versions ?? [])
        if (Key !== undefined && VersionId !== undefined && Key !== this.#prefix + PROBE)
          yield { key: Key.slice(this.#prefix.length), versionId: VersionId };
      if (page.IsTruncated !== true) return;
      KeyMarker = page.NextKeyMarker;
      VersionIdMarker = page.NextVersionIdMarker;
    }
  }

  close(): void {
    this.#s3.destroy();
  }

  #at(key: string): { Bucket: string; Key: string } {
    assertKey(key);
    return { Bucket: this.#bucket, Key: this.#prefix + key };
  }

  #versionOf(versionId: string | undefined, key: string): string {
    if (versionId !== undefined && versionId !== 'null') return versionId;
    throw new StoreFault('unfit', `The bucket ${this.#bucket} gave ${key} no version, so that it can lock nothing.`);
  }

  async #ask<T>(send: () => Promise<T>, what: string): Promise<T> {
    for (let tried = 1; ; tried++)
      try {
        return await send();
      } catch (error) {
        // A bug of ours, and nothing that the store said.
        if (error instanceof TypeError && !('$metadata' in error)) throw error;
        if (tried === CONFLICT_TRIES || !isConflict(error as S3ServiceException)) throw faultOf(error as S3ServiceException, what);
        await sleep(tried * 100 * (1 + Math.random()));
      }
  }
}

/** Another request about the same object was under way, or one came too slowly: nothing was decided. The client asks again by itself after 5xx and 429 only. */
function isConflict({ name, $metadata }: S3ServiceException): boolean {
  return name === 'RequestTimeout' || ($metadata?.httpStatusCode === 409 && name !== 'InvalidBucketState');
}

/** What could be otherwise at another try is `unreachable`; what the store has decided is not. */
function faultOf(error: S3ServiceException, what: string): StoreFault {
  const status = error.$metadata?.httpStatusCode;
  const said = `${what} (${error.name}${status === undefined ? '' : `, ${status}`}).`;
  if (status === 404 || error.name === 'NoSuchKey' || error.name === 'NoSuchVersion') {
    return new StoreFault('missing', `Not found: ${said}`);
  }
  const again = status === undefined || status >= 500 || status === 408 || status === 429 || isConflict(error);
  if (again) return new StoreFault('unreachable', `No answer: ${said}`);
  return new StoreFault('refused', `Refused: ${said}`);
}
