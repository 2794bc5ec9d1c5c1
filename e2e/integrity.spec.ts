import type pg from 'pg';
import { expect, type Page, test } from 'playwright/test';
import { type Receipt, storeConversation } from './agent';
import { superuser } from './database';
import { callAs, enterAs } from './people';
import { holding, rehash, tampered } from './tamper';
import { visit } from './visit';

/** Eight entries of our own, with eight of another conversation behind them. */
let entries: Receipt[];
let talk: string;

test.beforeAll(async () => {
  talk = `sealed-${Date.now()}`;
  const record = (i: number) => ({
    resource_type: 'patient_record',
    resource_id: `P-${i}`,
    details: { note: `line ${i}` },
    agent_seq: i + 1,
  });
  entries = await storeConversation(
    talk,
    Array.from({ length: 8 }, (_, i) => record(i)),
  );
  await storeConversation(
    `${talk}-after`,
    Array.from({ length: 8 }, (_, i) => record(i)),
  );
});
test.beforeEach(async ({ page }) => enterAs(page, 'auditor'));

const words = (seq: number) => `#${seq.toLocaleString('en')}`;
const at = (i: number) => Number(entries[i]!.seq);
const line = (page: Page) => page.locator('[data-integrity]').first();
const underWay = (page: Page) => page.getByRole('region', { name: 'Run under way' });

/** Runs a verification of the whole ledger from its page, and waits for the verdict. */
async function run(page: Page): Promise<string> {
  await visit(page, '/integrity');
  await page.getByRole('button', { name: 'Verify', exact: true }).click();
  await expect(page.getByRole('heading', { name: 'The run that you watched' })).toBeVisible({ timeout: 20_000 });
  return (await underWay(page).locator('[aria-live]').textContent()) ?? '';
}

const SCREENS = () => [
  '/',
  '/conversations',
  `/conversations/${talk}`,
  '/records',
  `/records/${entries[7]!.id}`,
  '/integrity',
  '/settings/account',
];

