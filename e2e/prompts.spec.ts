import { expect, type Page, test } from 'playwright/test';
import { entriesSince, mark } from './access-entries';
import { type Receipt, storeConversation } from './agent';
import { accountOf, installation } from './installation';
import { callAs, enterAs } from './people';
import { choose } from './spoken';
import { visit } from './visit';

const now = Date.now();
const [first, second] = [`v${now}.1`, `v${now}.2`];
const secret = `saffron${now}`;
const SAME = Array.from({ length: 12 }, (_, i) => `Rule ${i + 1}: be plain.`).join('\n');
const OLD = `You are a nurse.\n${SAME}\nNever say ${secret}.`;
const NEW = `You are a careful nurse.\n${SAME}\nNever say ${secret} or bidi \u202e here.\nAsk before you act.`;
let changes: Receipt[];

const prompt = (version: string, text: string, details: Record<string, unknown>) => ({
  action: 'prompt_changed',
  details: { version, ...details },
  content: [{ part: 'prompt', text }],
});

test.beforeAll(async () => {
  const talk = `prompts-${now}`;
  const details = { previous_version: 'v0', author: 'A. Writer', approver: 'T. Lindqvist', ticket: 'CHG-1' };
  changes = await storeConversation(talk, [prompt(first, OLD, details)]);
  // So that there is a moment between the two.
  await new Promise((resolve) => setTimeout(resolve, 200));
  changes.push(...(await storeConversation(talk, [prompt(second, NEW, { previous_version: first, author: 'A. Writer' })])));
});
test.beforeEach(async ({ page }) => enterAs(page, 'auditor'));

const AGENT = `/prompts/${installation.agentName}`;
const change = (page: Page, version: string) =>
  page
    .getByRole('main')
    .locator('ol > li')
    .filter({ hasText: `Prompt, version ${version}` });

test('each version of a prompt stands with who wrote it, who approved it or that nobody did, the ticket, and what it was before', async ({
  page,
}) => {
  await visit(page, '/prompts');
  const row = page.getByRole('row').filter({ hasText: installation.agentName });
  await expect(row).toContainText(second);
  await row.getByRole('link', { name: installation.agentName }).click();
  await page.waitForURL((url) => url.pathname === AGENT);
  await expect(page.getByRole('main')).toContainText(`Prompt version ${second}`);
  await expect(change(page, first)).toContainText('CHG-1');
  for (const words of ['A. Writer', 'T. Lindqvist', 'v0']) await expect(change(page, first)).toContainText(words);
  await expect(change(page, second)).toContainText(`Before${first}`);
  await expect(change(page, second)).toContainText('no approver recorded');
  // Their texts are nowhere until somebody opens them.
  expect(await page.content()).not.toContain(secret);
  // As of a moment before the second one the first was in force.
  const read = (await (await callAs('auditor', `/api/v1/records/${changes[1]!.id}`)).json()) as { entry: { received_at: string } };
  const before = new Date(Date.parse(read.entry.received_at) - 100).toISOString();
  await visit(page, `${AGENT}?at=${encodeURIComponent(before)}`);
  await expect(page.getByRole('main')).toContainText(`Prompt version ${first}`);
  await expect(change(page, first)).toHaveCount(1);
  await expect(change(page, second)).toHaveCount(0);
});

test('two versions are laid side by side only once they are revealed with a purpose, each look recorded, and are gone with the dialog', async ({
  page,
}) => {
  await visit(page, AGENT);
  await expect(page.getByRole('button', { name: 'Compare two texts' })).toBeDisabled();
  for (const version of [first, second]) await change(page, version).getByRole('checkbox', { name: 'Compare' }).click();
  await page.getByRole('button', { name: 'Compare two texts' }).click();
  const dialog = page.getByRole('dialog', { name: `Prompt version ${first} and version ${second}` });
  const from = await mark();
  await dialog.getByRole('button', { name: 'Reveal and compare' }).click();
  await expect(dialog).toContainText('Choose a purpose');
  await expect(dialog.getByRole('table')).toHaveCount(0);
  expect(await entriesSince(from)).toEqual([]);
  await choose(dialog, 'Purpose of use', 'Quality review');
  await dialog.getByRole('button', { name: 'Reveal and compare' }).click();
  const table = dialog.getByRole('table', { name: `version ${first} and version ${second}, side by side` });
  await expect(table.getByRole('columnheader')).toHaveText([`version ${first}`, `version ${second}`]);
  await expect(table.locator('ins').first()).toHaveText(/careful/);
  await expect(table).toContainText(`Never say ${secret}.`);
  await expect(table.getByRole('row').filter({ hasText: 'Ask before you act.' })).toContainText('added:');
  await expect(table).toContainText('lines are the same');
  await expect(table.locator('.marker')).toHaveText(['U+202E']);
  const made = await entriesSince(from);
  expect(made.map(({ action, actor_id, details }) => [action, actor_id, details.record])).toEqual(
    [changes[0]!, changes[1]!].map(({ id }) => ['content_revealed', accountOf('auditor').email, id]),
  );
  await page.keyboard.press('Escape');
  await expect(dialog).toHaveCount(0);
  expect(await page.content()).not.toContain(secret);
});

test('a response says which prompt was in force for it, and where the agent reports another', async ({ page }) => {
  const talk = `in-force-${now}`;
  await storeConversation(talk, [
    { action: 'agent_response_generated', details: { length: 10, prompt_version: second } },
    { action: 'agent_response_generated', details: { length: 10, prompt_version: first } },
  ]);
  await visit(page, `/conversations/${talk}`);
  const since = `In force: prompt ${second} (since #${Number(changes[1]!.seq).toLocaleString('en')})`;
  await expect(page.getByText(since)).toHaveCount(2);
  await expect(page.getByText(/^The agent reports prompt/)).toHaveText([`The agent reports prompt ${first}`]);
});
