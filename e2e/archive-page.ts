import { expect, type Page } from 'playwright/test';
import type { ArchiveWorld } from './archive-world';
import { choose } from './spoken';

/** The archive's page, and what other pages say of what came from there. */
export const ARCHIVE = '/retention/archive';
export const DONE = { timeout: 60_000 };

export const preview = (page: Page) => page.getByRole('region', { name: 'Preview' });
export const run = (page: Page) => page.locator('[data-run]').first();
export const marks = (page: Page, state: string) => page.locator(`[data-archived=${state}]`);
export const fromArchive = (page: Page) => page.getByRole('region', { name: 'From the archive' });
export const transcript = (page: Page) => page.getByRole('list', { name: /^Transcript/ });
export const objects = (page: Page) => page.getByRole('table', { name: 'Archive objects, newest first' });

/** Looks what would go, and starts it. @param only the name of a policy that is on */
export async function begin(world: ArchiveWorld, page: Page, only?: string): Promise<void> {
  await world.open(page, ARCHIVE);
  if (only !== undefined) await choose(page, 'What', `Only what ${only} applies to`);
  await page.getByRole('button', { name: 'Preview', exact: true }).click();
  await expect(preview(page)).toBeVisible(DONE);
  await page.getByRole('button', { name: /^Archive [\d,]+ records?…$/ }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Start archival' }).click();
  await expect(run(page)).toBeVisible();
}

export const ended = (page: Page, state: string) => expect(run(page)).toHaveAttribute('data-run', state, DONE);

/** Verifies the whole ledger, what is archived fetched with it. */
export async function verifyAll(world: ArchiveWorld, page: Page): Promise<void> {
  await world.open(page, '/integrity');
  await page.getByRole('checkbox', { name: /archive/i }).click();
  await page.getByRole('button', { name: 'Verify', exact: true }).click();
  await expect(page.getByRole('heading', { name: 'The run that you watched' })).toBeVisible(DONE);
}
