import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'playwright/test';
import { entriesSince, mark } from './access-entries';
import { origin } from './installation';
import { enterAs, giveSession, sessionOf } from './people';

/** Another site: its page leads to an address of ours, by a link or by itself. */
let elsewhere: Server;
let site: string;
test.beforeAll(async () => {
  elsewhere = createServer((request, response) => {
    const to = origin + new URL(request.url ?? '/', 'http://x').searchParams.get('to');
    const byItself = request.url?.startsWith('/script') === true;
    response.setHeader('Content-Type', 'text/html');
    response.end(byItself ? `<script>location = ${JSON.stringify(to)}</script>` : `<a href="${to}">a link</a>`);
  });
  await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve));
  site = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}`;
});
test.afterAll(() => new Promise((resolve) => elsewhere.close(resolve)));

for (const how of ['link', 'script']) {
  test(`a page that another site opens (${how}) is asked about first: recorded is what the reader goes on to, and no more`, async ({
    page,
  }) => {
    await enterAs(page, 'auditor');
    const before = await mark();
    await page.goto(`${site}/${how}?to=${encodeURIComponent('/records?action=tool_invoked')}`);
    if (how === 'link') await page.getByRole('link', { name: 'a link' }).click();
    await expect(page.getByRole('heading', { level: 1, name: 'You come from another site' })).toBeVisible();
    await page.waitForLoadState('networkidle');
    expect(page.url()).toBe(`${origin}/records?action=tool_invoked`);
    expect(await entriesSince(before)).toEqual([]);
    await page.getByRole('link', { name: 'Continue' }).click();
    await expect(page.getByRole('heading', { level: 1, name: 'Records' })).toBeVisible();
    await page.waitForLoadState('networkidle');
    expect(await entriesSince(before)).toHaveLength(1);
    // From here on it is an address like any other: coming back to it asks nothing.
    await page.reload({ waitUntil: 'networkidle' });
    await expect(page.getByRole('heading', { level: 1, name: 'Records' })).toBeVisible();
  });
}

test('another site reads nothing from the API either, and what it tried is recorded as refused', async ({ browser }) => {
  const context = await browser.newContext();
  await giveSession(context, await sessionOf('auditor'));
  const page = await context.newPage();
  const before = await mark();
  await page.goto(`${site}/link?to=${encodeURIComponent('/api/v1/records')}`);
  await page.getByRole('link', { name: 'a link' }).click();
  await expect(page.locator('body')).toContainText('origin_mismatch');
  const entries = await entriesSince(before);
  expect(entries.map(({ action, outcome }) => ({ action, outcome }))).toEqual([{ action: 'access_denied', outcome: 'denied' }]);
  await context.close();
});

test('whoever is not signed in is led to the sign-in as ever', async ({ page }) => {
  await page.goto(`${site}/link?to=/integrity`);
  await page.getByRole('link', { name: 'a link' }).click();
  await page.waitForURL(/\/sign-in\?then=%2Fintegrity/);
});
