import http from 'node:http';
import { expect, test } from 'playwright/test';
import { type AccessEntry, entriesSince, mark } from './access-entries';
import { storeConversation } from './agent';
import { ledgerId, superuser } from './database';
import { accountOf, installation, origin } from './installation';
import { asCookie, callAs, enterAs, sessionOf, trySignIn } from './people';
import { visit } from './visit';

const auditor = accountOf('auditor');
let talk: string;
let recordId: string;
let runId: string;

test.beforeAll(async () => {
  talk = `looked-at-${Date.now()}`;
  const [first] = await storeConversation(talk, [{ action: 'conversation_started' }, { action: 'conversation_ended' }]);
  recordId = first!.id;
  const run = await callAs('auditor', '/api/v1/verifications', { body: { scope: { kind: 'range', from: '0', to: '0' } } });
  runId = ((await run.json()) as { id: string }).id;
});

interface Screen {
  name: string;
  path: () => string;
  screen: string;
  action: string;
  details?: Record<string, unknown>;
  resource?: () => { type: string; id: string };
}

const SCREENS: Screen[] = [
  { name: 'overview', path: () => '/', screen: '/', action: 'screen_viewed' },
  { name: 'conversations', path: () => '/conversations', screen: '/conversations', action: 'screen_viewed' },
  {
    name: 'conversations, filtered',
    path: () => '/conversations?agent=my-agent&state=open',
    screen: '/conversations',
    action: 'search_run',
    details: { filters: { agent: 'my-agent', state: 'open' } },
  },
  {
    name: 'a conversation',
    path: () => `/conversations/${talk}`,
    screen: '/conversations/[id]',
    action: 'record_viewed',
    resource: () => ({ type: 'conversation', id: talk }),
  },
  { name: 'records', path: () => '/records', screen: '/records', action: 'screen_viewed' },
  {
    name: 'records, filtered and paged',
    path: () => '/records?action=tool_invoked&outcome=denied&older=2000',
    screen: '/records',
    action: 'search_run',
    details: { filters: { action: 'tool_invoked', outcome: 'denied' }, older: '2000' },
  },
  {
    name: 'a record',
    path: () => `/records/${recordId}`,
    screen: '/records/[id]',
    action: 'record_viewed',
    resource: () => ({ type: 'record', id: recordId }),
  },
  { name: 'integrity', path: () => '/integrity', screen: '/integrity', action: 'screen_viewed' },
  { name: 'a verification', path: () => `/integrity/${runId}`, screen: '/integrity/[id]', action: 'screen_viewed' },
  { name: 'prompts', path: () => '/prompts', screen: '/prompts', action: 'screen_viewed' },
  {
    name: 'the prompts of an agent',
    path: () => `/prompts/${installation.agentName}`,
    screen: '/prompts/[agent]',
    action: 'record_viewed',
    resource: () => ({ type: 'agent', id: installation.agentName }),
  },
  { name: 'the registry', path: () => '/registry', screen: '/registry', action: 'screen_viewed' },
  { name: 'exports', path: () => '/exports', screen: '/exports', action: 'screen_viewed' },
  { name: 'reviews', path: () => '/reviews', screen: '/reviews', action: 'screen_viewed' },
  { name: 'break-glass', path: () => '/break-glass', screen: '/break-glass', action: 'screen_viewed' },
  { name: 'the access log', path: () => '/access-log', screen: '/access-log', action: 'screen_viewed' },
  { name: 'users', path: () => '/settings/users', screen: '/settings/users', action: 'screen_viewed' },
  { name: 'keys', path: () => '/settings/keys', screen: '/settings/keys', action: 'screen_viewed' },
  { name: 'how words are kept', path: () => '/settings/content', screen: '/settings/content', action: 'screen_viewed' },
  { name: 'the own account', path: () => '/settings/account', screen: '/settings/account', action: 'screen_viewed' },
];

for (const { name, path, screen, action, details = {}, resource } of SCREENS) {
  test(`to look at ${name} is one entry that names the person, the screen and what was asked`, async ({ page }) => {
    const role = /^\/(settings|reviews)/.test(screen) ? 'compliance_officer' : 'auditor';
    await enterAs(page, role);
    const before = await mark();
    await visit(page, path());
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
    const made = await entriesSince(before);
    expect(made.map((entry) => `${entry.action} ${entry.details.screen}`)).toEqual([`${action} ${screen}`]);
    const [entry] = made as [AccessEntry];
    expect(entry.actor_id).toBe(accountOf(role).email);
    expect(entry.actor_type).toBe('user');
    expect(entry.details).toMatchObject(details);
    if (screen !== '/settings/account') expect(entry.details.ledger).toBe(screen === '/access-log' ? 'access' : installation.ledger);
    if (resource) expect({ type: entry.resource_type, id: entry.resource_id }).toEqual(resource());
  });
}

