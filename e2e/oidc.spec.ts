import { type BrowserContext, expect, type Page, test } from 'playwright/test';
import { CLIENT, proveAtProvider } from './identity-provider';
import { origin as withoutProvider } from './installation';
import { type OidcWorld, startOidcWorld } from './oidc-world';
import { visit } from './visit';

let world: OidcWorld;
let origin: string;

test.beforeAll(async () => {
  test.setTimeout(240_000);
  world = await startOidcWorld();
  origin = world.origin;
});
test.afterAll(async () => {
  test.setTimeout(60_000);
  await world?.stop();
});

const byProvider = (page: Page) => page.getByRole('button', { name: 'Sign in with 127.0.0.1' });
const alert = (page: Page) => page.locator('form [role=alert]');
const REFUSED = 'That identity cannot sign in here.';

async function signIn(page: Page, subject: string, then?: string): Promise<void> {
  await visit(page, `${origin}/sign-in${then === undefined ? '' : `?then=${encodeURIComponent(then)}`}`);
  await byProvider(page).click();
  await proveAtProvider(page, subject);
}

const sessionCookie = async (context: BrowserContext) => (await context.cookies(origin)).find(({ name }) => name === 'holdfast.session');

async function expectRefused(page: Page, why: { reason: string; about?: string }): Promise<void> {
  await page.waitForURL(/\/sign-in\?/);
  await expect(alert(page)).toContainText(REFUSED);
  expect(await sessionCookie(page.context())).toBeUndefined();
  const entry = await world.lastEntry();
  expect(entry).toMatchObject({ action: 'sign_in_failed', actor_id: 'anonymous', outcome: 'failure' });
  expect(entry.details).toMatchObject({ method: 'oidc', reason: why.reason });
  expect(entry.resource_id).toBe(why.about);
}

test('the sign-in page offers a provider only where one is configured', async ({ page }) => {
  await visit(page, `${withoutProvider}/sign-in`);
  await expect(page.getByRole('button', { name: 'Sign in', exact: true })).toBeVisible();
  await expect(page.getByRole('button', { name: /Sign in with/ })).toHaveCount(0);
  await visit(page, `${origin}/sign-in`);
  await expect(byProvider(page)).toBeVisible();
});

test('a known, verified address signs in, is bound by its subject, lands where it wanted, and the entry says how', async ({ page }) => {
  const person = await world.invite('auditor');
  const subject = world.identity(person.email.toUpperCase());
  await signIn(page, subject, '/records?action=tool_invoked');
  await page.waitForURL(`${origin}/records?action=tool_invoked`);
  await expect(page.getByRole('heading', { level: 1, name: 'Records' })).toBeVisible();
  expect(await world.subjectOf(person.id)).toBe(`${world.provider.issuer}#${subject}`);
  const entry = await world.lastEntry();
  expect(entry).toMatchObject({ action: 'signed_in', actor_id: person.email, resource_type: 'session' });
  expect(entry.details).toMatchObject({ method: 'oidc', identity_bound: true });
  expect(await sessionCookie(page.context())).toMatchObject({ httpOnly: true, sameSite: 'Lax' });
});

test('the request carries state, a nonce and an S256 challenge, each time others, and no secret', async ({ page }) => {
  const before = world.provider.asked.length;
  for (let i = 0; i < 2; i++) {
    await visit(page, `${origin}/sign-in`);
    await byProvider(page).click();
    await expect(page.getByRole('heading', { name: 'The provider' })).toBeVisible();
  }
  const [one, two] = world.provider.asked.slice(before).map((asked) => Object.fromEntries(asked));
  for (const asked of [one!, two!]) {
    expect(asked).toMatchObject({ response_type: 'code', code_challenge_method: 'S256', client_id: CLIENT.id });
    expect(asked.redirect_uri).toBe(`${origin}/api/auth/callback/oidc`);
    expect(JSON.stringify(asked)).not.toContain(CLIENT.secret);
  }
  for (const name of ['state', 'nonce', 'code_challenge']) {
    expect(one![name]!.length, name).toBeGreaterThanOrEqual(43);
    expect(one![name], name).not.toBe(two![name]);
  }
});

