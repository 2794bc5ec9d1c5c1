import { expect, type Page, test } from 'playwright/test';
import { entriesSince, mark } from './access-entries';
import { type Receipt, storeConversation } from './agent';
import { accountOf, installation, ONE_CALL, origin } from './installation';
import { callAs, enterAs } from './people';
import { visit } from './visit';

const now = Date.now();
const talk = `sought-${now}`;
const tool = `search${now}.read`;
let records: Receipt[];

test.beforeAll(async () => {
  records = await storeConversation(talk, [
    { action: 'conversation_started', actor_type: 'user', actor_id: `ada-${now}`, agent_seq: 1 },
    { details: { tool, model: `m-${now}` }, subject_id: `S-${now}`, outcome: 'denied', agent_seq: 2 },
    {
      action: 'data_accessed',
      resource_type: 'file',
      resource_id: `F-${now}`,
      domains: [`d${now}`],
      data_classification: 'confidential',
      agent_seq: 3,
    },
    {
      action: 'agent_response_generated',
      content: [{ part: 'response', text: `Write to ada.lovelace@example.com about zirconium${now}.` }],
      agent_seq: 4,
    },
    { action: 'conversation_ended', agent_seq: 5 },
  ]);
});
test.beforeEach(async ({ page }) => enterAs(page, 'auditor'));

const box = (page: Page) => page.getByRole('textbox', { name: 'Search records' });
const found = (page: Page) =>
  page
    .getByRole('table')
    .locator('tbody tr')
    .evaluateAll((rows) => rows.map((row) => row.id.replace('row-', '')));

async function search(page: Page, text: string): Promise<void> {
  await box(page).fill(text);
  await page.keyboard.press('Enter');
  await page.waitForURL((url) => url.searchParams.get('q') === text);
  await expect(page.locator('form[aria-busy]')).toHaveCount(0);
}

/** Places of our five records, newest first, as the list has them. */
const QUERIES: [text: string, places: number[]][] = [
  [`conversation:${talk}`, [4, 3, 2, 1, 0]],
  [`tool:${tool}`, [1]],
  [`model:m-${now}`, [1]],
  [`actor:ada-${now}`, [0]],
  [`subject:S-${now}`, [1]],
  [`resource:file/F-${now}`, [2]],
  [`resource:F-${now}`, [2]],
  [`domain:d${now}`, [2]],
  [`conversation:${talk} class:confidential`, [2]],
  [`conversation:${talk} outcome:denied`, [1]],
  [`conversation:${talk} action:conversation_ended`, [4]],
  [`conversation:${talk} has:phi`, [3]],
  [`conversation:${talk} -has:phi -action:conversation_started`, [4, 2, 1]],
  [`conversation:"${talk}" -tool:${tool} -class:confidential -has:phi`, [4, 0]],
  [`conversation:${talk} after:2020-01-01 before:2120-01-01T00:00Z`, [4, 3, 2, 1, 0]],
  [`conversation:${talk} before:2020-01-01`, []],
  [`F-${now}`, [2]],
];

test('each kind of term finds what it says and nothing else, alone and together with others', async ({ page }) => {
  await visit(page, '/records');
  const ids = new Map(records.map(({ id }, place) => [id, place]));
  for (const [text, places] of QUERIES) {
    await search(page, text);
    if (places.length === 0) await expect(page.getByText('No record passes the search and all of the filters above')).toBeVisible();
    else await expect.poll(async () => (await found(page)).map((id) => ids.get(id) ?? id), { message: text }).toEqual(places);
  }
});

test('what is wrong with a search is said at its place, and nothing is asked; by the address and the API it is refused', async ({
  page,
}) => {
  await visit(page, '/records');
  const from = await mark();
  for (const [text, at, say] of [
    [`agnet:x tool:${tool}`, 'agnet:x', 'Did you mean agent:?'],
    [`tool:${tool} class:secret`, 'class:secret', 'public, internal, confidential'],
    [`tool:${tool} before:soon`, 'before:soon', ''],
    [`tool:${tool} -`, '-', 'There is nothing behind the minus sign.'],
    [`tool:"${tool}`, `tool:"${tool}`, 'The quote that begins here is not closed.'],
  ] as const) {
    await box(page).fill(text);
    await page.keyboard.press('Enter');
    const told = page.getByRole('main').getByRole('alert');
    await expect(told, text).toContainText(say);
    expect(await told.locator('bdi').textContent(), text).toBe(at);
    expect(new URL(page.url()).searchParams.get('q')).toBeNull();
  }
  expect(await entriesSince(from)).toEqual([]);
  const answer = await page.goto(`/records?q=${encodeURIComponent('agnet:x')}`);
  expect(answer?.status()).toBe(422);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('This search cannot be read');
  const api = await callAs('auditor', `/api/v1/search?q=${encodeURIComponent('tool:x agnet:x')}`);
  expect(api.status).toBe(422);
  const told = (await api.json()) as { code: string };
  expect(told.code).toBe('query_invalid');
  expect(JSON.stringify(told)).toContain('agent:');
});

