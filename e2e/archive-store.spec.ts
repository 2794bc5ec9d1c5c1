import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { expect, test } from 'playwright/test';
import { type S3Server, startS3 } from '@/lib/testing/start-s3';
import { ARCHIVE, begin, DONE, ended, fromArchive, marks, objects, preview, verifyAll } from './archive-page';
import { type ArchiveWorld, startArchiveWorld } from './archive-world';

test.describe.configure({ timeout: 180_000 });

test.describe('an object store with Object Lock', () => {
  test.describe.configure({ mode: 'serial' });
  let server: S3Server | null;
  let world: ArchiveWorld | undefined;
  test.beforeAll(async () => {
    test.setTimeout(400_000);
    server = await startS3();
    if (server === null) return;
    const { endpoint, key, secret } = server;
    const owner = new S3Client({
      region: 'us-east-1',
      endpoint,
      forcePathStyle: true,
      credentials: { accessKeyId: key, secretAccessKey: secret },
    });
    await owner.send(new CreateBucketCommand({ Bucket: 'locked', ObjectLockEnabledForBucket: true }));
    world = await startArchiveWorld({
      ARCHIVE_BUCKET: 'locked/holdfast',
      S3_ENDPOINT: endpoint,
      AWS_ACCESS_KEY_ID: key,
      AWS_SECRET_ACCESS_KEY: secret,
    });
    await world.talk('locked-2021', { day: '2021-03-01', domains: ['financial'], turns: 3 });
  });
  test.afterAll(async () => {
    await world?.stop();
    await server?.stop();
  });
  test.beforeEach(() => {
    test.skip(server === null, 'the object store of the tests is not here and could not be fetched (Debian’s radosgw, ceph-mon, ceph-osd)');
  });

  test('from the preview to the restore: locked until its day, opened verified, verified across the boundary, put back', async ({
    page,
    context,
  }) => {
    await world!.enter(context, 'compliance_officer');
    await world!.open(page, ARCHIVE);
    await expect(page.getByText('Write once, read many')).toBeVisible();
    await expect(page.getByText('s3://locked/holdfast').first()).toBeVisible();
    await begin(world!, page, 'Financial');
    await ended(page, 'done');
    expect(await world!.hot('locked-2021')).toBe(0);
    await world!.open(page, `${ARCHIVE}?show=objects`);
    const row = objects(page).getByRole('row').filter({ hasText: 'Compliance' }).first();
    await expect(row).toContainText(/20\d\d-\d\d-\d\d 00:00 UTC/);
    await world!.open(page, '/conversations/locked-2021');
    await expect(marks(page, 'verified')).toHaveCount(6);
    await expect(fromArchive(page)).toContainText(/in the object store, since .*; locked until 2028-03-\d\d/);
    await verifyAll(world!, page);
    await expect(page.locator('main')).toContainText(/Verified: [\d,]+ of [\d,]+ records match/);
    await world!.open(page, `${ARCHIVE}?show=objects`);
    await objects(page)
      .getByRole('button', { name: /^Restore/ })
      .first()
      .click();
    const dialog = page.getByRole('dialog', { name: 'Put records back' });
    await dialog.getByLabel('Reason').fill('For a report');
    await dialog.getByRole('button', { name: 'Put them back' }).click();
    await ended(page, 'done');
    await expect.poll(() => world!.hot('locked-2021')).toBe(6);
  });

  test('a store that does not answer is told apart from one that lost something: on the conversation, and where it is configured', async ({
    page,
    context,
  }) => {
    await world!.talk('unread-2021', { day: '2021-04-01', domains: ['financial'], turns: 1 });
    await world!.enter(context, 'compliance_officer');
    await begin(world!, page, 'Financial');
    await ended(page, 'done');
    expect(await world!.hot('unread-2021')).toBe(0);
    await server!.stop();
    await world!.open(page, '/conversations/unread-2021');
    await expect(marks(page, 'unreachable')).toHaveCount(2);
    await expect(fromArchive(page)).toContainText('the archive does not answer');
    await expect(fromArchive(page).getByRole('button', { name: 'Fetch again' })).toBeVisible();
    // What the store said is kept for a minute.
    await expect(async () => {
      await world!.open(page, ARCHIVE);
      await expect(page.getByText('It will not do: nothing is archived to it')).toBeVisible({ timeout: 1_000 });
    }).toPass({ timeout: 100_000 });
  });
});

test('the exact reason why a store will not do stands on the page, and nothing is begun with it', async ({ page, context }) => {
  test.setTimeout(240_000);
  const folder = mkdtempSync(path.join(os.tmpdir(), 'holdfast-no-folder-'));
  writeFileSync(path.join(folder, 'a-file'), '');
  const world = await startArchiveWorld({ ARCHIVE_DIR: path.join(folder, 'a-file') });
  try {
    await world.talk('asked-2020', { day: '2020-02-03', domains: ['soc2'], turns: 1 });
    await world.enter(context, 'compliance_officer');
    await world.open(page, ARCHIVE);
    await expect(page.getByText('It will not do: nothing is archived to it')).toBeVisible();
    await expect(page.getByText(/cannot be written to/).first()).toBeVisible();
    await page.getByRole('button', { name: 'Preview', exact: true }).click();
    await expect(preview(page)).toContainText('but the archive will not do', DONE);
    await expect(page.getByRole('button', { name: /^Archive [\d,]+/ })).toHaveCount(0);
  } finally {
    await world.stop();
    rmSync(folder, { recursive: true, force: true });
  }
});
