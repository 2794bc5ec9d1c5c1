import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { expect, test } from 'playwright/test';

const root = path.resolve(import.meta.dirname, '..');

/** A second installation, without the demo, on a port and a state directory of its own. */
let product: ChildProcess;
let stateDir: string;
let origin: string;
let link: string;

test.beforeAll(async () => {
  test.setTimeout(180_000);
  mkdirSync(path.join(root, '.holdfast'), { recursive: true, mode: 0o711 });
  stateDir = mkdtempSync(path.join(root, '.holdfast/e2e-empty-'));
  chmodSync(stateDir, 0o711);
  const port = await freePort();
  origin = `http://localhost:${port}`;
  product = spawn(process.execPath, [path.join(root, 'lib/server/run.mjs'), path.join(root, 'lib/server/start.ts'), '--empty'], {
    cwd: root,
    env: { ...process.env, HOLDFAST_STATE: stateDir, PORT: String(port), PUBLIC_URL: origin, LOG_LEVEL: 'warn', DATABASE_URL: '' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const printed = await untilReady(product);
  link = /http:\/\/localhost:\d+\/setup\/[\w-]+/.exec(printed)?.[0] ?? `no link in: ${printed}`;
});

test.afterAll(async () => {
  test.setTimeout(60_000);
  if (product.exitCode === null) {
    const over = new Promise((resolve) => product.once('exit', resolve));
    product.kill('SIGINT');
    await over;
  }
  rmSync(stateDir, { recursive: true, force: true });
});

test('an empty installation is opened by its one-time link, shows the ways in, and the first record the moment it arrives', async ({
  page,
  context,
}) => {
  test.setTimeout(120_000);
  // Nobody is there, and the page of sign-in lets nobody in.
  await page.goto(origin);
  await page.waitForURL(/\/sign-in/);
  await page.goto(link);
  await expect(page.getByRole('heading', { name: 'The first administrator' })).toBeVisible();
  await page.getByLabel('E-mail address').fill('first@own.example');
  await page.getByLabel('Your name').fill('First Person');
  await page.getByLabel('Password', { exact: true }).fill('short');
  await page.getByLabel('Password again').fill('short');
  const password = `a long and own one ${randomUUID()}`;
  await page.getByLabel('Password', { exact: true }).fill(password);
  await expect(page.getByText('The two are not the same.')).toBeVisible();
  await page.getByLabel('Password again').fill(password);
  await page.getByRole('button', { name: 'Begin' }).click();
  await page.waitForURL(`${origin}/`);

  await expect(page.getByText('Nothing recorded yet. Waiting for the first record.')).toBeVisible();
  await expect(page.getByRole('tab')).toHaveText(['curl', 'SDK', 'OpenTelemetry']);
  const example = await page.locator('pre').evaluate((pre) => pre.textContent ?? '');
  expect(example).toContain(`curl ${origin}/api/v1/records`);
  await page.getByRole('tab', { name: 'SDK' }).click();
  await expect(page.locator('pre').filter({ visible: true })).toContainText(`url: '${origin}'`);

  // The link was good once.
  const other = await context.browser()!.newContext();
  const stranger = await other.newPage();
  await stranger.goto(link);
  await expect(stranger.getByRole('heading', { name: 'This link opens nothing' })).toBeVisible();
  await other.close();

  await page.getByRole('link', { name: 'Issue a key' }).click();
  await page.getByRole('button', { name: 'Issue a key' }).click();
  await page.getByLabel('Name', { exact: true }).fill('The first agent');
  await page.getByLabel('Agent names').fill('my-agent');
  await page.getByRole('button', { name: 'Issue', exact: true }).click();
  const key = await page.locator('[data-secret]').evaluate((code) => code.textContent ?? '');
  await page.getByRole('button', { name: 'I have kept it' }).click();
  await page.goto(origin);
  await expect(page.getByText('Waiting for the first record')).toBeVisible();

  // What the page shows, with the key filled in and the shell's parts done here.
  const command = example.replace('YOUR_INGEST_KEY', key);
  const sent = command
    .slice(command.indexOf("-d '") + 4, command.lastIndexOf("'"))
    .replace(/'"\$\(uuidgen[^)]*\)"'/, randomUUID())
    .replace(/'"\$\(date[^)]*\)"'/, new Date().toISOString());
  const headers = Object.fromEntries([...command.matchAll(/-H '([^:]+): ([^']+)'/g)].map(([, name, value]) => [name!, value!]));
  const answer = await fetch(/https?:\/\/\S+/.exec(command)![0], { method: 'POST', headers, body: sent });
  expect([answer.status, ((await answer.json()) as { seq: string }).seq]).toEqual([201, '0']);
  await expect(page.getByText('The first record has arrived: #0.')).toBeVisible({ timeout: 15_000 });
  await page.getByRole('button', { name: 'Show the overview' }).click();
  // The first incremental run may have come by already: either sentence speaks of this one record.
  await expect(
    page.getByText(/^(Not verified yet: 1 record waits for the first run|Verified: every record to #0 matches its seal)\.$/),
  ).toBeVisible();
  await expect(page.getByText('Demo', { exact: false })).toHaveCount(0);
});

function untilReady(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk;
      if (text.includes('Ctrl-C stops everything')) resolve(text);
    });
    child.once('exit', (code) => reject(new Error(`the empty installation ended before it was ready (${code}): ${text}`)));
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = net.createServer().listen(0, () => {
      const { port } = probe.address() as net.AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}
