import { randomUUID } from 'node:crypto';
import { expect, type Page, test } from 'playwright/test';
import { post, someRecord, storeConversation } from './agent';
import { origin } from './installation';
import { enterAs } from './people';
import { visit } from './visit';

const tag = randomUUID().slice(0, 8);
/** Conversations of one made-up subject: the lists below are of these alone. */
const subject = `subject-${tag}`;
const ids = ['a', 'b', 'c'].map((letter) => `list-${tag}-${letter}`);

test.beforeAll(async () => {
  for (const id of ids) await storeConversation(id, [{ action: 'conversation_started', subject_id: subject }]);
});
test.beforeEach(async ({ page }) => enterAs(page, 'auditor'));

const panel = (page: Page) => page.getByRole('complementary', { name: 'Conversation', exact: true });
const peeked = (page: Page) => new URL(page.url()).searchParams.get('peek');
const [a, b, c] = ids as [string, string, string];

test('a click opens a row beside the list, J and K step through it, Escape closes, Enter opens the page, back comes back', async ({
  page,
}) => {
  await page.goto(`/conversations?subject=${subject}`);
  // Newest first.
  await expect(page.getByRole('table').getByRole('row')).toHaveCount(4);
  await page.getByRole('row').filter({ hasText: c }).getByRole('cell').last().click();
  await expect(panel(page)).toContainText(c);
  await expect.poll(() => peeked(page)).toBe(c);
  await page.keyboard.press('j');
  await expect(panel(page)).toContainText(b);
  await page.keyboard.press('j');
  await expect(panel(page)).toContainText(a);
  await page.keyboard.press('k');
  await expect(panel(page)).toContainText(b);
  await expect.poll(() => peeked(page)).toBe(b);
  // The address alone brings the same sight back.
  await page.reload();
  await expect(panel(page)).toContainText(b);
  await page.keyboard.press('Escape');
  await expect(panel(page)).toHaveCount(0);
  expect(peeked(page)).toBeNull();
  await page.keyboard.press('Enter');
  await page.waitForURL(`${origin}/conversations/${b}`);
  await page.goBack();
  await expect(page.getByRole('table').getByRole('row')).toHaveCount(4);
  expect(new URL(page.url()).searchParams.get('subject')).toBe(subject);
});

test('filters stand in the address, can be taken off one by one, and the back button brings them back', async ({ page }) => {
  await page.goto('/conversations');
  await page.getByRole('button', { name: 'Filter', exact: true }).click();
  await page.getByLabel('About subject').fill(subject);
  await page.getByRole('combobox', { name: 'State' }).click();
  await page.getByRole('option', { name: 'Open', exact: true }).click();
  await page.getByRole('button', { name: 'Apply' }).click();
  await page.waitForURL((url) => url.searchParams.get('subject') === subject && url.searchParams.get('state') === 'open');
  await expect(page.getByRole('navigation', { name: 'Pages of the list' })).toContainText('3 of 3 conversations');
  await page.getByRole('button', { name: 'Remove filter State' }).click();
  await page.waitForURL((url) => url.searchParams.get('state') === null);
  await page.goBack();
  await page.waitForURL((url) => url.searchParams.get('state') === 'open');
  await expect(page.getByRole('button', { name: 'Remove filter State' })).toBeVisible();
  await page.goBack();
  await page.waitForURL(`${origin}/conversations`);
  await expect(page.getByRole('button', { name: 'Remove filter About subject' })).toHaveCount(0);
});

test('a search stands in the address, says what is wrong with it and where, and finds what all of its terms say', async ({ page }) => {
  await page.goto('/conversations');
  await page.keyboard.press('/');
  const box = page.getByRole('textbox', { name: 'Search conversations' });
  await expect(box).toBeFocused();
  await box.fill(`subject:${subject} agnet:x`);
  await page.keyboard.press('Enter');
  await expect(page.getByText('Did you mean agent:?')).toBeVisible();
  expect(new URL(page.url()).searchParams.get('q')).toBeNull();
  await box.fill(`subject:${subject} -${b}`);
  await page.keyboard.press('Enter');
  await page.waitForURL((url) => url.searchParams.get('q') === `subject:${subject} -${b}`);
  await expect(page.getByRole('table').getByRole('row')).toHaveCount(3);
  await expect(page.getByRole('table')).not.toContainText(b);
  await page.getByRole('button', { name: 'Clear the search' }).click();
  await page.waitForURL((url) => url.searchParams.get('q') === null);
  await page.goto(`/records?q=${encodeURIComponent(`list-${tag} -conversation:${a}`)}`);
  await expect(page.getByRole('table').getByRole('row')).toHaveCount(3);
});

