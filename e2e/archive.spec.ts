import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import { expect, test } from 'playwright/test';
import { readZip } from '@/lib/chain/read-zip';
import { verifyBundle } from '@/lib/chain/verify-bundle';
import { ARCHIVE, begin, DONE, ended, fromArchive, marks, objects, preview, run, transcript, verifyAll } from './archive-page';
import { type ArchiveWorld, startArchiveWorld } from './archive-world';
import { choose } from './spoken';

/** What is archived opens as before. Tried on the folder that is there without any setting; on a real object store: archive-store.spec.ts. */
// One history: each test goes on where the one before has left off.
test.describe.configure({ mode: 'serial', timeout: 180_000 });

test.describe('a folder', () => {
  let world: ArchiveWorld;
  test.beforeAll(async () => {
    test.setTimeout(300_000);
    world = await startArchiveWorld({});
    await world.talk('asked-2020', { day: '2020-02-03', domains: ['soc2'], turns: 4, subject: 'P-2020' });
    await world.talk('held-2020', { day: '2020-02-04', domains: ['soc2'], turns: 3 });
    await world.talk('paid-2021', { day: '2021-03-01', domains: ['financial'], turns: 2 });
  });
  test.afterAll(() => world?.stop());

  test('a preview says what would go, why, until when and what a hold keeps back, and moves nothing', async ({ page, context }) => {
    await world.enter(context, 'compliance_officer');
    const held = { matter: 'Doe v. Clinic', scope: { kind: 'conversation', value: 'held-2020' }, reason: 'Letter of counsel' };
    expect((await world.call(page, `/api/v1/holds?ledger=${world.told.ledger}`, held)).status).toBe(201);
    await world.open(page, ARCHIVE);
    await expect(page.getByText('Tamper-evident, not write-once')).toBeVisible();
    await expect(page.getByText('It will do')).toBeVisible();
    await page.getByRole('button', { name: 'Preview', exact: true }).click();
    await expect(preview(page)).toContainText(/records would leave hot storage; 6 stay because of a hold, to .*archive\./, DONE);
    await expect(preview(page)).toContainText('6 records stay where they are: a legal hold reaches them.');
    const policies = preview(page).getByRole('table', { name: /^Policies that decide/ });
    await expect(policies.getByRole('row', { name: /financial/ })).toContainText('2028-03-02');
    const talks = preview(page).getByRole('table', { name: /^Conversations/ });
    await expect(talks.getByRole('row', { name: /asked-2020/ })).toContainText('8');
    await expect(talks.getByRole('row', { name: /held-2020/ })).toHaveCount(0);
    expect(await world.hot('asked-2020')).toBe(8);
  });

  test('a run is watched, survives its tab, says what came of it, and takes away what the preview named and nothing that is held', async ({
    page,
    context,
  }) => {
    await world.enter(context, 'compliance_officer');
    await world.stalled(async () => {
      await begin(world, page);
      await expect(page.getByRole('progressbar', { name: 'Archival of all that is due' })).toBeVisible();
      await world.open(page, '/');
      await world.open(page, ARCHIVE);
      await expect(run(page)).toHaveAttribute('data-run', 'running', DONE);
    });
    await ended(page, 'done');
    await expect(run(page)).toContainText(
      /records archived in \d+ segments, .* taken out of the database; 6 records stay because of a hold\./,
    );
    await page.getByRole('link', { name: 'The run in full' }).click();
    await expect(page).toHaveURL(/\/retention\/archive\/runs\/[0-9a-f-]{36}$/);
    await expect(objects(page).getByText('In the archive alone').first()).toBeVisible();
    await expect(objects(page).getByText('No lock').first()).toBeVisible();
    await world.open(page, ARCHIVE);
    await expect(page.getByRole('table', { name: 'Runs of the archive, newest first' }).getByRole('row')).toHaveCount(2);
    expect([await world.hot('asked-2020'), await world.hot('paid-2021'), await world.hot('held-2020')]).toEqual([0, 0, 6]);
  });

  test('an archived conversation opens in the same screen, each record verified on fetch, its words revealed as before', async ({
    page,
    context,
  }) => {
    await world.enter(context, 'auditor');
    await world.open(page, '/conversations?subject=P-2020');
    await expect(page.getByRole('row', { name: /asked-2020/ })).toContainText('Archive');
    await world.open(page, '/conversations/asked-2020');
    await expect(marks(page, 'verified')).toHaveCount(8);
    await expect(marks(page, 'verified').first()).toHaveText('archived, verified on fetch');
    await expect(fromArchive(page)).toContainText(
      /All 8 records on this page: archived, verified on fetch.*Segment \d+ in the folder of the archive/,
    );
    await expect(page.getByText('8 of 8 records, complete')).toBeVisible();
    await page.getByRole('button', { name: 'Reveal the conversation' }).click();
    const dialog = page.getByRole('dialog', { name: /^Reveal/ });
    await choose(dialog, 'Purpose of use', 'Complaint');
    await dialog.getByRole('button', { name: /^Reveal \d+ parts$/ }).click();
    await expect(transcript(page)).toContainText('What was said 7 in asked-2020.');
    // What is kept in memory for the next reader is said to be.
    await world.open(page, '/conversations/asked-2020');
    await expect(fromArchive(page)).toContainText('kept in memory since');
  });

  test('an archived record is told as such in the list, beside it and on its page, and filters say what they do not reach', async ({
    page,
    context,
  }) => {
    await world.enter(context, 'auditor');
    const [{ seq } = { seq: '' }] = await world.query<{ seq: string }>(
      `SELECT lower(seqs)::text AS seq FROM archive_conversations WHERE conversation_id = 'asked-2020'`,
    );
    await world.open(page, `/records?older=${BigInt(seq) + 1n}`);
    const row = page.getByRole('row', { name: new RegExp(`#${Number(seq).toLocaleString('en')}`) });
    await expect(row).toContainText(/Archived.*in segment \d+; fetched when it is opened/);
    await row.click();
    await expect(page.getByRole('complementary', { name: 'Record' }).getByText('Archived, verified on fetch')).toBeVisible(DONE);
    await world.open(page, `/records/${seq}`);
    await expect(page.getByText(/^Archived, verified on fetch/)).toBeVisible();
    await expect(page.getByText('kept until 2026-', { exact: false })).toBeVisible();
    await expect(page.getByText('The stored bytes match their hash')).toBeVisible();
    await world.open(page, '/records?subject=P-2020');
    await expect(page.getByText(/records are archived, and not among what is searched here/)).toBeVisible();
  });

  test('what is archived is proven in the browser, and leaves as evidence with its bodies', async ({ page, context }) => {
    await world.enter(context, 'auditor');
    await world.open(page, '/conversations/asked-2020');
    await page.getByRole('region', { name: 'Verify here' }).getByRole('button', { name: 'Verify here' }).click();
    await expect(page.getByRole('region', { name: 'Verify here' })).toContainText('8 of 8 records, complete, proven here', DONE);
    await page.getByRole('button', { name: 'Export evidence' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: /^(Make|Export)/ }).click();
    const [download] = await Promise.all([
      page.waitForEvent('download', DONE),
      dialog.getByRole('button', { name: /Download/ }).click(DONE),
    ]);
    const files = readZip(readFileSync(await download.path()));
    const bodies = [...files].filter(([name]) => name.startsWith('records/'));
    expect(bodies).toHaveLength(8);
    for (const [, bytes] of bodies) expect(JSON.parse(Buffer.from(bytes).toString())).toMatchObject({ conversation_id: 'asked-2020' });
    expect((await verifyBundle(files)).verdict).toBe('consistent');
  });

  test('a tampered object is named on the conversation and by a verification across the boundary, which passes before and after', async ({
    page,
    context,
  }) => {
    await world.enter(context, 'auditor');
    await verifyAll(world, page);
    await expect(page.locator('main')).toContainText(/Verified: [\d,]+ of [\d,]+ records match/);
    const [{ place, key, number } = { place: '', key: '', number: '' }] = await world.query<{ place: string; key: string; number: string }>(
      `SELECT s.place, s.object_key AS key, s.number FROM archive_segments s JOIN archive_conversations c USING (ledger_id, number) WHERE c.conversation_id = 'paid-2021'`,
    );
    const file = path.join(place, key);
    const whole = readFileSync(file);
    chmodSync(file, 0o600);
    try {
      writeFileSync(file, Buffer.from(whole.map((byte, i) => (i === whole.length >> 1 ? byte ^ 1 : byte))));
      await world.open(page, '/conversations/paid-2021');
      await expect(marks(page, 'contradicted')).toHaveCount(4);
      await expect(fromArchive(page)).toContainText(`What lies in the archive as segment ${number} is not what was archived`);
      await expect(page.getByText('What was said')).toHaveCount(0);
      await verifyAll(world, page);
      await expect(page.getByText('What lies in the archive is not what was archived').first()).toBeVisible();
    } finally {
      writeFileSync(file, whole);
      chmodSync(file, 0o400);
    }
    await world.open(page, '/conversations/paid-2021');
    await expect(marks(page, 'verified')).toHaveCount(4);
    await verifyAll(world, page);
    await expect(page.locator('main')).toContainText(/Verified: [\d,]+ of [\d,]+ records match/);
  });

  test('a range is put back with a reason and for some days, and is in the database again', async ({ page, context }) => {
    await world.enter(context, 'compliance_officer');
    await world.open(page, `${ARCHIVE}?show=objects`);
    const [{ first, last } = { first: '', last: '' }] = await world.query<{ first: string; last: string }>(
      `SELECT lower(seqs)::text AS first, (upper(seqs) - 1)::text AS last FROM archive_conversations WHERE conversation_id = 'asked-2020'`,
    );
    await page.getByRole('button', { name: 'Put records back…' }).click();
    const dialog = page.getByRole('dialog', { name: 'Put records back' });
    await dialog.getByLabel('From number').fill(first);
    await dialog.getByLabel('To number').fill(last);
    await dialog.getByLabel('For days').fill('7');
    await dialog.getByLabel('Reason').fill('ok');
    await dialog.getByRole('button', { name: 'Put them back' }).click();
    await expect(dialog.getByText('Say in a few words what they are put back for.')).toBeVisible();
    await dialog.getByLabel('Reason').fill('Asked for by the court');
    await dialog.getByRole('button', { name: 'Put them back' }).click();
    await ended(page, 'done');
    await expect(run(page)).toContainText('8 records were put back');
    await page.getByRole('link', { name: 'The run in full' }).click();
    await expect(page.getByText('Asked for by the court')).toBeVisible();
    expect(await world.hot('asked-2020')).toBe(8);
    await world.open(page, '/conversations/asked-2020');
    await expect(marks(page, 'verified')).toHaveCount(0);
    await expect(fromArchive(page)).toHaveCount(0);
  });

  test('a run is cancelled from its page, and takes nothing away', async ({ page, context }) => {
    await world.talk('late-2022', { day: '2022-05-05', domains: ['soc2'], turns: 2 });
    await world.enter(context, 'compliance_officer');
    await world.stalled(async () => {
      await begin(world, page, 'SOC 2');
      await expect(run(page)).toHaveAttribute('data-run', 'running', DONE);
      await run(page).getByRole('button', { name: 'Cancel' }).click();
      // A run hears of it within a second; what holds this one up is let go after that.
      await page.waitForTimeout(2_500);
    });
    await ended(page, 'cancelled');
    await expect(run(page)).toContainText('Cancelled; what was confirmed by then stands.');
    expect(await world.hot('late-2022')).toBe(4);
  });

  test('archival by itself is switched on with its hour, and off', async ({ page, context }) => {
    await world.enter(context, 'compliance_officer');
    await world.open(page, ARCHIVE);
    await page.getByRole('checkbox', { name: /^Archive all that is due every day/ }).click();
    await page.getByLabel('At (UTC)').fill('23:45');
    await page.getByRole('button', { name: 'Keep', exact: true }).click();
    await expect(page.getByText('All that is due is archived daily at 23:45 UTC')).toBeVisible();
    await world.open(page, ARCHIVE);
    await expect(page.getByLabel('At (UTC)')).toHaveValue('23:45');
    await page.getByRole('checkbox', { name: /^Archive all that is due every day/ }).click();
    await page.getByRole('button', { name: 'Keep', exact: true }).click();
    await expect(page.getByText('Nothing is archived by itself')).toBeVisible();
  });

  test('an auditor reads the archive and moves nothing; an administrator is refused', async ({ page, context, browser }) => {
    await world.enter(context, 'auditor');
    await world.open(page, `${ARCHIVE}?show=objects&state=pruned`);
    await expect(objects(page)).toBeVisible();
    for (const name of ['Preview', 'Put records back…', /^Restore/]) await expect(page.getByRole('button', { name })).toHaveCount(0);
    await world.open(page, `${ARCHIVE}?show=objects&state=planned`);
    await expect(page.getByText('No object is in this state.')).toBeVisible();
    for (const path of [`${ARCHIVE}?show=objects`, '/conversations/paid-2021']) {
      await world.open(page, path);
      const { violations } = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa']).analyze();
      expect(violations.map(({ id, nodes }) => `${path} ${id}: ${nodes[0]?.target.join(' ')}`)).toEqual([]);
      await page.setViewportSize({ width: 390, height: 844 });
      expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBe(0);
      await page.setViewportSize({ width: 1440, height: 900 });
    }
    const other = await browser.newContext();
    await world.enter(other, 'administrator');
    const theirs = await other.newPage();
    expect((await theirs.goto(world.origin + ARCHIVE))!.status()).toBe(403);
    await other.close();
  });
});
