import { randomUUID } from 'node:crypto';
import { expect, type Page, test } from 'playwright/test';
import { type ArchiveWorld, startArchiveWorld } from './archive-world';
import { ONE_CALL } from './installation';

/** Letters alone: a long number would be taken for somebody's. */
const TICKET = 'Ticket QX-alder';
const SEARCH = '/retention/archive/search';
const talk = 'asked-long-ago';
let world: ArchiveWorld;

test.describe.configure({ mode: 'serial', timeout: 120_000 });
test.beforeAll(async ({ browser }) => {
  test.setTimeout(300_000);
  world = await startArchiveWorld({});
  const record = (n: number, details: Record<string, unknown>) => ({
    id: randomUUID(),
    timestamp: `2019-05-06T10:0${n}:00.000Z`,
    action: 'agent_response_generated',
    actor_id: world.told.agentName,
    actor_type: 'agent',
    agent_name: world.told.agentName,
    data_classification: 'internal',
    conversation_id: talk,
    agent_seq: n,
    domains: ['soc2'],
    details,
  });
  const sent = await fetch(`${world.origin}/api/v1/records`, {
    method: 'POST',
    headers: { ...ONE_CALL, authorization: `Bearer ${world.told.ingestKey}`, 'content-type': 'application/json' },
    body: JSON.stringify([record(1, { note: `${TICKET} '"%_ opened` }), record(2, { length: 3 }), record(3, { model: 'm-1' })]),
  });
  expect(((await sent.json()) as { accepted: number }).accepted).toBe(3);
  await world.talk('another', { day: '2019-05-07', domains: ['soc2'], turns: 2 });
  const context = await browser.newContext();
  await world.enter(context, 'compliance_officer');
  const page = await context.newPage();
  const { data } = await world.call(page, `/api/v1/archive/runs?ledger=${world.told.ledger}`, {});
  await expect
    .poll(async () => (await world.call(page, `/api/v1/archive/runs/${data.id}?ledger=${world.told.ledger}`)).data.state, {
      timeout: 60_000,
    })
    .toBe('done');
  expect(await world.hot(talk)).toBe(0);
  await context.close();
});
test.afterAll(() => world?.stop());

const table = (page: Page) => page.getByRole('table', { name: /Archived records/ });

test('an auditor finds what is archived by a part of a text, sees where it stood, and goes on to the record and the conversation', async ({
  page,
  context,
}) => {
  await world.enter(context, 'auditor');
  await world.open(page, '/retention/archive');
  await page.getByRole('link', { name: 'Search inside the archive' }).click();
  await expect(table(page)).toBeVisible({ timeout: 60_000 });
  await page.getByRole('textbox', { name: /Text in details/ }).fill(TICKET.toLowerCase());
  await page.getByRole('button', { name: 'Search', exact: true }).click();
  await expect(table(page).getByRole('row')).toHaveCount(2);
  await expect(table(page)).toContainText(`details.note: ${TICKET}`);
  await expect(table(page).locator('mark')).toHaveText(TICKET);
  await expect(page.getByRole('status').filter({ hasText: /^Looked into \d+ of \d+ segments?/ })).toBeVisible();
  const [entry] = await world.query<{ action: string }>(
    `SELECT action FROM records WHERE ledger_id = (SELECT id FROM ledgers WHERE kind = 'access' LIMIT 1) AND action = 'search_run' ORDER BY seq DESC LIMIT 1`,
  );
  expect(entry).toEqual({ action: 'search_run' });
  await table(page).getByRole('row').nth(1).click();
  await expect(page).toHaveURL(/peek=/);
  await world.open(page, `${SEARCH}?conversation=${talk}`);
  await expect(table(page).getByRole('row')).toHaveCount(4);
  await table(page).getByRole('link', { name: talk }).first().click();
  await expect(page).toHaveURL(new RegExp(`/conversations/${talk}`));
});

test('what is typed is looked for as it stands, whatever a database would make of it', async ({ page, context }) => {
  await world.enter(context, 'auditor');
  for (const [text, rows] of [
    [`'"%_`, 1],
    ['%', 1],
    ["' OR 1=1 --", 0],
    ["'); DROP TABLE copy; --", 0],
    ['$1', 0],
  ] as const) {
    await world.open(page, `${SEARCH}?conversation=${talk}&text=${encodeURIComponent(text)}`);
    if (rows === 0) await expect(page.getByText('No match')).toBeVisible();
    else await expect(table(page).getByRole('row')).toHaveCount(rows + 1);
  }
});

test('an administrator, who reads no records, finds none here; nobody asks in a language of their own', async ({ page, context }) => {
  const search = `/api/v1/archive/search?ledger=${world.told.ledger}`;
  await world.enter(context, 'administrator');
  expect((await world.call(page, search)).status).toBe(403);
  await context.clearCookies();
  await world.enter(context, 'auditor');
  const posted = await world.call(page, search, { text: 'alder', agent: world.told.agentName });
  expect([posted.status, (posted.data.rows as unknown[]).length]).toEqual([200, 1]);
  const odd = await world.call(page, search, { sql: 'SELECT 1' });
  expect([odd.status, odd.data.code]).toEqual([422, 'unknown_field']);
});
