import { expect, type Page, test } from 'playwright/test';
import type { HoldDetail, HoldDto } from '@/lib/schema/holds';
import { entriesSince, mark } from './access-entries';
import { storeConversation } from './agent';
import { superuser } from './database';
import { accountOf, installation } from './installation';
import { type Officer, officerBeside } from './officer';
import { callAs, enterAs } from './people';
import { choose } from './spoken';
import { visit } from './visit';

const officer = accountOf('compliance_officer');
let second: Officer;
test.beforeAll(async () => {
  second = await officerBeside();
});
test.beforeEach(async ({ page }) => enterAs(page, 'compliance_officer'));

const today = () => new Date().toISOString().slice(0, 10);
const placing = (page: Page) => page.getByRole('dialog', { name: 'Place a legal hold' });
const held = (page: Page) => page.locator('[data-held]');
const dialog = (page: Page, name: string) => page.getByRole('dialog', { name });

async function talkOf(
  name: string,
): Promise<{ talk: string; subject: string; chart: string; doctor: string; say: (count?: number) => Promise<unknown> }> {
  const at = `${name}-${Date.now()}`;
  const [talk, subject, chart, doctor] = [`talk-${at}`, `P-${at}`, `chart-${at}`, `dr-${at}`];
  const about = { subject_id: subject, actor_type: 'user', actor_id: doctor, resource_type: 'patient_record', resource_id: chart };
  const say = (count = 2) =>
    storeConversation(
      talk,
      Array.from({ length: count }, () => ({ action: 'data_accessed', ...about })),
    );
  await say();
  return { talk, subject, chart, doctor, say };
}

async function place(scope: Record<string, string>, matter: string): Promise<HoldDto> {
  const answer = await callAs('compliance_officer', '/api/v1/holds', { body: { matter, scope, reason: 'The court asks for it' } });
  expect(answer.status).toBe(201);
  return (await answer.json()) as HoldDto;
}
async function release({ id }: { id: string }): Promise<void> {
  expect((await callAs('compliance_officer', `/api/v1/holds/${id}/release`, { body: { reason: 'Over' } })).status).toBe(200);
  expect((await second.call(`/api/v1/holds/${id}/release/confirm`, { method: 'POST' })).status).toBe(200);
}
const detailOf = async (id: string) => (await (await callAs('auditor', `/api/v1/holds/${id}`)).json()) as HoldDetail;
async function askOnPage(page: Page, reason: string): Promise<void> {
  await page.getByRole('button', { name: 'Release', exact: true }).click();
  await dialog(page, 'Ask for the release of the hold').getByLabel('Reason').fill(reason);
  await dialog(page, 'Ask for the release of the hold').getByRole('button', { name: 'Ask for the release' }).click();
}

