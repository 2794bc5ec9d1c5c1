import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { DirectoryStore } from '@/lib/archive/directory-store';
import { S3Store } from '@/lib/archive/s3-store';
import { type FaultyS3, startFaultyS3 } from '@/lib/testing/faulty-s3';
import { lookAtArchive } from './look-at-archive';

let s3: FaultyS3;
const folder = mkdtempSync(path.join(os.tmpdir(), 'holdfast-look-'));
Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'AK', AWS_SECRET_ACCESS_KEY: 'SK' });
beforeAll(async () => {
  s3 = await startFaultyS3();
});
afterEach(() => {
  Object.assign(s3, { misbehave: () => null, versioning: 'Enabled', objectLock: true });
});
afterAll(async () => {
  await s3.close();
  rmSync(folder, { recursive: true, force: true });
});
const bucket = () => new S3Store({ bucket: 'records', prefix: '', region: 'us-east-1', endpoint: s3.endpoint, timeoutMs: 300 });

it('a store that will do, or none, is told nothing of', async () => {
  expect(await lookAtArchive(null)).toEqual([]);
  expect(await lookAtArchive(bucket())).toEqual([]);
  expect(await lookAtArchive(new DirectoryStore(path.join(folder, 'archive')))).toEqual([]);
});

it('one that will not is told of when the product starts, with the exact reason', async () => {
  s3.versioning = 'Suspended';
  expect((await lookAtArchive(bucket())).join('\n')).toMatch(
    /WARNING: nothing can be archived.*records keeps no versions \(versioning is suspended\)/,
  );
  s3.versioning = 'Enabled';
  s3.objectLock = false;
  expect((await lookAtArchive(bucket())).join('\n')).toMatch(/records has no Object Lock/);
  s3.misbehave = () => ({ status: 403 });
  expect((await lookAtArchive(bucket())).join('\n')).toMatch(/403/);
  writeFileSync(path.join(folder, 'file'), '');
  expect((await lookAtArchive(new DirectoryStore(path.join(folder, 'file')))).join('\n')).toMatch(
    /cannot be written to \((EEXIST|ENOTDIR)\)/,
  );
});

it('one that does not answer holds no start up', async () => {
  s3.misbehave = () => ({ hang: true });
  const began = performance.now();
  expect((await lookAtArchive(bucket(), 200)).join('\n')).toContain('has not answered within 0.2 seconds');
  expect(performance.now() - began).toBeLessThan(2_000);
});
