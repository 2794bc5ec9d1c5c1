import { expect, type Page, test } from 'playwright/test';
import { entriesSince, mark } from './access-entries';
import { post, someRecord } from './agent';
import { superuser } from './database';
import { accountOf, origin } from './installation';
import { newPerson } from './new-person';
import { callAs, enterAs, giveSession, newSession, trySignIn } from './people';
import { visit } from './visit';

const admin = accountOf('administrator');
const DEMO = 'Role on Demo: clinic, claims desk, law office';

/** A session of the administrator whose password was last entered `minutes` ago. */
async function enterAsAdministrator(page: Page, minutes = 0): Promise<void> {
  await giveSession(page.context(), await newSession(admin.email, admin.password));
  await superuser((client) =>
    client.query(
      "UPDATE sessions SET confirmed_at = now() - $2 * interval '1 minute' WHERE id = (SELECT s.id FROM sessions s JOIN users u ON u.id = s.user_id WHERE u.email = $1 ORDER BY s.created_at DESC LIMIT 1)",
      [admin.email, minutes],
    ),
  );
}

const rowOf = (page: Page, text: string) => page.getByRole('row').filter({ hasText: text });
const choose = async (page: Page, label: string, option: string) => {
  await page.getByRole('combobox', { name: label }).click();
  await page.getByRole('option', { name: option, exact: true }).click();
};

test('an administrator invites somebody; the link opens the account once; the invited sees what the role permits', async ({
  page,
  browser,
}) => {
  await enterAsAdministrator(page);
  await visit(page, '/settings/users');
  const email = `invited-${Date.now()}@demo.example`;
  await page.getByRole('button', { name: 'Invite a person' }).click();
  await page.getByLabel('E-mail address').fill(email);
  await page.getByLabel('Name', { exact: true }).fill('Ada Invited');
  await choose(page, DEMO, 'Auditor');
  await page.getByRole('button', { name: 'Invite', exact: true }).click();
  const link = await page.locator('[data-secret]').evaluate((code) => code.textContent ?? '');
  expect(link).toMatch(new RegExp(`^${origin}/setup/[\\w-]{30,}$`));
  // What is shown once is not lost to a stray key or click.
  await page.keyboard.press('Escape');
  await page.mouse.click(5, 5);
  await expect(page.locator('[data-secret]')).toBeVisible();
  await page.getByRole('button', { name: 'I have kept it' }).click();
  await expect(rowOf(page, email)).toContainText('Invited');
  await page.reload();
  expect(await page.content()).not.toContain(link.split('/').at(-1)!);

  const guest = await browser.newContext({ baseURL: origin });
  const theirs = await guest.newPage();
  await theirs.goto(link);
  await expect(theirs.getByText(email)).toBeVisible();
  const password = `a password of their own ${Date.now()}`;
  await theirs.getByLabel('Password', { exact: true }).fill(password);
  await theirs.getByLabel('Password again').fill(password);
  await theirs.getByRole('button', { name: 'Open the account' }).click();
  await theirs.waitForURL(`${origin}/`);
  await theirs.getByRole('link', { name: 'Records', exact: true }).click();
  await expect(theirs.getByRole('heading', { level: 1, name: 'Records' })).toBeVisible();
  expect((await theirs.goto('/settings/users'))?.status()).toBe(403);
  await theirs.goto(link);
  await expect(theirs.getByRole('heading', { name: 'This link opens nothing' })).toBeVisible();
  await guest.close();
});

test('a role is changed after the password was entered again, takes effect at once, and is recorded before and after', async ({ page }) => {
  const person = await newPerson('auditor', 'Rolf Changing');
  const theirs = await newSession(person.email, person.password);
  const sees = async (path: string) =>
    (await fetch(origin + path, { headers: { cookie: `holdfast.session=${theirs}` }, redirect: 'manual' })).status;
  expect(await sees('/records')).toBe(200);
  await enterAsAdministrator(page, 6);
  await visit(page, '/settings/users');
  await rowOf(page, person.email).getByRole('button', { name: 'Change Rolf Changing' }).click();
  await page.getByRole('menuitem', { name: 'Name and roles…' }).click();
  await choose(page, DEMO, 'Administrator');
  const before = await mark();
  await page.getByRole('button', { name: 'Save' }).click();
  const asked = page.getByRole('dialog', { name: 'Confirm that it is you' });
  await asked.getByLabel('Password').fill('not the password');
  await asked.getByRole('button', { name: 'Continue' }).click();
  await expect(asked.getByText('This is not the present password.')).toBeVisible();
  expect(await sees('/records')).toBe(200);
  await asked.getByLabel('Password').fill(admin.password);
  await asked.getByRole('button', { name: 'Continue' }).click();
  await expect(asked).toHaveCount(0);
  await expect(rowOf(page, person.email)).toContainText('Administrator on Demo');
  expect(await sees('/records')).toBe(403);
  const made = (await entriesSince(before)).filter(({ action }) => ['sign_in_failed', 'signed_in', 'user_changed'].includes(action));
  expect(made.map(({ action, resource_id }) => [action, resource_id])).toEqual([
    ['sign_in_failed', admin.email],
    ['signed_in', undefined],
    ['user_changed', person.email],
  ]);
  expect(made[2]!.details).toMatchObject({
    roles_before: expect.arrayContaining([{ ledger: 'demo', role: 'auditor' }]),
    roles: expect.arrayContaining([{ ledger: 'demo', role: 'administrator' }]),
  });
});