test('each of the six kinds is placed from the screen, after it has shown what it would hold; what it holds grows with what comes in', async ({
  page,
}) => {
  test.setTimeout(180_000);
  const { talk, subject, chart, doctor, say } = await talkOf('six');
  const kinds: [option: string, fill: [label: string, text: string][], on: string, exact: boolean][] = [
    ['A conversation', [['Id of the conversation', talk]], `the conversation ${talk}`, true],
    ['A person', [['Id of the person', subject]], `everything about ${subject}`, true],
    [
      'A resource',
      [
        ['Type of the resource', 'patient_record'],
        ['Id of the resource', chart],
      ],
      `the resource ${chart} (patient_record)`,
      true,
    ],
    ['An actor', [['Id of the actor', doctor]], `everything that ${doctor} did`, true],
    ['An agent', [['Name of the agent', installation.agentName]], `everything of the agent ${installation.agentName}`, false],
    [
      'Days',
      [
        ['First day', today()],
        ['Last day', today()],
      ],
      `everything of ${today()}`,
      false,
    ],
  ];
  const from = await mark();
  let least = 1;
  for (const [option, fill, on, exact] of kinds) {
    // One record more has come in with each kind before.
    least++;
    await visit(page, '/holds');
    await page.getByRole('button', { name: 'Place a hold' }).click();
    await choose(placing(page), 'Hold', option);
    await expect(placing(page).locator('[data-preview]')).toContainText('counted as soon as it is said on what');
    await expect(placing(page).getByRole('button', { name: 'Place the hold' })).toBeDisabled();
    for (const [label, text] of fill) await placing(page).getByLabel(label, { exact: true }).fill(text);
    const preview = placing(page).locator('[data-preview]');
    await expect(preview, option).toContainText(/Would hold (at least )?[\d,]+ records/);
    if (exact) await expect(preview, option).toContainText(`Would hold ${least} records in 1 conversation`);
    await placing(page).getByLabel('Matter').fill(`Six kinds ${subject}`);
    await placing(page).getByLabel('Custodian').fill('Records office');
    await placing(page).getByLabel('Reason').fill('The court asks for it');
    await placing(page).getByRole('button', { name: 'Place the hold' }).click();
    await page.waitForURL(/\/holds\/[0-9a-f-]{36}/);
    const main = page.getByRole('main');
    await expect(main, option).toContainText(on);
    await expect(main).toContainText('Records office');
    const id = page.url().split('/').at(-1)!.split('?')[0]!;
    const before = (await detailOf(id)).holds.records.count;
    expect(before, option).toBeGreaterThanOrEqual(least);
    if (exact) await expect(held(page), option).toContainText(`${before} records in 1 conversation`);
    await say(1);
    await page.getByRole('button', { name: 'Look again' }).click();
    if (exact) {
      await expect(held(page), option).toContainText(`${before + 1} records in 1 conversation`);
      await expect(held(page).getByRole('link', { name: talk })).toBeVisible();
    }
    await expect.poll(async () => (await detailOf(id)).holds.records.count, { message: option }).toBeGreaterThan(before);
    await release({ id });
  }
  const entered = await entriesSince(from);
  const placed = entered.filter(({ action }) => action === 'hold_placed');
  expect(placed.map(({ details }) => (details.scope as { kind: string }).kind)).toEqual([
    'conversation',
    'subject',
    'resource',
    'actor',
    'agent',
    'time',
  ]);
  expect(placed.every(({ actor_id }) => actor_id === officer.email)).toBe(true);
  expect(entered.filter(({ details }) => details.screen === '/api/v1/holds/preview').length).toBeGreaterThanOrEqual(6);
  expect(entered.filter(({ action }) => action === 'hold_released').map(({ actor_id }) => actor_id)).toEqual(Array(6).fill(second.email));
});

test('a release takes a second pair of eyes: who asked cannot confirm, an auditor and an administrator cannot do anything; another officer declines with a reason, then confirms', async ({
  page,
}) => {
  const { talk } = await talkOf('two');
  const hold = await place({ kind: 'conversation', value: talk }, `Two ${talk}`);
  await visit(page, `/holds/${hold.id}`);
  await askOnPage(page, 'The case was settled');
  const main = page.getByRole('main');
  await expect(main).toContainText('Stands; release asked for');
  await expect(page.getByRole('button', { name: 'Confirm the release' })).toHaveCount(0);
  await expect(page.getByRole('button', { name: 'Take the request back' })).toBeVisible();
  const own = await callAs('compliance_officer', `/api/v1/holds/${hold.id}/release/confirm`, { method: 'POST' });
  expect([own.status, ((await own.json()) as { code: string }).code]).toEqual([403, 'second_person_required']);
  for (const role of ['auditor', 'administrator'] as const)
    for (const step of ['', '/confirm', '/decline'])
      expect(
        (await callAs(role, `/api/v1/holds/${hold.id}/release${step}`, { method: 'POST', body: { reason: 'I would like to' } })).status,
      ).toBe(403);
  await enterAs(page, 'auditor');
  for (const path of ['/holds', `/holds/${hold.id}`]) {
    await visit(page, path);
    await expect(main).toContainText(`Two ${talk}`);
    for (const name of ['Place a hold', 'Release', 'Confirm the release', 'Decline', 'Export list'])
      await expect(page.getByRole('button', { name, exact: true })).toHaveCount(0);
  }

  await second.enter(page);
  await visit(page, '/holds');
  const waiting = page.locator(`[data-waiting="${hold.number}"]`);
  await expect(waiting).toContainText(`${officer.email} asked for its release`);
  await waiting.getByRole('button', { name: 'Decline' }).click();
  const decline = dialog(page, 'Decline the release of the hold');
  await decline.getByLabel('Reason').fill('The appeal runs');
  await decline.getByRole('button', { name: 'Decline' }).click();
  await expect(waiting).toHaveCount(0);

  await enterAs(page, 'compliance_officer');
  await visit(page, `/holds/${hold.id}`);
  await askOnPage(page, 'The appeal was dropped');
  await expect(main).toContainText('Stands; release asked for');
  await second.enter(page);
  await visit(page, `/holds/${hold.id}`);
  await page.getByRole('button', { name: 'Confirm the release' }).click();
  await dialog(page, 'Confirm the release of the hold').getByRole('button', { name: 'Confirm the release' }).click();
  await expect(main).toContainText(`confirmed by ${second.email}: The appeal was dropped`);
  await expect(page.getByRole('heading', { name: 'What it would hold today' })).toBeVisible();
  const steps = page.locator('[data-step]');
  await expect(steps).toHaveText([
    new RegExp(`Released by ${second.email}`),
    new RegExp(`Release asked for by ${officer.email}: The appeal was dropped`),
    new RegExp(`Release declined by ${second.email}: The appeal runs`),
    new RegExp(`Release asked for by ${officer.email}: The case was settled`),
    new RegExp(`Placed by ${officer.email}: The court asks for it`),
  ]);
  await steps.nth(2).getByRole('link', { name: 'Entry' }).click();
  await page.waitForURL(/\/access-log\?/);
  await expect(page.getByRole('complementary').last()).toContainText('The appeal runs');
  await visit(page, `/conversations/${talk}`);
  await expect(page.locator(`[data-released-hold="${hold.number}"]`)).toContainText(`Held for Two ${talk} from`);
});

