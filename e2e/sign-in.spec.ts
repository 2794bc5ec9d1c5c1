import { type BrowserContext, expect, type Page, test } from 'playwright/test';
import { ROLES, type Role } from '@/lib/schema/vocabulary';
import { superuser } from './database';
import { accountOf, origin } from './installation';
import { newPerson } from './new-person';
import { asCookie, giveSession, newSession } from './people';

const MISMATCH = 'Address and password do not match an account.';

// The throttle counts failures by address, and all tests share one: what they did before must not count here.
test.beforeEach(() => superuser((client) => client.query('DELETE FROM sign_in_throttles')));
test.afterAll(() => superuser((client) => client.query('DELETE FROM sign_in_throttles')));

async function fillIn(page: Page, { email, password }: { email: string; password: string }): Promise<void> {
  await page.getByLabel('E-mail address').fill(email);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

const alert = (page: Page) => page.locator('form [role=alert]');

async function sessionCookie(context: BrowserContext): Promise<string> {
  const cookie = (await context.cookies()).find(({ name }) => name.endsWith('holdfast.session'));
  expect(cookie?.httpOnly).toBe(true);
  expect(cookie?.sameSite).toBe('Lax');
  return cookie!.value;
}

const statusWith = async (session: string, path = '/api/v1/account/sessions') =>
  (await fetch(origin + path, { headers: asCookie(session), redirect: 'manual' })).status;

const RAIL: Record<Role, string[]> = {
  auditor: [
    ...['Overview', 'Conversations', 'Records', 'Prompts and models', 'Registry', 'Retention', 'Holds'],
    ...['Integrity', 'Exports', 'Access log'],
    'Your account',
  ],
  compliance_officer: [
    ...['Overview', 'Conversations', 'Records', 'Prompts and models', 'Registry', 'Retention', 'Holds'],
    ...['Integrity', 'Exports', 'Reports', 'Access log', 'Reviews'],
    ...['Users and roles', 'Keys', 'Words', 'Your account'],
  ],
  administrator: [
    ...['Overview', 'Registry'],
    ...['Integrity', 'Break-glass'],
    ...['Users and roles', 'Keys', 'Proofs and alarms', 'Your account'],
  ],
};

for (const role of ROLES) {
  test(`the ${role} signs in, and the rail shows what the role opens`, async ({ page }) => {
    await page.goto('/sign-in');
    await fillIn(page, accountOf(role));
    await page.waitForURL(`${origin}/`);
    const places = await page.getByRole('navigation', { name: 'Pages', exact: true }).getByRole('link').allTextContents();
    expect(places).toEqual(RAIL[role]);
  });
}

test('a wrong password and an unknown address get the same answer, in words, status and bytes', async ({ page }) => {
  const told: { words: string | null; status: number; body: string }[] = [];
  for (const email of [accountOf('auditor').email, 'nobody-here@demo.example']) {
    await page.goto('/sign-in');
    const answered = page.waitForResponse((response) => response.url().includes('/api/auth/callback/credentials'));
    await fillIn(page, { email, password: 'not the password' });
    const answer = await answered;
    await expect(alert(page)).toHaveText(MISMATCH);
    const { request_id, ...body } = (await answer.json()) as Record<string, unknown>;
    expect(request_id).toBeTruthy();
    told.push({ words: await alert(page).textContent(), status: answer.status(), body: JSON.stringify(body) });
  }
  expect(told[0]).toEqual(told[1]);
  expect(told[0]!.status).toBe(401);
  // The password is not left in the field.
  await expect(page.getByLabel('Password')).toHaveValue('');
});

test('after several failures the page says how long to wait, for an unknown address alike, and the right password waits too', async ({
  page,
}) => {
  const person = await newPerson('auditor');
  for (const email of [person.email, `nobody-${Date.now()}@demo.example`]) {
    await page.goto('/sign-in');
    for (let i = 0; i < 6; i++) {
      await fillIn(page, { email, password: `wrong ${i}` });
      await expect(alert(page)).toBeVisible();
      if ((await alert(page).textContent())?.startsWith('Too many')) break;
    }
    await expect(alert(page)).toHaveText(/^Too many attempts\. Wait (\d+ seconds?|a minute) and try again\.$/);
  }
  const locked = await superuser((client) =>
    client.query("UPDATE sign_in_throttles SET blocked_until = now() + interval '20 s' WHERE subject LIKE 'account:%'"),
  );
  expect(locked.rowCount).toBeGreaterThan(0);
  await page.goto('/sign-in');
  await fillIn(page, person);
  await expect(alert(page)).toContainText('Too many attempts');
  await superuser((client) => client.query('UPDATE sign_in_throttles SET blocked_until = now()'));
  await fillIn(page, person);
  await page.waitForURL(`${origin}/`);
});

test('whoever is signed out is asked to sign in, and comes back to the page that was asked for', async ({ page }) => {
  const pages = ['/', '/conversations', '/conversations/x', '/records?action=tool_invoked', '/records/x', '/integrity', '/integrity/x'];
  for (const path of [...pages, '/access-log', '/settings/users', '/settings/keys', '/settings/account']) {
    const answer = await fetch(origin + path, { redirect: 'manual' });
    expect({ path, status: answer.status }).toEqual({ path, status: 307 });
    const to = new URL(answer.headers.get('location')!, origin);
    expect(to.pathname + to.search).toBe(path === '/' ? '/sign-in' : `/sign-in?then=${encodeURIComponent(path)}`);
    expect(await answer.text()).not.toContain('Demo: clinic');
  }
  await page.goto('/records?action=tool_invoked');
  await fillIn(page, accountOf('auditor'));
  await page.waitForURL(`${origin}/records?action=tool_invoked`);
  await expect(page.getByRole('heading', { level: 1, name: 'Records' })).toBeVisible();
});

// The forms that a browser reads in surprising ways; the rest are tried in sign-in-words.test.ts.
for (const then of ['https://evil.example/', '//evil.example/', '/\t/evil.example', 'javascript:alert(1)']) {
  test(`signing in leads to no other site: ?then=${JSON.stringify(then)}`, async ({ page }) => {
    const strangers: string[] = [];
    page.on('request', (request) => {
      if (!request.url().startsWith(origin)) strangers.push(request.url());
    });
    await page.goto(`/sign-in?then=${encodeURIComponent(then)}`);
    await fillIn(page, accountOf('auditor'));
    await page.waitForURL((url) => url.origin === origin && url.pathname !== '/sign-in');
    await page.waitForLoadState('networkidle');
    expect(new URL(page.url()).origin).toBe(origin);
    expect(strangers).toEqual([]);
  });
}

test('signing out ends the session on the server: its cookie opens nothing any more', async ({ page, context }) => {
  await page.goto('/sign-in');
  const { email } = accountOf('auditor');
  await fillIn(page, accountOf('auditor'));
  await page.waitForURL(`${origin}/`);
  const kept = await sessionCookie(context);
  expect(await statusWith(kept)).toBe(200);
  await page.getByRole('button', { name: email }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await page.waitForURL(/\/sign-in/);
  expect(await statusWith(kept)).toBe(401);
  expect(await statusWith(kept, '/records')).toBe(307);
  // Nor does the back button show what was read.
  await page.goBack();
  await page.waitForURL(/\/sign-in/);
});

test('a session cookie that was altered, or that names nothing, opens nothing', async () => {
  const { email, password } = accountOf('auditor');
  const session = await newSession(email, password);
  const parts = session.split('.');
  parts[3] = parts[3]!.replace(/^./, (first) => (first === 'A' ? 'B' : 'A'));
  for (const forged of [parts.join('.'), session.slice(0, -2), 'x'.repeat(300), '', '../../etc/passwd']) {
    expect(await statusWith(forged), forged).toBe(401);
  }
  expect(await statusWith(session)).toBe(200);
});

test('changing the own password ends every other session and keeps this one', async ({ page }) => {
  const person = await newPerson('auditor');
  const elsewhere = await newSession(person.email, person.password);
  await giveSession(page.context(), await newSession(person.email, person.password));
  await page.goto('/settings/account');
  const next = `an entirely new one ${Date.now()}`;
  await page.getByLabel('Present password').fill('not the present one');
  await page.getByLabel('New password', { exact: true }).fill(next);
  await page.getByLabel('New password again').fill(next);
  await page.getByRole('button', { name: 'Change the password' }).click();
  await expect(alert(page)).toContainText('not the present password');
  expect(await statusWith(elsewhere)).toBe(200);
  await page.getByLabel('Present password').fill(person.password);
  await page.getByRole('button', { name: 'Change the password' }).click();
  await expect(page.getByText('Your password is changed')).toBeVisible();
  expect(await statusWith(elsewhere)).toBe(401);
  await page.reload();
  await expect(page.getByRole('heading', { name: 'Your account' })).toBeVisible();
  await expect(newSession(person.email, person.password)).rejects.toThrow('401');
  expect(await statusWith(await newSession(person.email, next))).toBe(200);
});

test('a session that is ended in another browser is over at once', async ({ page, browser }) => {
  const person = await newPerson('auditor');
  const other = await browser.newContext({ baseURL: origin });
  await giveSession(other, await newSession(person.email, person.password));
  const open = await other.newPage();
  await open.goto('/records');
  await giveSession(page.context(), await newSession(person.email, person.password));
  await page.goto('/settings/account');
  await page.getByRole('table', { name: 'Own sessions' }).getByRole('button', { name: 'End' }).first().click();
  await expect(page.getByText('The session has ended')).toBeVisible();
  await open.getByRole('link', { name: 'Integrity', exact: true }).click();
  await open.waitForURL(/\/sign-in/);
  await other.close();
});

test('an idle session is over after fifteen minutes, any session after twelve hours', async () => {
  const person = await newPerson('auditor');
  const session = await newSession(person.email, person.password);
  const age = (change: string) =>
    superuser((client) =>
      client.query(`UPDATE sessions SET ${change} WHERE revoked_at IS NULL AND user_id = (SELECT id FROM users WHERE email = $1)`, [
        person.email,
      ]),
    );
  await age("last_seen_at = now() - interval '14 minutes 30 seconds'");
  expect(await statusWith(session)).toBe(200);
  await age("last_seen_at = now() - interval '15 minutes'");
  expect(await statusWith(session)).toBe(401);
  const second = await newSession(person.email, person.password);
  await age('expires_at = now()');
  expect(await statusWith(second)).toBe(401);
});