test('to open a row beside the list is one entry more, and to step over rows with J none', async ({ page }) => {
  await enterAs(page, 'auditor');
  await visit(page, `/conversations?id=${talk}`);
  const before = await mark();
  await page.keyboard.press('j');
  await page.waitForTimeout(400);
  expect(await entriesSince(before)).toEqual([]);
  await page.getByRole('row').filter({ hasText: talk }).getByRole('cell').last().click();
  await expect(page.getByRole('complementary', { name: 'Conversation', exact: true })).toContainText('2 of 2');
  const made = await entriesSince(before);
  expect(made.map(({ action, resource_id }) => [action, resource_id])).toEqual([['record_viewed', talk]]);
});

test('hovering over links, and having them in sight, reads nothing', async ({ page }) => {
  await enterAs(page, 'auditor');
  await visit(page, '/conversations');
  const before = await mark();
  const links = page.getByRole('link').filter({ visible: true });
  for (const link of (await links.all()).slice(1, 40)) await link.hover({ force: true });
  await page.mouse.wheel(0, 2_000);
  await page.waitForTimeout(800);
  expect(await entriesSince(before)).toEqual([]);
});

test('to watch a run is recorded when it is asked for and when it shows what it found; what the page asks while it waits is not', async ({
  page,
}) => {
  await enterAs(page, 'auditor');
  await visit(page, '/integrity');
  const before = await mark();
  const polls: string[] = [];
  page.on('request', (request) => {
    if (/\/api\/v1\/verifications\/[0-9a-f-]{36}\?/.test(request.url())) polls.push(request.url());
  });
  await page.getByRole('button', { name: 'Verify', exact: true }).click();
  await expect(page.getByRole('heading', { name: 'The run that you watched' })).toBeVisible();
  await page.waitForLoadState('networkidle');
  expect(polls.length).toBeGreaterThan(0);
  // The page is made again once, when the run is over, since the integrity line has changed.
  expect((await entriesSince(before)).map(({ action, details }) => `${action} ${details.screen}`)).toEqual([
    'verification_run /api/v1/verifications',
    'screen_viewed /api/v1/verifications/{id}',
    'screen_viewed /integrity',
  ]);
});

test('a failed sign-in is one entry, under nobody’s name, that says what was tried', async () => {
  const before = await mark();
  expect((await trySignIn(auditor.email, 'not the password')).status).toBe(401);
  const unknown = `nobody-${Date.now()}@demo.example`;
  expect((await trySignIn(unknown, 'not the password')).status).toBe(401);
  const made = await entriesSince(before);
  expect(
    made.map(({ action, actor_id, outcome, resource_id, details }) => [action, actor_id, outcome, resource_id, details.reason]),
  ).toEqual([
    ['sign_in_failed', 'anonymous', 'failure', auditor.email, 'wrong_password'],
    // What is typed there can be a password: it is not kept.
    ['sign_in_failed', 'anonymous', 'failure', undefined, 'unknown_account'],
  ]);
  expect(JSON.stringify(made, (_, value) => (typeof value === 'bigint' ? String(value) : value))).not.toContain('not the password');
});

test('no byte of an answer leaves before its entry is durable', async () => {
  const cookie = asCookie(await sessionOf('auditor'));
  for (const address of ['/', `/conversations/${talk}`, '/api/v1/records', '/settings/account']) {
    const before = await mark();
    await superuser(async (client) => {
      // The lock that append takes first: whoever holds it keeps everyone else's entry waiting.
      await client.query('BEGIN');
      await client.query('SELECT pg_advisory_xact_lock(1212564294, $1)', [await ledgerId(client, 'access')]);
      let bytes = 0;
      let status = 0;
      const answered = new Promise<void>((resolve, reject) => {
        const request = http.get(origin + address, { headers: cookie }, (response) => {
          status = response.statusCode ?? 0;
          response.on('data', (chunk: Buffer) => {
            bytes += chunk.length;
          });
          response.on('end', resolve);
        });
        request.on('error', reject);
      });
      // Told below; one that fails before it is waited for must not end the run.
      answered.catch(() => {});
      await new Promise((resolve) => setTimeout(resolve, 700));
      expect({ address, status, bytes }).toEqual({ address, status: 0, bytes: 0 });
      expect(await entriesSince(before)).toEqual([]);
      await client.query('ROLLBACK');
      await answered;
      expect({ address, status }).toEqual({ address, status: 200 });
      expect(await entriesSince(before)).toHaveLength(1);
    });
  }
});