test('an answer is taken by the browser alone that asked, with its own state and its own code', async ({ page, browser }) => {
  const person = await world.invite('auditor');
  const other = await browser.newContext();
  const attacker = await other.newPage();
  let answer = '';
  attacker.on('request', (request) => {
    if (request.url().includes('/api/auth/callback/oidc?')) answer = request.url();
  });
  await visit(attacker, `${origin}/sign-in`);
  await byProvider(attacker).click();
  await expect(attacker.getByRole('heading', { name: 'The provider' })).toBeVisible();
  // The answer comes, and the code in it is not spent.
  await other.clearCookies({ domain: 'localhost' });
  await proveAtProvider(attacker, world.identity(person.email));
  await expect.poll(() => answer).toContain('code=');
  const failed = async (url: string) => {
    await page.goto(url);
    await expect(alert(page)).toHaveText('The identity provider did not complete the sign-in. Try again.');
    expect(await sessionCookie(page.context())).toBeUndefined();
  };
  // Delivered to a browser that asked nothing; that asked something else; and the code alone put into an answer that is its own.
  await failed(answer);
  await visit(page, `${origin}/sign-in`);
  await byProvider(page).click();
  await expect(page.getByRole('heading', { name: 'The provider' })).toBeVisible();
  const state = world.provider.asked.at(-1)!.get('state')!;
  const cookies = await page.context().cookies();
  await failed(answer);
  await page.context().addCookies(cookies);
  const injected = new URL(answer);
  injected.searchParams.set('state', state);
  await failed(injected.href);
  expect(await world.subjectOf(person.id)).toBeNull();
  await other.close();
});

test('an unknown address is refused in words, recorded, and keeps the page that was asked for', async ({ page }) => {
  await signIn(page, world.identity('stranger@elsewhere.example'), '/integrity');
  await expectRefused(page, { reason: 'unknown_account' });
  expect(new URL(page.url()).searchParams.get('then')).toBe('/integrity');
});

test('an address that the provider has not verified is refused and not bound', async ({ page }) => {
  const person = await world.invite('auditor');
  await signIn(page, world.identity(person.email, false));
  await expectRefused(page, { reason: 'unverified_email', about: person.email });
  expect(await world.subjectOf(person.id)).toBeNull();
});

test('once bound the subject counts: under a new address it is the same person, and nobody else gets in by the old one', async ({
  page,
  browser,
}) => {
  const [person, namesake] = [await world.invite('auditor'), await world.invite('auditor')];
  const subject = world.identity(person.email);
  await signIn(page, subject);
  await page.waitForURL(`${origin}/`);
  // Even under the address of another account.
  world.provider.accounts.set(subject, { email: namesake.email, email_verified: true });
  await page.context().clearCookies();
  await signIn(page, subject);
  await page.waitForURL(`${origin}/`);
  const entry = await world.lastEntry();
  expect(entry).toMatchObject({ action: 'signed_in', actor_id: person.email });
  expect(entry.details).not.toHaveProperty('identity_bound');
  expect(await world.subjectOf(namesake.id)).toBeNull();

  const stranger = await browser.newContext();
  const other = await stranger.newPage();
  await signIn(other, world.identity(person.email));
  await expectRefused(other, { reason: 'bound_to_another_identity', about: person.email });
  await stranger.close();
});

