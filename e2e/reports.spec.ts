import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect, type Locator, type Page, test } from 'playwright/test';
import { entriesSince, mark } from './access-entries';
import { storeConversation } from './agent';
import { enterAs } from './people';
import { visit } from './visit';

const COUNT = 130;
let talk: string;

test.beforeAll(async () => {
  talk = `reported-${Date.now()}`;
  await storeConversation(
    talk,
    Array.from({ length: COUNT }, (_, i) => ({ details: { tool: i === 7 ? '=1+1' : `lookup-${i}` }, agent_seq: i + 1 })),
  );
});

async function take(page: Page, button: Locator): Promise<{ name: string; bytes: Buffer; hash: string }> {
  const [download] = await Promise.all([page.waitForEvent('download'), button.click()]);
  const bytes = readFileSync(await download.path());
  return { name: download.suggestedFilename(), bytes, hash: createHash('sha256').update(bytes).digest('hex') };
}

test('a filtered list becomes files with every row that it finds, the hashes of which are shown; each is an entry of the access ledger', async ({
  page,
}) => {
  await enterAs(page, 'compliance_officer');
  const from = await mark();
  await visit(page, `/records?conversation=${talk}&cols=seq,what`);
  await page.getByRole('button', { name: 'Export list' }).click();
  const dialog = page.getByRole('dialog', { name: 'Export list' });
  await expect(dialog).toContainText(`Records where conversation ${talk}, ${COUNT} records`);
  await dialog.getByRole('button', { name: 'Make the report' }).click();
  await expect(dialog).toContainText(`Ready: ${COUNT} records`, { timeout: 60_000 });
  const files = new Map<string, Buffer>();
  for (const format of ['csv', 'jsonl', 'pdf', 'about.json']) {
    const { name, bytes, hash } = await take(
      page,
      dialog.getByRole('button', { name: new RegExp(`^Download.*${format.replace('.', '\\.')}$`) }),
    );
    expect(name).toMatch(new RegExp(`^holdfast-.*-records-.*\\.${format.replace('.', '\\.')}$`));
    await expect(dialog.getByTitle(hash).first()).toBeVisible();
    files.set(format, bytes);
  }
  const csv = files.get('csv')!.toString().slice(1).split('\r\n');
  expect(csv).toHaveLength(COUNT + 2);
  expect(csv[0]).toBe('"No.","What"');
  expect(csv.filter((line) => line.endsWith(`,"'=1+1"`))).toHaveLength(1);
  const rows = files
    .get('jsonl')!
    .toString()
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { body: { details: { tool: string } } });
  expect(rows.filter(({ body }) => body.details.tool === '=1+1')).toHaveLength(1);
  expect(files.get('pdf')!.subarray(0, 5).toString()).toBe('%PDF-');
  await visit(page, '/reports');
  const row = page.getByRole('table', { name: /Reports/ }).getByRole('row', { name: new RegExp(talk) });
  await expect(row).toContainText(`Ready: ${COUNT} records`);
  await expect(row.getByTitle(createHash('sha256').update(files.get('csv')!).digest('hex')).first()).toBeVisible();
  const actions = (await entriesSince(from)).map(({ action }) => action);
  expect(actions.filter((action) => action === 'export_created')).toHaveLength(2);
  expect(actions.filter((action) => action === 'export_downloaded')).toHaveLength(4);
});

test('a month becomes a report for the file of an audit', async ({ page }) => {
  await enterAs(page, 'compliance_officer');
  await visit(page, '/reports');
  for (const about of ['Integrity', 'Retention']) {
    await page.getByRole('button', { name: 'Report of a month' }).click();
    const dialog = page.getByRole('dialog', { name: 'Report of a month' });
    if (about !== 'Integrity') {
      await dialog.getByRole('combobox', { name: 'About' }).click();
      await page.getByRole('option', { name: about }).click();
    }
    const month = new Date().toISOString().slice(0, 7);
    await dialog.getByLabel('Month (UTC)').fill(month);
    await expect(dialog).toContainText(`${about}, ${month}`);
    await dialog.getByRole('button', { name: 'Make the report' }).click();
    await expect(dialog).toContainText('Ready: ', { timeout: 60_000 });
    const { bytes } = await take(page, dialog.getByRole('button', { name: /^Download.*pdf$/ }));
    expect(bytes.subarray(0, 5).toString()).toBe('%PDF-');
    await dialog.getByRole('button', { name: 'Close', exact: true }).last().click();
  }
});

test('an auditor is offered no export of a list: evidence is what an auditor takes', async ({ page }) => {
  await enterAs(page, 'auditor');
  await visit(page, `/records?conversation=${talk}`);
  await expect(page.getByRole('button', { name: 'Export evidence' })).toBeVisible();
  await expect(page.getByRole('button', { name: 'Export list' })).toHaveCount(0);
  await expect(page.getByRole('link', { name: 'Reports' })).toHaveCount(0);
  expect((await visit(page, '/reports'))!.status()).toBe(403);
});
