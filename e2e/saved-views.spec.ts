import { expect, test } from 'playwright/test';
import { VIEW_SCREENS } from '@/lib/schema/settings';
import { storeConversation } from './agent';
import { origin } from './installation';
import { newPerson } from './new-person';
import { callAs, giveSession, newSession } from './people';
import { visit } from './visit';

test('a view keeps filters and columns under a name, for the person who saved it alone, until it is deleted', async ({ page }) => {
  const subject = `viewed-${Date.now()}`;
  await storeConversation(`talk-${subject}`, [{ action: 'conversation_started', subject_id: subject }]);
  const person = await newPerson('auditor');
  await giveSession(page.context(), await newSession(person.email, person.password));
  await visit(page, `/conversations?subject=${subject}&cols=first,id&peek=talk-${subject}`);
  await page.getByRole('button', { name: 'Views' }).click();
  await expect(page.getByText('No saved views yet')).toBeVisible();
  await page.getByRole('menuitem', { name: 'Save this view…' }).click();
  await page.getByLabel('Name').fill('Mine alone');
  const saved = page.waitForResponse((response) => response.url().endsWith('/api/v1/account/views'));
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  const { id } = (await (await saved).json()) as { id: string };
  await visit(page, '/conversations');
  await page.getByRole('button', { name: 'Views' }).click();
  await page.getByRole('menuitem', { name: 'Mine alone' }).click();
  await page.waitForURL((url) => url.searchParams.get('subject') === subject);
  expect(new URL(page.url()).search).toBe(`?cols=first%2Cid&subject=${subject}`);
  await expect(page.getByRole('columnheader')).toHaveText(['Begun', 'Conversation']);
  await expect(page.getByRole('table').getByRole('row')).toHaveCount(2);

  const others = await (await callAs('auditor', '/conversations')).text();
  expect(others).not.toContain('Mine alone');
  const path = `/api/v1/account/views/${id}`;
  expect((await callAs('auditor', path, { method: 'DELETE' })).status).toBe(404);
  await page.getByRole('button', { name: 'Views' }).click();
  await page.getByRole('button', { name: 'Delete view Mine alone' }).click();
  await expect(page.getByText('No saved views yet')).toBeVisible();
  await visit(page, `${origin}/conversations`);
  await page.getByRole('button', { name: 'Views' }).click();
  await expect(page.getByText('No saved views yet')).toBeVisible();
});

for (const screen of VIEW_SCREENS) {
  test(`views of ${screen} can be saved where they are looked at`, async ({ page }) => {
    const person = await newPerson('compliance_officer');
    await giveSession(page.context(), await newSession(person.email, person.password));
    await visit(page, screen);
    await page.getByRole('button', { name: 'Views' }).click();
    await page.getByRole('menuitem', { name: 'Save this view…' }).click();
    await page.getByLabel('Name').fill('Of this list');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await expect(page.getByRole('dialog')).toHaveCount(0);
    await page.getByRole('button', { name: 'Views' }).click();
    await expect(page.getByRole('menuitem', { name: 'Of this list' })).toBeVisible();
  });
}
