import { expect, test } from 'playwright/test';
import { entriesSince, mark } from './access-entries';
import { storeConversation } from './agent';
import { callAs, enterAs } from './people';
import { visit } from './visit';

/** Long ago: what nobody needs at hand any more. */
const LONG_AGO = '2019-05-06T10:00:00.000Z';
const ticket = `T-${Date.now()}`;
const talk = `archived-${Date.now()}`;

test.beforeAll(async () => {
  test.setTimeout(120_000);
  await storeConversation(talk, [
    { action: 'conversation_started', timestamp: LONG_AGO, details: { channel: 'web' }, agent_seq: 1 },
    { action: 'tool_invoked', timestamp: LONG_AGO, details: { tool: 'ehr.read', note: `Ticket ${ticket} '"%_ opened` }, agent_seq: 2 },
    { action: 'conversation_ended', timestamp: LONG_AGO, agent_seq: 3 },
  ]);
  // As soon as a checkpoint covers them and they are counted, a run takes them along.
  await expect
    .poll(
      async () => {
        const asked = await callAs('compliance_officer', '/api/v1/archive/runs', { body: {} });
        const { id } = (await asked.json()) as { id: string };
        const state = async () => {
          const answer = await callAs('compliance_officer', `/api/v1/archive/runs/${id}`);
          return ((await answer.json()) as { state: string }).state;
        };
        await expect.poll(state, { timeout: 60_000 }).toBe('done');
        const found = await callAs('auditor', `/api/v1/archive/search?text=${ticket}`);
        return ((await found.json()) as { rows: unknown[] }).rows.length;
      },
      { timeout: 100_000, intervals: [1_000, 2_000, 5_000] },
    )
    .toBe(1);
});

test('an auditor finds what is archived by a part of a text, sees where it stood, and goes on to the record and the conversation', async ({
  page,
}) => {
  await enterAs(page, 'auditor');
  await visit(page, '/retention/archive/search');
  const from = await mark();
  await page.getByRole('textbox', { name: /Text in details/ }).fill(ticket.toLowerCase());
  await page.getByRole('button', { name: 'Search', exact: true }).click();
  const table = page.getByRole('table', { name: /Archived records/ });
  await expect(table.getByRole('row')).toHaveCount(2);
  await expect(table).toContainText(`details.note: Ticket ${ticket}`);
  await expect(table.locator('mark')).toHaveText(ticket);
  await expect(page.getByRole('status').filter({ hasText: 'Looked into' })).toBeVisible();
  expect((await entriesSince(from)).map(({ action }) => action)).toContain('search_run');
  await table.getByRole('row').nth(1).click();
  await expect(page).toHaveURL(/peek=/);
  await expect(page.getByRole('complementary').or(page.getByRole('dialog')).first()).toContainText(/rchived/);
  await visit(page, `/retention/archive/search?conversation=${talk}`);
  await expect(table.getByRole('row')).toHaveCount(4);
  await table.getByRole('link', { name: talk }).first().click();
  await expect(page).toHaveURL(new RegExp(`/conversations/${talk}`));
  await expect(page.getByText('conversation', { exact: false }).first()).toBeVisible();
});

test('what is typed is looked for as it stands, whatever a database would make of it', async ({ page }) => {
  await enterAs(page, 'auditor');
  for (const [text, rows] of [
    [`'"%_`, 1],
    [`%`, 1],
    [`' OR 1=1 --`, 0],
    [`'); DROP TABLE copy; --`, 0],
    [`$1`, 0],
  ] as const) {
    await visit(page, `/retention/archive/search?conversation=${talk}&text=${encodeURIComponent(text)}`);
    if (rows === 0) await expect(page.getByText('No match')).toBeVisible();
    else await expect(page.getByRole('table', { name: /Archived records/ }).getByRole('row')).toHaveCount(rows + 1);
  }
});

test('an administrator, who reads no records, finds none here', async () => {
  expect((await callAs('administrator', `/api/v1/archive/search?text=${ticket}`)).status).toBe(403);
  const posted = await callAs('auditor', '/api/v1/archive/search', { body: { text: ticket, tool: 'ehr.read' } });
  expect([posted.status, ((await posted.json()) as { rows: unknown[] }).rows.length]).toEqual([200, 1]);
  const odd = await callAs('auditor', '/api/v1/archive/search', { body: { sql: 'SELECT 1' } });
  expect([odd.status, ((await odd.json()) as { code: string }).code]).toEqual([422, 'unknown_field']);
});