test('a search is an entry of the access log, as it was typed', async ({ page }) => {
  await visit(page, '/records');
  const from = await mark();
  await search(page, `tool:${tool} -class:public`);
  await expect.poll(() => found(page)).toHaveLength(1);
  const [entry] = await entriesSince(from);
  expect(entry).toMatchObject({
    action: 'search_run',
    actor_id: accountOf('auditor').email,
    details: { filters: { q: `tool:${tool} -class:public` } },
  });
});

test.describe('what was said', () => {
  async function index(on: boolean): Promise<void> {
    const { version } = (await (await callAs('compliance_officer', '/api/v1/settings/content')).json()) as { version: number };
    const saved = await callAs('compliance_officer', '/api/v1/settings/content', {
      method: 'PATCH',
      body: { if_version: version, blind_index: on },
    });
    expect(saved.status, await saved.text()).toBe(200);
  }
  test.afterAll(() => index(false));

  test('is searched nowhere until a compliance officer switches that on; the page where it is done says what it gives away', async ({
    page,
  }) => {
    const answer = await page.goto(`/records?q=said:zirconium${now}`);
    expect(answer?.status()).toBe(409);
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('This ledger keeps no index of words');
    await enterAs(page, 'compliance_officer');
    await visit(page, '/settings/content');
    await expect(page.getByRole('main')).toContainText('can test which records hold a word that they guess');
    const from = await mark();
    await page.getByRole('checkbox', { name: 'Keep an index of words' }).click();
    await page.getByRole('button', { name: 'Save' }).click();
    await expect(page.getByText('Saved.')).toBeVisible();
    expect((await entriesSince(from)).map(({ action }) => action)).toContain('policy_changed');
    await enterAs(page, 'auditor');
    await expect
      .poll(
        async () => {
          await visit(page, `/records?q=said:zirconium${now}`);
          return found(page);
        },
        { timeout: 40_000 },
      )
      .toEqual([records[3]!.id]);
    // What is found is where it was said; what was said stays sealed.
    expect(await page.getByRole('table').textContent()).not.toContain('zirconium');
  });

  test('is searched by whole words that must all be there, and each search is recorded, identifiers in it by their kind alone', async ({
    page,
  }) => {
    await index(true);
    await expect
      .poll(
        async () => {
          await visit(page, `/records?q=said:zirconium${now}`);
          return (await found(page)).length;
        },
        { timeout: 40_000 },
      )
      .toBe(1);
    for (const [text, count] of [
      [`said:"zirconium${now} write"`, 1],
      [`said:"zirconium${now} nowhere${now}"`, 0],
      [`said:zirconium${String(now).slice(0, -2)}`, 0],
    ] as const) {
      await search(page, text);
      await expect.poll(() => found(page), text).toHaveLength(count);
    }
    const from = await mark();
    await search(page, 'said:"ada.lovelace@example.com zirconium"');
    await expect.poll(async () => (await entriesSince(from)).length).toBe(1);
    const [entry] = await entriesSince(from);
    expect(entry).toMatchObject({ action: 'search_run', details: { filters: { q: 'said:"[email] zirconium"' } } });
    expect(JSON.stringify(entry?.details)).not.toContain('lovelace');
  });

  test('is not searched by who may not open it, nor by a key; that it was tried is recorded', async () => {
    const q = encodeURIComponent(`said:zirconium${now}`);
    for (const address of [`/records?q=${q}`, `/api/v1/search?q=${q}`, `/api/v1/records?q=${q}`]) {
      const answer = await callAs('administrator', address);
      expect(answer.status, address).toBe(403);
    }
    const issued = await callAs('administrator', '/api/v1/settings/keys', {
      body: { ledger: installation.ledger, name: 'Searches words?', kind: 'read' },
    });
    const { secret } = (await issued.json()) as { secret: string };
    const from = await mark();
    for (const [address, status] of [
      [`/api/v1/search?q=${q}`, 403],
      [`/api/v1/records?q=${q}`, 403],
      [`/api/v1/search?q=tool:${tool}`, 200],
    ] as const) {
      const answer = await fetch(origin + address, { headers: { ...ONE_CALL, authorization: `Bearer ${secret}` } });
      expect(answer.status, address).toBe(status);
      if (status === 403) expect(await answer.text()).not.toContain(records[3]!.id);
    }
    expect((await entriesSince(from)).map(({ action }) => action)).toEqual(['access_denied', 'access_denied', 'search_run']);
  });
});