test('a whole ledger is verified in the browser: progress while it works, then the verdict, and the line on every screen', async ({
  page,
}) => {
  await visit(page, '/integrity');
  // A run of some thousand records is over in a moment: what it reads is held back, first all of it, then only the last step.
  await holding('records', async (letGo) => {
    await page.getByRole('button', { name: 'Verify', exact: true }).click();
    await expect(underWay(page)).toContainText('Checked 0 records so far', { timeout: 15_000 });
    await holding('conversations', async () => {
      await letGo();
      await expect(underWay(page)).toContainText(/Checked ([1-9][\d,]+) of \1 records/, { timeout: 15_000 });
      const bar = underWay(page).getByRole('progressbar', { name: 'Verification of Whole ledger' });
      await expect(bar).toHaveAttribute('aria-valuenow', '100');
      await expect(underWay(page)).toContainText(/[\d,]+ records a second .* goes on if you leave/);
      // Closing the tab loses nothing: the run is found where one looks for it.
      await page.goto('/settings/account');
    });
  });
  await page.goto('/integrity');
  await expect(
    page
      .getByRole('table', { name: /Verification runs/ })
      .getByRole('row')
      .nth(1),
  ).toContainText(/Verified: ([\d,]+) of \1 records match their seal/, { timeout: 15_000 });
  for (const path of SCREENS()) {
    await page.goto(path);
    await expect(line(page), path).toHaveAttribute('data-integrity', 'verified');
    await expect(line(page), path).toContainText(/Verified to #[\d,]+/);
  }
});

test('a run that is cancelled stops, keeps no verdict, and leaves the line as it was', async ({ page }) => {
  await visit(page, '/integrity');
  const before = await line(page).getAttribute('data-integrity');
  await holding('records', async (letGo) => {
    await page.getByRole('button', { name: 'Verify', exact: true }).click();
    await expect(underWay(page)).toContainText('Checked 0 records so far', { timeout: 15_000 });
    const heard = page.waitForResponse(/\/cancel\?/);
    await underWay(page).getByRole('button', { name: 'Cancel' }).click();
    expect((await heard).status()).toBe(200);
    // A run asks once a second whether it is to stop.
    await page.waitForTimeout(1_500);
    await letGo();
    await expect(underWay(page)).toContainText('Cancelled after 0 records; nothing is said about the rest', { timeout: 15_000 });
  });
  await page.goto('/integrity');
  await expect(
    page
      .getByRole('table', { name: /Verification runs/ })
      .getByRole('row')
      .nth(1),
  ).toContainText('Cancelled');
  expect(await line(page).getAttribute('data-integrity')).toBe(before);
});

test('a range and one conversation can be verified by themselves, and say only what they covered', async ({ page }) => {
  await visit(page, '/integrity');
  await page.getByRole('combobox', { name: 'Check' }).click();
  await page.getByRole('option', { name: 'A range of numbers' }).click();
  await page.getByLabel('From number').fill(words(at(0)));
  await page.getByLabel('To number').fill(words(at(7)));
  await page.getByRole('button', { name: 'Verify', exact: true }).click();
  await expect(underWay(page)).toContainText('Verified: 8 of 8 records match their seal', { timeout: 15_000 });
  await page.getByLabel('From number').fill('9');
  await page.getByLabel('To number').fill('3');
  await page.getByRole('button', { name: 'Verify', exact: true }).click();
  await expect(page.getByText('Give two numbers, the smaller one first.')).toBeVisible();
});

type Change = (client: pg.Client, ledger: number) => Promise<unknown>;
const edit =
  (table: string, i: number, change: string): Change =>
  (client, ledger) =>
    client.query(`UPDATE ${table} SET ${change} WHERE ledger_id = ${ledger} AND seq = ${at(i)}`);
const newBody = "body = convert_to(replace(convert_from(body, 'UTF8'), 'line 2', 'line X'), 'UTF8')";

interface Tampering {
  what: string;
  change: Change;
  /** Places in `entries`, and the code that each is found under. */
  found: [place: number, code: string][];
  /** Found besides, at each checkpoint that signed what was there before: how many there are depends on when they were signed. */
  besides?: string;
  verdict?: RegExp;
}

const TAMPERINGS: Tampering[] = [
  { what: 'edits a body', change: edit('records', 2, newBody), found: [[2, 'body_altered']] },
  { what: 'edits a column', change: edit('records', 3, "resource_id = 'P-99'"), found: [[3, 'projection_altered']] },
  {
    what: 'edits a header',
    change: edit('entries', 4, 'received_at_us = received_at_us - 1000000'),
    found: [
      [4, 'hash_mismatch'],
      [4, 'time_reversed'],
    ],
  },
  {
    what: 'deletes a record',
    change: (client, ledger) => client.query(`DELETE FROM records WHERE ledger_id = ${ledger} AND seq = ${at(5)}`),
    found: [[5, 'body_missing']],
    verdict: /^Incomplete: 1 break; [\d,]+ of [\d,]+ records were there to check$/,
  },
  {
    what: 'swaps two bodies',
    change: (client, ledger) =>
      client.query(
        `UPDATE records r SET body = o.body FROM records o WHERE r.ledger_id = ${ledger} AND o.ledger_id = ${ledger} AND (r.seq, o.seq) IN ((${at(1)}, ${at(2)}), (${at(2)}, ${at(1)}))`,
      ),
    found: [
      [1, 'body_altered'],
      [2, 'body_altered'],
    ],
  },
  {
    what: 'edits a body and re-hashes a part of the chain',
    change: async (client, ledger) => {
      await edit('records', 2, newBody)(client, ledger);
      await rehash(client, ledger, at(2), at(5));
    },
    // What was made anew agrees with itself; where it ends, the next entry does not follow from it.
    found: [[6, 'link_broken']],
    besides: 'root_mismatch',
  },
];

for (const { what, change, found, besides, verdict } of TAMPERINGS) {
  test(`an administrator of the database who ${what} is found, named and placed, and every screen says so until all is as it was`, async ({
    page,
  }) => {
    const [first] = found;
    await tampered({ from: at(0), to: at(7) }, change, async () => {
      const said = await run(page);
      const count = besides === undefined ? String(found.length) : '[\\d,]+';
      expect(said).toMatch(verdict ?? new RegExp(`^Broken at ${words(at(first![0]))}: ${count} breaks? in [\\d,]+ records$`));
      const rows = underWay(page).getByRole('table').locator('tbody tr');
      if (besides === undefined) await expect(rows).toHaveCount(found.length);
      else await expect(rows.filter({ hasText: besides }).first()).toBeVisible();
      for (const [i, [place, code]] of found.entries()) {
        await expect(rows.nth(i)).toContainText(code);
        const link = rows.nth(i).getByRole('link', { name: words(at(place)) });
        await expect(link).toHaveAttribute('href', `/records/${entries[place]!.id}`);
      }
      for (const path of SCREENS()) {
        const text = await (await callAs('auditor', path)).text();
        expect(text, path).toContain('data-integrity="broken"');
        expect(text, path).toContain(`Broken at ${words(at(first![0]))}`);
      }
      await rows.first().getByRole('link').click();
      await expect(page.getByRole('heading', { level: 1, name: `Record ${words(at(first![0]))}` })).toBeVisible();
      await expect(line(page)).toHaveAttribute('data-integrity', 'broken');
    });
    expect(await run(page)).toMatch(/^Verified: ([\d,]+) of \1 records match their seal$/);
    await expect(line(page)).toHaveAttribute('data-integrity', 'verified');
  });
}

test('whoever opens the record that was tampered with sees, computed in the own browser, that it does not match', async ({ page }) => {
  await tampered({ from: at(2), to: at(2) }, edit('records', 2, newBody), async () => {
    await visit(page, `/records/${entries[2]!.id}`);
    await expect(page.getByText('The stored bytes do not match their hash')).toBeVisible();
    await expect(page.getByText('It follows from the entry before it')).toBeVisible();
  });
  await page.reload();
  await expect(page.getByText('The stored bytes match their hash')).toBeVisible();
});

test('the database refuses what the screens never offer: no role of the product updates, deletes or truncates', async () => {
  for (const statement of [
    'UPDATE entries SET seq = seq',
    'DELETE FROM records',
    'TRUNCATE entries, records',
    "UPDATE ledgers SET name = ''",
  ]) {
    await expect(past(statement), statement).rejects.toThrow(/permission denied|this table only grows/);
  }
});

/** As the superuser, with the triggers as they are. */
async function past(statement: string): Promise<void> {
  await superuser(async (client) => {
    await client.query('BEGIN');
    await client.query(statement);
    await client.query('ROLLBACK');
  });
}