test('what passes no filter, and what cannot be one, are said apart', async ({ page }) => {
  await page.goto('/conversations?subject=nobody-at-all');
  await expect(page.getByText('No conversation passes all of the filters above')).toBeVisible();
  const answer = await page.goto('/records?action=nonsense');
  expect(answer?.status()).toBe(422);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('This address cannot be read');
});

test('older and newer pages skip nothing and repeat nothing, also while records keep arriving', async ({ page }) => {
  const resource = `paging-${tag}`;
  const send = async (count: number) => {
    const batch = Array.from({ length: count }, () => someRecord({ resource_type: 'file', resource_id: resource }));
    const told = (await (await post(batch)).json()) as { items: { seq: string }[] };
    return told.items.map(({ seq }) => Number(seq));
  };
  const had = await send(230);
  const shown = async () => {
    const rows = await page
      .getByRole('table')
      .locator('tbody tr')
      .evaluateAll((all) => all.map((row) => row.id));
    expect(new Set(rows).size).toBe(rows.length);
    const numbers = await page.getByRole('table').locator('tbody tr td:first-child').allTextContents();
    return numbers.map((text) => Number(text.replaceAll(/\D/g, '')));
  };
  await page.goto(`/records?resource_id=${resource}`);
  const seen = await shown();
  expect(seen).toHaveLength(100);
  const late = await send(7);
  for (const rest of [100, 30]) {
    await page.getByRole('link', { name: 'Older' }).click();
    await expect(page.getByRole('navigation', { name: 'Pages of the list' })).toContainText(`${rest} of 237 records`);
    await expect.poll(async () => (await shown())[0]).toBeLessThan(seen.at(-1)!);
    seen.push(...(await shown()));
  }
  expect(seen).toEqual(had.toReversed());
  await expect(page.getByRole('link', { name: 'Older' })).toHaveCount(0);
  const back = (await shown()).toReversed();
  while ((await page.getByRole('link', { name: 'Newer' }).count()) > 0) {
    await page.getByRole('link', { name: 'Newer' }).click();
    await expect.poll(async () => (await shown()).at(-1)).toBeGreaterThan(back.at(-1)!);
    back.push(...(await shown()).toReversed());
  }
  expect(back).toEqual([...had, ...late]);
});

test('the palette leads to a conversation that is typed, to pages and to kinds of records, and reads nothing while one types', async ({
  page,
}) => {
  await visit(page, '/');
  const asked: string[] = [];
  page.on('request', (request) => {
    if (!request.url().includes('/_next/static/')) asked.push(request.url());
  });
  await page.keyboard.press('Control+k');
  await page.getByPlaceholder(/Page, id/).fill(a);
  await expect(page.getByRole('option', { name: `Conversation ${a}`, exact: true })).toBeVisible();
  await page.waitForTimeout(300);
  expect(asked).toEqual([]);
  await page.keyboard.press('Enter');
  await page.waitForURL(`${origin}/conversations/${a}`);
  await page.keyboard.press('Control+k');
  await page.getByPlaceholder(/Page, id/).fill('integrity');
  await page.getByRole('option', { name: /^Integrity/ }).click();
  await page.waitForURL(`${origin}/integrity`);
});

test('? lists the keys, and g with a letter goes to a page', async ({ page }) => {
  await visit(page, '/');
  await page.keyboard.press('Shift+?');
  const keys = page.getByRole('dialog', { name: 'Keyboard' });
  await expect(keys).toContainText('Next row');
  await page.keyboard.press('Escape');
  await expect(keys).toHaveCount(0);
  await page.keyboard.press('g');
  await page.keyboard.press('r');
  await page.waitForURL(`${origin}/records`);
});

test('the chosen columns are kept in this browser, and travel in the address', async ({ page, browser }) => {
  await page.goto('/conversations');
  const head = (name: string) => page.getByRole('columnheader', { name, exact: true });
  await expect(head('Agent')).toBeVisible();
  await page.getByRole('button', { name: 'Columns' }).click();
  await page.getByRole('menuitemcheckbox', { name: 'Agent' }).click();
  await expect(head('Agent')).toHaveCount(0);
  await page.waitForURL(/cols=/);
  const address = page.url();
  await page.goto('/conversations');
  await expect(head('Conversation')).toBeVisible();
  await expect(head('Agent')).toHaveCount(0);
  const other = await browser.newContext({ baseURL: origin });
  const elsewhere = await other.newPage();
  await enterAs(elsewhere, 'auditor');
  await elsewhere.goto(address);
  await expect(elsewhere.getByRole('columnheader', { name: 'Conversation', exact: true })).toBeVisible();
  await expect(elsewhere.getByRole('columnheader', { name: 'Agent', exact: true })).toHaveCount(0);
  await other.close();
});
