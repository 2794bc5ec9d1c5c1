import { execFileSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, type Page, test } from 'playwright/test';
import { entriesSince, mark } from './access-entries';
import { superuser } from './database';
import { accountOf } from './installation';
import { type Officer, officerBeside } from './officer';
import { askFor, destroyTalk, destructionOf, oldTalk, settled } from './old-talk';
import { callAs, enterAs } from './people';
import { choose } from './spoken';
import { visit } from './visit';

const officer = accountOf('compliance_officer');
let second: Officer;
test.beforeAll(async () => {
  second = await officerBeside();
});
test.beforeEach(async ({ page }) => enterAs(page, 'compliance_officer'));

const dialog = (page: Page, name: string) => page.getByRole('dialog', { name });
const row = (page: Page, number: number) => page.locator(`li[data-number="${number}"]`);

const hot = async (talk: string) =>
  superuser(async (c) => Number((await c.query('SELECT count(*) FROM records WHERE conversation_id = $1', [talk])).rows[0].count));

test('asked for by one, approved by another, carried out and certified, all of it on the screen', async ({ page }) => {
  test.setTimeout(180_000);
  const talk = await oldTalk('screen');
  await visit(page, '/retention/destruction');
  await expect(page.locator('[data-due-say]')).toContainText('past the minimum');
  await page.getByRole('button', { name: 'Ask for something else…' }).click();
  const asking = dialog(page, 'Ask for a destruction');
  await choose(asking, 'Of what', 'A conversation');
  await asking.getByLabel('Conversation').fill(talk);
  await asking.getByRole('button', { name: 'Look what would go' }).click();
  await expect(asking.locator('[data-due]')).toHaveText('4 records can be destroyed');
  await asking.getByLabel('Authority').fill('Retention schedule 4.2');
  await asking.getByLabel('Reason').fill('Its time is over');
  const from = await mark();
  await asking.getByRole('button', { name: 'Ask to destroy 4 records' }).click();
  await page.waitForURL(/\/retention\/destruction\/[0-9a-f-]{36}/);
  await expect(page.getByText('You asked for this: another compliance officer has to approve it.')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Approve and destroy' })).toHaveCount(0);
  const id = page.url().split('/').at(-1)!.split('?')[0]!;
  const { number } = await destructionOf(id);
  expect((await callAs('compliance_officer', `/api/v1/destructions/${id}/approve`, { body: { confirm: number } })).status).toBe(403);
  expect(await hot(talk)).toBe(4);

  await second.enter(page);
  await visit(page, '/retention/destruction');
  await row(page, number).getByRole('button', { name: 'Approve and destroy' }).click();
  const approving = dialog(page, `Approve destruction #${number}`);
  await expect(approving.getByRole('button', { name: 'Approve and destroy' })).toBeDisabled();
  await approving.getByLabel(`Type ${number}, the number of this request`).fill(String(number));
  await approving.getByRole('button', { name: 'Approve and destroy' }).click();
  expect(await settled(id)).toMatchObject({ state: 'done', destroyed: 4, certificate: { version: 1 } });
  expect(await hot(talk)).toBe(0);
  expect((await entriesSince(from)).map(({ action }) => action)).toEqual(
    expect.arrayContaining(['destruction_requested', 'destruction_approved', 'destruction_certified']),
  );

  await visit(page, `/retention/destruction/${id}`);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(`Certificate of destruction #${number}`);
  const certificate = page.getByRole('main');
  for (const said of [
    'Retention schedule 4.2',
    officer.email,
    second.email,
    '4 parts deleted, 1 data key destroyed',
    '4 of 4 that were asked for',
  ])
    await expect(certificate).toContainText(said);

  // As readers meet it.
  await visit(page, `/conversations/${talk}`);
  await expect(page.locator(`[data-destroyed="${number}"]`).first()).toContainText(
    `Erased under policy on ${new Date().toISOString().slice(0, 10)}`,
  );
  await expect(page.locator('[data-destroyed-why]')).toContainText(
    `Destroyed on ${new Date().toISOString().slice(0, 10)} by destruction #${number}`,
  );
  await page
    .getByRole('link', { name: `certificate #${number}` })
    .first()
    .click();
  await page.waitForURL(`**/retention/destruction/${id}**`);
});

test('the signed JSON is judged by the verifier without us, and found where it was changed; the paper names its digest', async () => {
  const talk = await oldTalk('file');
  const done = await destroyTalk(talk, second);
  const json = await (await callAs('auditor', `/api/v1/destructions/${done.id}/certificate.json`)).text();
  const { certificate, sha256 } = JSON.parse(json) as { certificate: { keys: { kind: string; vkey: string }[] }; sha256: string };
  expect(sha256).toBe(done.certificate!.sha256);
  const folder = mkdtempSync(path.join(os.tmpdir(), 'holdfast-certificate-'));
  const verifier = 'lib/verifier/bin.mjs';
  const judge = (text: string, ...more: string[]) => {
    const file = path.join(folder, 'certificate.json');
    writeFileSync(file, text);
    try {
      return { code: 0, said: execFileSync('node', [verifier, ...more, file], { encoding: 'utf8' }) };
    } catch (error) {
      const { status, stdout } = error as { status: number; stdout: string };
      return { code: status, said: stdout };
    }
  };
  const key = certificate.keys.find(({ kind }) => kind === 'ed25519')!.vkey;
  expect(judge(json, '--key', key)).toMatchObject({ code: 0, said: expect.stringContaining('VALID') });
  expect(judge(json)).toMatchObject({ code: 3, said: expect.stringContaining('CONSISTENT') });
  expect(judge(json.replaceAll('Retention schedule 4.2', 'Retention schedule 9.9'), '--key', key).code).toBe(1);
  const pdf = Buffer.from(await (await callAs('auditor', `/api/v1/destructions/${done.id}/certificate.pdf`)).arrayBuffer());
  expect(pdf.subarray(0, 5).toString()).toBe('%PDF-');
});

test('a hold that comes between approval and execution wins; what nobody approved stays; declining takes another person', async ({
  page,
}) => {
  const talk = await oldTalk('held');
  const asked = await askFor(talk);
  await visit(page, `/retention/destruction/${asked.id}`);
  await page.getByRole('button', { name: 'Withdraw it' }).click();
  await dialog(page, `Withdraw destruction #${asked.number}`).getByLabel('Reason').fill('Asked for too early');
  await dialog(page, `Withdraw destruction #${asked.number}`).getByRole('button', { name: 'Withdraw' }).click();
  await expect(page.getByText('Withdrawn', { exact: true })).toBeVisible();
  const other = await askFor(talk);
  expect((await callAs('compliance_officer', `/api/v1/destructions/${other.id}/decline`, { body: { reason: 'Mine' } })).status).toBe(403);
  expect((await second.call(`/api/v1/destructions/${other.id}/decline`, { body: { reason: 'Not yet' } })).status).toBe(200);
  const held = { matter: 'Doe v. Clinic', scope: { kind: 'conversation', value: talk }, reason: 'The court asks for it' };
  const third = await askFor(talk);
  expect((await callAs('compliance_officer', '/api/v1/holds', { body: held })).status).toBe(201);
  const refused = await second.call(`/api/v1/destructions/${third.id}/approve`, { body: { confirm: third.number } });
  expect(refused.status).toBe(409);
  expect(await refused.json()).toMatchObject({ code: 'destruction_refused' });
  expect(await hot(talk)).toBe(4);
  await visit(page, '/retention/destruction');
  await expect(row(page, other.number)).toContainText('Declined');
});