test('signing out ends the session on the server; a disabled person does not get in again', async ({ page }) => {
  const person = await world.invite('auditor');
  const subject = world.identity(person.email);
  await signIn(page, subject);
  await page.waitForURL(`${origin}/`);
  const kept = (await sessionCookie(page.context()))!.value;
  expect(await world.statusWith(kept)).toBe(200);
  await page.getByRole('button', { name: person.email }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await page.waitForURL(/\/sign-in/);
  expect(await world.statusWith(kept)).toBe(401);
  expect(await world.lastEntry()).toMatchObject({ action: 'signed_out', actor_id: person.email });

  await world.query('UPDATE users SET disabled_at = now() WHERE id = $1', [person.id]);
  // The provider remembers its visitor and asks nothing.
  await byProvider(page).click();
  await expectRefused(page, { reason: 'disabled', about: person.email });
});

test('who goes back, and who finds the provider away, is told so and let try again', async ({ page }) => {
  const failed = async () => {
    await page.waitForURL(/\/sign-in\?/);
    await expect(alert(page)).toHaveText('The identity provider did not complete the sign-in. Try again.');
    await expect(byProvider(page)).toBeVisible();
  };
  await visit(page, `${origin}/sign-in?then=%2Fintegrity`);
  await byProvider(page).click();
  await page.getByRole('button', { name: 'Cancel' }).click();
  await failed();
  expect(new URL(page.url()).searchParams.get('then')).toBe('/integrity');
  await visit(page, `${origin}/sign-in`);
  await expect(alert(page)).toHaveCount(0);
  await world.provider.whileAway(async () => {
    await byProvider(page).click();
    await failed();
  });
});

test('who came by another name of this machine is led to the one that the provider knows', async ({ page }) => {
  const person = await world.invite('auditor');
  const other = origin.replace('localhost', '127.0.0.1');
  await visit(page, `${other}/sign-in?then=%2Fintegrity`);
  await byProvider(page).click();
  await page.waitForURL(`${origin}/sign-in?then=%2Fintegrity`);
  await byProvider(page).click();
  await proveAtProvider(page, world.identity(person.email));
  await page.waitForURL(`${origin}/integrity`);
});

test('nothing else can be asked of the provider by the address than to prove again who one is', async ({ page }) => {
  await visit(page, `${origin}/sign-in`);
  const ask = (query: string) =>
    page.evaluate(async (path) => {
      const { csrfToken } = (await (await fetch('/api/auth/csrf')).json()) as { csrfToken: string };
      return (await fetch(path, { method: 'POST', body: new URLSearchParams({ csrfToken, json: 'true' }) })).status;
    }, `/api/auth/signin/oidc?${query}`);
  for (const query of ['scope=openid', 'redirect_uri=https://evil.example/', 'prompt=none', 'max_age=9', 'prompt=login&acr_values=x'])
    expect({ query, status: await ask(query) }).toEqual({ query, status: 422 });
  expect(await ask('prompt=login&max_age=0')).toBe(200);
});

test('who has no password confirms a change at the provider, which asks again, and the session before ends', async ({ page }) => {
  const person = await world.invite('administrator');
  const subject = world.identity(person.email);
  await signIn(page, subject, '/settings/keys');
  await page.waitForURL(`${origin}/settings/keys`);
  const first = (await sessionCookie(page.context()))!.value;
  const issue = async (name: string) => {
    await page.getByRole('button', { name: 'Issue a key' }).click();
    await page.getByLabel('Name', { exact: true }).fill(name);
    await page.getByRole('combobox', { name: 'Kind' }).click();
    await page.getByRole('option', { name: /^Read/ }).click();
    await page.getByRole('button', { name: 'Issue', exact: true }).click();
  };
  await world.query("UPDATE sessions SET confirmed_at = now() - interval '5 minutes' WHERE user_id = $1", [person.id]);
  await issue('Before');
  const question = page.getByRole('dialog', { name: 'Confirm that it is you' });
  await expect(question.getByRole('button', { name: 'Sign in again at 127.0.0.1' })).toBeVisible();
  await expect(question.getByLabel('Password')).toHaveCount(0);
  await question.getByRole('button', { name: 'Sign in again at 127.0.0.1' }).click();
  // It knows its visitor, and asks all the same.
  await proveAtProvider(page, subject);
  await page.waitForURL(`${origin}/settings/keys`);
  const asked = world.provider.asked.findLast((each) => each.has('prompt'))!;
  expect([asked.get('prompt'), asked.get('max_age')]).toEqual(['login', '0']);
  const entry = await world.lastEntry();
  expect(entry).toMatchObject({ action: 'signed_in', actor_id: person.email, details: { method: 'oidc' } });
  expect(entry.details.replaced_session).toMatch(/^[0-9a-f-]{36}$/);
  expect(await world.statusWith(first)).toBe(401);
  await issue('After');
  await expect(page.getByRole('dialog', { name: 'Key “After”' })).toBeVisible();
  expect(await world.query('SELECT name FROM api_keys WHERE created_by = $1', [person.id])).toEqual([{ name: 'After' }]);
});

test('pages that are refused leave nothing in the log', async ({ page }) => {
  const person = await world.invite('auditor');
  await signIn(page, world.identity(person.email));
  await expect(page.getByRole('heading', { level: 1, name: 'Overview' })).toBeVisible();
  const before = world.output().length;
  for (const [address, status] of [
    ['/settings/keys', 403],
    ['/records/0193a1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b', 404],
    ['/records?ledger=none-such', 404],
  ] as const)
    expect((await visit(page, origin + address))?.status(), address).toBe(status);
  expect(world.output().slice(before)).toBe('');
});