test('who confirms a release long after signing in proves again who they are; a hostile matter is text', async ({ page }) => {
  const { talk } = await talkOf('again');
  const matter = `<b>Roe</b>\u00a0v. Clinic ${talk}`;
  const hold = await place({ kind: 'conversation', value: talk }, matter.replace('\u00a0', ' '));
  expect((await callAs('compliance_officer', `/api/v1/holds/${hold.id}/release`, { body: { reason: 'Over' } })).status).toBe(200);
  await second.enter(page);
  await visit(page, `/holds/${hold.id}`);
  await expect(page.getByRole('heading', { level: 1 })).toContainText('<b>Roe</b>');
  await superuser((client) =>
    client.query(
      `UPDATE sessions SET confirmed_at = now() - interval '6 minutes' WHERE user_id = (SELECT id FROM users WHERE email = $1)`,
      [second.email],
    ),
  );
  await page.getByRole('button', { name: 'Confirm the release' }).click();
  await dialog(page, 'Confirm the release of the hold').getByRole('button', { name: 'Confirm the release' }).click();
  const again = dialog(page, 'Confirm that it is you');
  await again.getByLabel('Password').fill(second.password);
  await again.getByRole('button', { name: 'Continue' }).click();
  await expect(page.getByRole('main')).toContainText(`confirmed by ${second.email}`);
  expect((await detailOf(hold.id)).hold.released_by).toBe(second.email);
});

test('the list is narrowed by matter and state, names what stands first, and becomes files as it stands', async ({ page }) => {
  const { talk, subject } = await talkOf('list');
  const matter = `List ${subject}`;
  const [first, gone] = [
    await place({ kind: 'conversation', value: talk }, matter),
    await place({ kind: 'subject', value: subject }, matter),
  ];
  await release(gone);
  await visit(page, '/holds');
  await page.getByRole('navigation', { name: 'Matters' }).getByRole('link', { name: matter }).click();
  await page.waitForURL(/matter=/);
  const rows = page.getByRole('table', { name: /Legal holds/ }).locator('tbody tr');
  await expect(rows).toHaveText([
    new RegExp(`#${first.number}.*Conversation ${talk}.*Stands`),
    new RegExp(`#${gone.number}.*Subject ${subject}.*Released`),
  ]);
  await expect(page.getByRole('navigation', { name: 'Pages of the list' })).toContainText('2 of 2 holds');
  await page.getByRole('button', { name: 'Export list' }).click();
  const exported = dialog(page, 'Export list');
  await expect(exported).toContainText(`Legal holds where matter ${matter}, 2 holds`);
  await exported.getByRole('button', { name: 'Make the report' }).click();
  await expect(exported).toContainText('Ready: 2 holds', { timeout: 60_000 });
  await visit(page, `/holds?${new URLSearchParams({ matter, state: 'standing' })}`);
  await expect(rows).toHaveCount(1);
  await visit(page, `/holds?${new URLSearchParams({ matter: `${matter} not` })}`);
  await expect(page.getByRole('main')).toContainText('No hold passes all of the filters above.');
  await release(first);
});
