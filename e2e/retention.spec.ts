import { expect, type Page, test } from 'playwright/test';
import type { PoliciesDto, RetentionDto } from '@/lib/schema/retention';
import { entriesSince, mark } from './access-entries';
import { store, storeConversation } from './agent';
import { ledgerId, superuser } from './database';
import { accountOf } from './installation';
import { callAs, enterAs } from './people';
import { choose } from './spoken';
import { visit } from './visit';

const now = Date.now();
const tag = String(now).slice(-6);
const POLICIES = '/api/v1/retention/policies';
const main = (page: Page) => page.getByRole('main');

async function read<T>(path: string): Promise<T> {
  const answer = await callAs('auditor', path);
  expect(answer.status).toBe(200);
  return (await answer.json()) as T;
}
const figures = () => read<RetentionDto>('/api/v1/retention');
const policies = () => read<PoliciesDto>(POLICIES);

/** Sums are kept behind the append path. */
async function counted(): Promise<RetentionDto> {
  await expect.poll(async () => (await figures()).complete, { timeout: 30_000 }).toBe(true);
  return figures();
}

/** Somebody else changes the policies. */
async function changeElsewhere(set: object[], reason = 'By the tests'): Promise<void> {
  const { version } = await policies();
  const saved = await callAs('compliance_officer', POLICIES, { body: { if_version: version, set, reason } });
  expect(saved.status).toBe(201);
}

const rowOf = (page: Page, table: string, name: string) =>
  page.getByRole('table', { name: table }).getByRole('row').filter({ hasText: name });

test('the screen shows the figures of the API: due, to be archived, in conflict, unmapped, by policy and month', async ({ page }) => {
  await store({ timestamp: '2020-01-15T10:00:00.000Z', domains: ['soc2'] });
  // The list has the hundred with the most records.
  for (let i = 0; i < 8; i++) await store({ details: { tool: `unheard${tag}.read` } });
  const told = await counted();
  await enterAs(page, 'auditor');
  await visit(page, '/retention');
  const say = (count: number) => count.toLocaleString('en-US');
  const figure = (name: string) => rowOf(page, 'Records by what is to be done with them', name).getByRole('cell').first();
  await expect(figure('Due now')).toHaveText(say(told.due.hot + told.due.archived));
  await expect(figure('To be archived')).toHaveText(say(told.to_archive));
  await expect(figure('Under hold')).toHaveText(say(told.held));
  await expect(figure('In conflict')).toHaveText(say(told.conflicts.records));
  await expect(figure('Unmapped')).toHaveText(say(told.unmapped.records));
  expect(told.due.hot).toBeGreaterThan(0);
  expect(told.unmapped.rows.map(({ what }) => what)).toContain(`tool:unheard${tag}.read`);
  await expect(rowOf(page, 'What nobody has mapped', `unheard${tag}.read`)).toContainText('Tool');
  const highest = Math.max(...told.months.filter(({ policy }) => policy === 'hipaa').map(({ records }) => records));
  await expect(main(page).locator('svg text').getByText(say(highest), { exact: true })).toBeVisible();
  await page.getByRole('button', { name: 'Show as table' }).click();
  const months = page.getByRole('table', { name: 'Records by deciding policy and month' });
  await expect(months.locator('tbody tr')).toHaveCount(told.months.length);
  const [first] = told.months;
  await expect(months.locator('tbody tr').first()).toContainText(say(first!.records));
});