test('whoever is disabled is out at once, and is told no more than anyone', async ({ page }) => {
  const person = await newPerson('auditor', 'Dora Leaving');
  const theirs = await newSession(person.email, person.password);
  await enterAsAdministrator(page);
  await visit(page, '/settings/users');
  await rowOf(page, person.email).getByRole('button', { name: 'Change Dora Leaving' }).click();
  await page.getByRole('menuitem', { name: 'Disable…' }).click();
  await page.getByRole('button', { name: 'Disable', exact: true }).click();
  await expect(rowOf(page, person.email)).toContainText('Disabled');
  expect((await fetch(`${origin}/api/v1/records`, { headers: { cookie: `holdfast.session=${theirs}` } })).status).toBe(401);
  const refused = await trySignIn(person.email, person.password);
  expect([refused.status, ((await refused.json()) as { detail: string }).detail]).toEqual([
    401,
    ((await (await trySignIn(`none-${Date.now()}@demo.example`, 'x')).json()) as { detail: string }).detail,
  ]);
});

test('the last administrator cannot be demoted or disabled', async ({ page }) => {
  // Others may have been made by other tests; here only the demo's is left to sign in.
  const others = await superuser((client) =>
    client.query(
      "UPDATE users SET disabled_at = now() WHERE email <> $1 AND disabled_at IS NULL AND id IN (SELECT user_id FROM memberships WHERE role = 'administrator') RETURNING id",
      [admin.email],
    ),
  );
  try {
    await enterAsAdministrator(page);
    await visit(page, '/settings/users');
    const own = rowOf(page, admin.email);
    await own.getByRole('button', { name: /^Change / }).click();
    await page.getByRole('menuitem', { name: 'Name and roles…' }).click();
    await choose(page, DEMO, 'Auditor');
    await page.getByRole('button', { name: 'Save' }).click();
    await expect(page.getByRole('dialog').getByRole('alert')).toContainText('last administrator');
    await page.getByRole('button', { name: 'Cancel' }).click();
    await own.getByRole('button', { name: /^Change / }).click();
    await page.getByRole('menuitem', { name: 'Disable…' }).click();
    await page.getByRole('button', { name: 'Disable', exact: true }).click();
    await expect(page.getByRole('dialog').getByRole('alert')).toContainText('last administrator');
    expect((await callAs('administrator', '/api/v1/settings/users')).status).toBe(200);
  } finally {
    await superuser((client) => client.query('UPDATE users SET disabled_at = NULL WHERE id = ANY ($1)', [others.rows.map(({ id }) => id)]));
  }
});

test('an ingest key works from the moment it is shown, is shown once, and is refused within five seconds of being revoked', async ({
  page,
}) => {
  await enterAsAdministrator(page);
  await visit(page, '/settings/keys');
  const name = `Key of ${Date.now()}`;
  const agent = `agent-${Date.now()}`;
  await page.getByRole('button', { name: 'Issue a key' }).click();
  await page.getByLabel('Name', { exact: true }).fill(name);
  await page.getByLabel('Agent names').fill(agent);
  await page.getByRole('button', { name: 'Issue', exact: true }).click();
  const secret = await page.locator('[data-secret]').evaluate((code) => code.textContent ?? '');
  expect(secret).toMatch(/^hf_live_[0-9A-Za-z]{36}$/);
  const record = () => someRecord({ agent_name: agent, actor_id: agent });
  expect((await post(record(), secret)).status).toBe(201);
  const asAnother = await post(someRecord(), secret);
  expect([asAnother.status, ((await asAnother.json()) as { code: string }).code]).toEqual([403, 'agent_mismatch']);
  const asUser = await post({ ...record(), actor_type: 'user' }, secret);
  expect([asUser.status, ((await asUser.json()) as { code: string }).code]).toEqual([403, 'actor_not_allowed']);
  await page.getByRole('button', { name: 'I have kept it' }).click();
  await page.reload();
  expect(await page.content()).not.toContain(secret);
  await rowOf(page, name).getByRole('button', { name: 'Revoke' }).click();
  await page.getByRole('button', { name: 'Revoke the key' }).click();
  await expect(rowOf(page, name)).toContainText('Revoked');
  await expect.poll(async () => (await post(record(), secret)).status, { timeout: 5_000 }).toBe(401);
});

test('a key that another process revoked is refused within five seconds here', async () => {
  const issued = await callAs('administrator', '/api/v1/settings/keys', {
    body: { name: 'Elsewhere', kind: 'ingest', agent_names: ['my-agent'] },
  });
  const { key, secret } = (await issued.json()) as { key: { id: string }; secret: string };
  expect((await post(someRecord(), secret)).status).toBe(201);
  await superuser((client) => client.query('UPDATE api_keys SET revoked_at = now() WHERE id = $1', [key.id]));
  await expect.poll(async () => (await post(someRecord(), secret)).status, { timeout: 6_000, intervals: [500] }).toBe(401);
});

test('times are shown in the zone that a person chose, with its name, and nowhere else', async ({ page }) => {
  const person = await newPerson('auditor');
  await giveSession(page.context(), await newSession(person.email, person.password));
  await visit(page, '/settings/account');
  await page.getByLabel('Time zone').fill('Asia/Kolkata');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('Times in Asia/Kolkata')).toBeVisible();
  await page.goto('/records');
  await expect(page.getByRole('table').locator('time').first()).toContainText(/\+05:30|GMT\+5:30|IST/);
  await enterAs(page, 'auditor');
  await page.goto('/records');
  await expect(page.getByRole('table').locator('time').first()).toContainText('UTC');
});