test('an auditor sees policies and changes none; an administrator sees neither the figures nor the place', async ({ page }) => {
  await enterAs(page, 'auditor');
  await visit(page, '/retention/policies');
  await expect(rowOf(page, 'Policies that are on', 'HIPAA').first()).toContainText('At least 6 years');
  await expect(page.getByRole('button', { name: /Add a policy|Switch on|Change HIPAA|Enter an event|Settle/ })).toHaveCount(0);
  await expect(page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Retention' })).toBeVisible();
  await enterAs(page, 'administrator');
  expect((await page.goto('/retention'))?.status()).toBe(403);
  expect((await page.goto('/retention/policies'))?.status()).toBe(403);
  await visit(page, '/');
  await expect(page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Retention' })).toHaveCount(0);
});

test('a policy is switched on after its preview, with a reason: a version that the access ledger keeps with before and after', async ({
  page,
}) => {
  await store({ timestamp: '2024-02-01T10:00:00.000Z', domains: ['nydfs'] });
  await changeElsewhere([{ code: 'nydfs', on: true }]);
  await changeElsewhere([{ code: 'nydfs', on: false }]);
  await counted();
  await enterAs(page, 'compliance_officer');
  await visit(page, '/retention/policies');
  const from = await mark();
  await page.getByRole('button', { name: 'Switch on NYDFS' }).click();
  const dialog = page.getByRole('dialog', { name: 'Switch on NYDFS?' });
  await expect(dialog.getByRole('status')).toContainText('would no longer be due');
  await expect(dialog.getByRole('status')).toContainText('would be kept longer');
  await dialog.getByLabel('Reason').fill(`Board ${tag}`);
  await dialog.getByRole('button', { name: 'Switch on' }).click();
  await expect(dialog).toBeHidden();
  await expect(rowOf(page, 'Policies that are on', 'NYDFS')).toContainText('At least 5 years');
  const { version } = await policies();
  const newest = page
    .getByRole('table', { name: /Versions of the policies/ })
    .locator('tbody tr')
    .first();
  await expect(newest).toContainText(String(version));
  await expect(newest).toContainText('On: no → yes');
  await expect(newest).toContainText(`Board ${tag}`);
  const [entry] = (await entriesSince(from)).filter(({ action }) => action === 'policy_changed');
  expect(entry).toMatchObject({
    resource_type: 'retention_policies',
    details: { version, reason: `Board ${tag}`, before: { nydfs: { on: false } }, after: { nydfs: { on: true, floor: { years: 5 } } } },
  });
});

test('whoever looked at an older version is told so, nothing of theirs is kept, and the present policies are a click away', async ({
  page,
}) => {
  await enterAs(page, 'compliance_officer');
  await visit(page, '/retention/policies');
  await page.getByRole('button', { name: 'Switch on EU AI Act' }).click();
  const dialog = page.getByRole('dialog', { name: 'Switch on EU AI Act?' });
  await expect(dialog.getByRole('status')).not.toContainText('Deciding');
  await changeElsewhere([{ code: 'soc2', note: `Elsewhere ${tag}` }]);
  await dialog.getByLabel('Reason').fill('Meanwhile');
  await dialog.getByRole('button', { name: 'Switch on' }).click();
  await expect(dialog.getByRole('alert')).toContainText('Nothing of this was kept.');
  await dialog.getByRole('button', { name: 'Show the present policies' }).click();
  await expect(dialog).toBeHidden();
  await expect(main(page)).toContainText(`Elsewhere ${tag}`);
  expect((await policies()).policies.find(({ code }) => code === 'eu-ai-act')?.on).toBe(false);
});

test('a policy of one’s own is previewed, kept, and decides; then it is changed', async ({ page }) => {
  const code = `house-${tag}`;
  const record = await store({ timestamp: '2026-01-10T10:00:00.000Z', domains: [code] });
  await counted();
  await enterAs(page, 'compliance_officer');
  await visit(page, '/retention/policies');
  await page.getByRole('button', { name: 'Add a policy' }).click();
  const dialog = page.getByRole('dialog', { name: 'Add a policy' });
  await dialog.getByLabel('Code').fill(code);
  await dialog.getByLabel('Title').fill(`House ${tag}`);
  await dialog.getByRole('textbox', { name: 'Minimum' }).fill('ten');
  await dialog.getByLabel('Source').fill('Board resolution 12');
  await dialog.getByRole('button', { name: 'Preview' }).click();
  await expect(dialog.getByRole('alert')).toContainText('a whole number of years from 1 to 100');
  await dialog.getByRole('textbox', { name: 'Minimum' }).fill('10');
  await dialog.getByRole('button', { name: 'Preview' }).click();
  await expect(dialog.getByRole('status')).toContainText('would no longer be unmapped');
  await dialog.getByLabel('Reason').fill('As decided');
  await dialog.getByRole('button', { name: 'Add', exact: true }).click();
  await expect(dialog).toBeHidden();
  await expect(rowOf(page, 'Policies that are on', `House ${tag}`)).toContainText('your own');
  await visit(page, `/records/${record.id}`);
  await expect(main(page)).toContainText(`Kept until 2036-01-10: House ${tag} (10 years).`);

  await visit(page, '/retention/policies');
  await page.getByRole('button', { name: `Change House ${tag}` }).click();
  await page.getByRole('menuitem', { name: 'Change…' }).click();
  const change = page.getByRole('dialog', { name: `Change House ${tag}` });
  await change.getByRole('button', { name: 'Preview' }).click();
  await expect(change.getByRole('alert')).toHaveText('Nothing is changed yet.');
  await change.getByRole('textbox', { name: 'Minimum' }).fill('18');
  await choose(change, 'Minimum: years or months', 'months');
  await change.getByRole('button', { name: 'Preview' }).click();
  await expect(change.getByRole('status')).toContainText('would be kept for less long');
  await change.getByLabel('Reason').fill('Too long');
  await change.getByRole('button', { name: 'Change', exact: true }).click();
  await expect(change).toBeHidden();
  await expect(
    page
      .getByRole('table', { name: /Versions of the policies/ })
      .locator('tbody tr')
      .first(),
  ).toContainText('Minimum: 10 years → 18 months');
  await visit(page, `/records/${record.id}`);
  await expect(main(page)).toContainText(`Kept until 2027-07-10: House ${tag} (18 months).`);
});

test('a conflict is settled from the overview by a person with a reason, and opened again', async ({ page }) => {
  const [floor, ceiling] = [`keep-${tag}`, `drop-${tag}`];
  const whole = { clock: 'event', trigger: null, or_else: null, hot: null, note: null, source: 'By the tests', on: true };
  await changeElsewhere([
    { ...whole, code: floor, title: `Keep ${tag}`, floor: { years: 5 }, ceiling: null },
    { ...whole, code: ceiling, title: `Drop ${tag}`, floor: null, ceiling: { years: 2 } },
  ]);
  const talk = `clash-${tag}`;
  await storeConversation(talk, [
    { timestamp: '2026-03-01T10:00:00.000Z', domains: [floor, ceiling] },
    { timestamp: '2026-03-02T10:00:00.000Z', domains: [floor] },
  ]);
  await counted();
  await enterAs(page, 'compliance_officer');
  await visit(page, '/retention');
  const row = rowOf(page, 'Conflicts', `Keep ${tag}`);
  await expect(row).toContainText(`Drop ${tag}`);
  await visit(page, `/conversations/${talk}`);
  await expect(page.getByRole('complementary', { name: 'Docket' })).toContainText(
    `Kept until 2031-03-02: Keep ${tag} (5 years); some of its records are to be disposed of by 2028-03-01; some of its records are in conflict (${floor}, ${ceiling}).`,
  );
  await visit(page, '/retention');
  const from = await mark();
  await row.getByRole('button', { name: 'Settle…' }).click();
  const dialog = page.getByRole('dialog', { name: `Keep ${tag} against Drop ${tag}` });
  await choose(dialog, 'Which decides', `Drop ${tag}: keep no longer than its maximum`);
  await dialog.getByLabel('Reason').fill('Art. 5(1)(e)');
  await dialog.getByRole('button', { name: 'Preview' }).click();
  await expect(dialog.getByRole('status')).toContainText('would no longer be in conflict');
  await dialog.getByRole('button', { name: 'Settle', exact: true }).click();
  await expect(dialog).toBeHidden();
  await expect(row).toHaveCount(0);
  const [entry] = (await entriesSince(from)).filter(({ action }) => action === 'policy_changed');
  expect(entry?.details).toMatchObject({ settlements_before: [], settlements_after: [{ floor, ceiling, in_favour_of: 'ceiling' }] });

  await visit(page, '/retention/policies');
  const settled = rowOf(page, 'Conflicts and how they were settled', `Keep ${tag}`);
  await expect(settled).toContainText(`Settled in favour of Drop ${tag}`);
  await settled.getByRole('button', { name: 'Open again…' }).click();
  const again = page.getByRole('dialog', { name: `Open Keep ${tag} against Drop ${tag} again?` });
  await again.getByLabel('Reason').fill('Appealed');
  await again.getByRole('button', { name: 'Open again' }).click();
  await expect(again).toBeHidden();
  await expect(settled).toContainText('Open, for 1 record');
});

test('an event that starts a clock is entered and withdrawn, each an entry of the access ledger', async ({ page }) => {
  const record = await store({
    timestamp: '2026-02-01T10:00:00.000Z',
    domains: ['hipaa'],
    resource_type: 'chart',
    resource_id: `E-${tag}`,
  });
  await enterAs(page, 'compliance_officer');
  await visit(page, '/retention/policies');
  const from = await mark();
  await page.getByRole('button', { name: 'Enter an event' }).click();
  const dialog = page.getByRole('dialog', { name: 'Enter an event' });
  await choose(dialog, 'Event', 'last in effect');
  // Of the day on which it was recorded: one that is to come is refused, and one before moves nothing.
  const day = new Date().toISOString().slice(0, 10);
  await dialog.getByLabel('Day').fill(day);
  await dialog.getByLabel('Resource type').fill('chart');
  await dialog.getByLabel('Resource id').fill(`E-${tag}`);
  await dialog.getByLabel('Reason').fill('Procedure 7 replaced');
  await dialog.getByRole('button', { name: 'Enter', exact: true }).click();
  await expect(dialog).toBeHidden();
  const row = rowOf(page, 'Events that start clocks, newest first', `E-${tag}`);
  await expect(row).toContainText(day);
  await visit(page, `/records/${record.id}`);
  await expect(main(page)).toContainText(`HIPAA (6 years from last in effect, ${day})`);
  await visit(page, '/retention/policies');
  await row.getByRole('button', { name: 'Withdraw…' }).click();
  const withdraw = page.getByRole('dialog', { name: 'Withdraw last in effect?' });
  await withdraw.getByLabel('Reason').fill('Wrong chart');
  await withdraw.getByRole('button', { name: 'Withdraw' }).click();
  await expect(withdraw).toBeHidden();
  await expect(row).toContainText('Wrong chart');
  await visit(page, `/records/${record.id}`);
  await expect(main(page)).not.toContainText('from last in effect');
  const actions = (await entriesSince(from)).map(({ action }) => action);
  expect(actions).toContain('retention_event_entered');
  expect(actions).toContain('retention_event_withdrawn');
});

test('why, beside a record: holds, what nobody mapped, a policy that is off; opening it is one entry of the access ledger', async ({
  page,
}) => {
  const tool = `odd${tag}.read`;
  const subject = `why-${tag}`;
  const record = await store({ timestamp: '2026-03-05T10:00:00.000Z', domains: ['mifid2'], subject_id: subject, details: { tool } });
  const placed = await callAs('compliance_officer', '/api/v1/holds', {
    body: { matter: `Why ${tag}`, scope: { kind: 'subject', value: subject }, reason: 'By the tests' },
  });
  const hold = (await placed.json()) as { id: string; number: number };
  await enterAs(page, 'auditor');
  await visit(page, `/records?subject=${subject}`);
  const from = await mark();
  await page.getByRole('main').getByRole('table').locator('tbody tr').first().click();
  const panel = page.getByRole('complementary').filter({ hasText: 'of the policies' });
  await expect(panel).toContainText(
    `tool ${tool} is unmapped, so that the longest minimum holds; MiFID II is named and off; hold #${hold.number}.`,
  );
  await expect(panel).toContainText('Under hold: nothing of it may be destroyed');
  await expect(panel.getByRole('link', { name: `hold #${hold.number}` })).toHaveAttribute('href', `/holds/${hold.id}`);
  await panel.getByText(/\d rules? appl/).click();
  await expect(panel).toContainText(
    /: at least \d+ years from 2026-03-05, the event: until 20\d\d-03-05 \(.+\); the longest minimum that is on/,
  );
  const views = (await entriesSince(from)).filter(({ action, resource_id }) => action === 'record_viewed' && resource_id === record.id);
  expect(views).toHaveLength(1);
});

test('a ledger without records says what will apply, and leads to it', async ({ page }) => {
  const slug = `empty-${tag}`;
  await superuser(async (client) => {
    await client.query("SELECT create_ledger($1, $2, 'agents', 'An empty book', false)", [slug, `localhost/e2e/ledgers/${slug}`]);
    await client.query("INSERT INTO memberships (user_id, ledger_id, role) SELECT id, $2, 'auditor' FROM users WHERE email = $1", [
      accountOf('auditor').email,
      await ledgerId(client, slug),
    ]);
  });
  await enterAs(page, 'auditor');
  await visit(page, `/retention?ledger=${slug}`);
  await expect(main(page)).toContainText('Nothing to keep yet');
  await expect(main(page)).toContainText('4 policies are on: HIPAA, SOC 2, Financial, Default.');
  await visit(page, `/retention/policies?ledger=${slug}`);
  await expect(main(page)).toContainText('None: no minimum ends after a maximum for any record.');
  await expect(main(page)).toContainText('Nothing entered yet. Waited for: last in effect (HIPAA).');
});

test('the list behind the chart is exported as it stands', async ({ page }) => {
  await counted();
  await enterAs(page, 'compliance_officer');
  await visit(page, '/retention');
  await page.getByRole('button', { name: 'Export list' }).click();
  const dialog = page.getByRole('dialog', { name: 'Export list' });
  await expect(dialog).toContainText('Retention');
  await dialog.getByRole('button', { name: 'Make the report' }).click();
  await expect(dialog).toContainText('Ready', { timeout: 30_000 });
});
