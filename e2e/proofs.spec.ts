import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect, type Page, test } from 'playwright/test';
import { entriesSince, mark } from './access-entries';
import { type Receipt, store, storeConversation } from './agent';
import { ledgerId, superuser } from './database';
import { accountOf, installation } from './installation';
import { callAs, enterAs, giveSession, newSession } from './people';
import { rehash, tampered } from './tamper';
import { visit } from './visit';

/** Six entries of our own. */
let entries: Receipt[];
let talk: string;

/** The signer signs at most once a second: until it has, nothing can be proven. */
async function covered(id: string): Promise<string> {
  let text = '';
  await expect
    .poll(
      async () => {
        const answer = await callAs('auditor', `/api/v1/records/${id}/proof?ledger=${installation.ledger}`);
        text = await answer.text();
        return answer.status;
      },
      { timeout: 20_000 },
    )
    .toBe(200);
  return text;
}

test.beforeAll(async () => {
  talk = `proven-${Date.now()}`;
  entries = await storeConversation(
    talk,
    Array.from({ length: 6 }, (_, i) => ({ details: { note: `line ${i}` }, agent_seq: i + 1 })),
  );
  await covered(entries[5]!.id);
});
test.beforeEach(async ({ page }) => enterAs(page, 'auditor'));

const words = (seq: string) => `#${Number(seq).toLocaleString('en')}`;
const at = (i: number) => Number(entries[i]!.seq);
const verdict = (page: Page) => page.getByRole('region', { name: 'Verify here' }).locator('[data-verdict]').first();

async function verifyHere(page: Page, path: string): Promise<void> {
  await visit(page, path);
  await page.getByRole('region', { name: 'Verify here' }).getByRole('button', { name: 'Verify here' }).click();
}

const edited = (i: number) => async (client: import('pg').Client, ledger: number) =>
  client.query(
    "UPDATE records SET body = convert_to(replace(convert_from(body, 'UTF8'), $3, $4), 'UTF8') WHERE ledger_id = $1 AND seq = $2",
    [ledger, at(i), `line ${i}`, 'line X'],
  );

test('a record is verified in the browser, each step with its bytes, also with keys of one’s own', async ({ page }) => {
  await verifyHere(page, `/records/${entries[2]!.id}`);
  await expect(verdict(page)).toHaveText(new RegExp(`Record ${words(entries[2]!.seq)} is proven under checkpoint [\\d,]+`));
  const steps = page.locator('[data-step]');
  await expect(page.locator('[data-step][data-outcome=failed]')).toHaveCount(0);
  await page.locator('[data-step=entry_hash] summary').click();
  await expect(page.locator('[data-step=entry_hash]')).toContainText('holdfast/entry/v1');
  await expect(page.locator('[data-step=entry_hash]')).toContainText(entries[2]!.integrity_hash);
  expect(await steps.count()).toBeGreaterThan(6);
  // Keys of another ledger signed nothing here.
  const [key] = await superuser(async (client) => {
    const { rows } = await client.query<{ vkey: string }>(
      "SELECT vkey FROM signer_keys WHERE ledger_id = $1 AND kind = 'ed25519' AND to_size IS NULL",
      [await ledgerId(client, 'access')],
    );
    return rows;
  });
  await page.getByRole('button', { name: 'Use my own keys' }).click();
  await page.getByLabel('Verifier keys, one a line').fill('no key at all');
  await page.getByRole('button', { name: 'Verify with these' }).click();
  await expect(page.locator('#own-keys-error')).toBeVisible();
  await page.getByLabel('Verifier keys, one a line').fill(key!.vkey);
  await page.getByRole('button', { name: 'Verify with these' }).click();
  await expect(verdict(page)).toContainText('no signature by a key that is known here');
});

test('an administrator of the database who edits a record is found by whoever verifies it here', async ({ page }) => {
  await tampered({ from: at(2), to: at(2) }, edited(2), async () => {
    await verifyHere(page, `/records/${entries[2]!.id}`);
    await expect(verdict(page)).toHaveText(
      `Record ${words(entries[2]!.seq)} is not what was signed: the words do not match the digest in their entry`,
    );
    await verifyHere(page, `/conversations/${talk}`);
    await expect(page.locator('[data-conversation-verdict]')).toHaveText(`Broken: record ${words(entries[2]!.seq)} is not what was signed`);
  });
});

test('so is one who makes all its hashes anew: it agrees with itself, and not with what was signed', async ({ page }) => {
  const change = async (client: import('pg').Client, ledger: number) => {
    await edited(2)(client, ledger);
    await rehash(client, ledger, at(2), at(5));
  };
  await tampered({ from: at(2), to: at(5) }, change, async () => {
    await verifyHere(page, `/records/${entries[2]!.id}`);
    await expect(page.locator('[data-step=entry_hash]')).toHaveAttribute('data-outcome', 'passed');
    await expect(verdict(page)).toContainText('is not what was signed: the path leads to another root');
  });
});

test('a conversation is verified in the browser: every record, complete, under a checkpoint', async ({ page }) => {
  const from = await mark();
  await verifyHere(page, `/conversations/${talk}`);
  await expect(page.locator('[data-conversation-verdict]')).toHaveText(/6 of 6 records, complete, proven here under checkpoint [\d,]+/);
  await expect(page.locator('li[data-record][data-verdict=valid]')).toHaveCount(6);
  const looks = (await entriesSince(from)).filter((entry) => entry.resource_type === 'conversation');
  expect(looks.map((entry) => entry.action)).toEqual(['record_viewed', 'record_viewed']);
});

test('a receipt is downloaded as it is, and dropped in later it still fits; what was changed since does not', async ({ page }) => {
  await visit(page, `/records/${entries[1]!.id}`);
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: /^Receipt/ }).click()]);
  expect(download.suggestedFilename()).toBe(`record-${entries[1]!.seq}.tlog-proof`);
  const receipt = readFileSync(await download.path(), 'utf8');
  expect(receipt).toMatch(/^c2sp\.org\/tlog-proof@v1\n/);
  await covered((await store()).id);

  const compare = async (name: string, text: string) => {
    await page
      .getByLabel('Checkpoint, receipt or bundle')
      .setInputFiles({ name, mimeType: 'application/octet-stream', buffer: Buffer.from(text) });
    return page.locator('section', { hasText: 'Bring your own' }).locator('[data-verdict]').last();
  };
  await visit(page, '/integrity');
  const fits = await compare('mine.tlog-proof', receipt);
  await expect(fits).toHaveAttribute('data-verdict', 'grew_only');
  await expect(fits).toContainText(/The first [\d,]+ records stand as your receipt says; [\d,]+ came after them/);
  const checkpoint = receipt.slice(receipt.indexOf('\n\n') + 2);
  await expect(await compare('old-checkpoint.txt', checkpoint)).toContainText('stand as your checkpoint says');
  await compare('cat.txt', 'meow');
  await expect(page.getByText('This is neither a signed checkpoint nor a receipt.')).toBeVisible();

  const change = async (client: import('pg').Client, ledger: number) => {
    await edited(1)(client, ledger);
    await rehash(client, ledger, at(1), at(5));
  };
  await tampered({ from: at(1), to: at(5) }, change, async () => {
    await visit(page, '/integrity');
    const broken = await compare('mine.tlog-proof', receipt);
    await expect(broken).toHaveAttribute('data-verdict', 'contradicted');
    await expect(broken).toContainText('contradicts this ledger');
  });
});

test('a grave alarm stands on every screen of its ledger until a compliance officer settles it with a reason', async ({ page }) => {
  // Whatever an earlier run of this test left behind.
  await superuser((client) => client.query("UPDATE alarms SET ended_at = now() WHERE subject LIKE 'test %' AND ended_at IS NULL"));
  const say = `The ledger was restored behind what was signed (${Date.now()}).`;
  await superuser(async (client) =>
    client.query(`INSERT INTO alarms (ledger_id, kind, subject, detail, tell_at) VALUES ($1, 'new_incarnation', $2, $3, NULL)`, [
      await ledgerId(client, installation.ledger),
      `test ${Date.now()}`,
      { say },
    ]),
  );
  const banner = page.getByRole('region', { name: 'Alarm', exact: true });
  for (const path of [
    '/',
    '/conversations',
    `/conversations/${talk}`,
    '/records',
    `/records/${entries[0]!.id}`,
    '/integrity',
    '/exports',
    '/settings/account',
  ]) {
    await page.goto(path);
    await expect(banner, path).toContainText(say);
    await expect(page.locator('[data-integrity]').first(), path).toHaveAttribute('data-integrity', 'broken');
  }
  // An auditor sees it and cannot settle it.
  await visit(page, '/integrity');
  await expect(page.getByRole('button', { name: 'Settle…' })).toHaveCount(0);
  // Another ledger has no part in it.
  await page.goto('/access-log');
  await expect(banner).toHaveCount(0);

  await enterAs(page, 'compliance_officer');
  const from = await mark();
  await visit(page, '/integrity');
  await page.locator('li[data-alarm]', { hasText: say }).getByRole('button', { name: 'Settle…' }).click();
  const dialog = page.getByRole('dialog', { name: /^Settle/ });
  await expect(dialog.getByRole('button', { name: 'Settle', exact: true })).toBeDisabled();
  await dialog.getByLabel('Reason').fill('Restored after a disk failed; ticket INC-4411.');
  await dialog.getByRole('button', { name: 'Settle', exact: true }).click();
  await expect(dialog).toHaveCount(0);
  await expect(banner).toHaveCount(0);
  await page.getByRole('tab', { name: 'Past alarms' }).click();
  await expect(page.locator('li[data-alarm][data-open=false]', { hasText: say })).toContainText('INC-4411');
  expect((await entriesSince(from)).map((entry) => entry.action)).toContain('alarm_settled');
});

test('evidence of a conversation is made, downloaded, and is the file whose hash is shown; the list keeps it', async ({ page }) => {
  const from = await mark();
  await visit(page, `/conversations/${talk}`);
  await page.getByRole('button', { name: 'Export evidence' }).click();
  const dialog = page.getByRole('dialog', { name: 'Export evidence' });
  await expect(dialog).toContainText(`Conversation ${talk}, 6 records`);
  await dialog.getByRole('button', { name: 'Make the bundle' }).click();
  await expect(dialog).toContainText('Ready: 6 records', { timeout: 30_000 });
  const [download] = await Promise.all([page.waitForEvent('download'), dialog.getByRole('button', { name: /^Download/ }).click()]);
  const bytes = readFileSync(await download.path());
  expect(bytes.subarray(0, 2).toString()).toBe('PK');
  const hash = createHash('sha256').update(bytes).digest('hex');
  await expect(dialog).toContainText(hash);
  await visit(page, '/exports');
  const row = page.getByRole('table', { name: /Exports/ }).getByRole('row', { name: new RegExp(talk) });
  await expect(row).toContainText('Ready: 6 records');
  await expect(row.getByTitle(hash)).toBeVisible();
  expect((await entriesSince(from)).map((entry) => entry.action)).toEqual(expect.arrayContaining(['export_created', 'export_downloaded']));
  // Brought back, its checkpoint still fits.
  await visit(page, '/integrity');
  await page
    .getByLabel('Checkpoint, receipt or bundle')
    .setInputFiles({ name: 'evidence.zip', mimeType: 'application/zip', buffer: bytes });
  await expect(page.locator('[data-verdict=grew_only]').last()).toContainText('stand as your bundle’s checkpoint says');
  await expect(page.locator('[data-own-verdict=consistent]').last()).toContainText('The bundle agrees with itself');
});

test('a bundle leaves only after the password was entered lately: the page asks, and then gives it', async ({ page }) => {
  const { email, password } = accountOf('auditor');
  const made = await callAs('auditor', `/api/v1/exports?ledger=${installation.ledger}`, {
    body: { scope: { kind: 'conversation', conversation_id: talk } },
  });
  const { id } = (await made.json()) as { id: string };
  await expect
    .poll(async () => ((await (await callAs('auditor', `/api/v1/exports/${id}`)).json()) as { state: string }).state, { timeout: 30_000 })
    .toBe('done');
  await giveSession(page.context(), await newSession(email, password));
  await superuser((client) =>
    client.query(
      "UPDATE sessions SET confirmed_at = now() - interval '6 minutes' WHERE id = (SELECT s.id FROM sessions s JOIN users u ON u.id = s.user_id WHERE u.email = $1 ORDER BY s.created_at DESC LIMIT 1)",
      [email],
    ),
  );
  await visit(page, '/exports');
  const from = await mark();
  const refused = await page.evaluate(async (path) => (await fetch(path)).json(), `/api/v1/exports/${id}/file`);
  expect(refused).toMatchObject({ code: 'reauthentication_required' });
  expect((await entriesSince(from)).filter(({ action }) => action === 'export_downloaded')).toEqual([]);
  const row = page
    .getByRole('table', { name: /Exports/ })
    .getByRole('row', { name: new RegExp(talk) })
    .first();
  await row.getByRole('button', { name: /^Download/ }).click();
  const asked = page.getByRole('dialog', { name: 'Confirm that it is you' });
  await asked.getByLabel('Password').fill(password);
  const [download] = await Promise.all([page.waitForEvent('download'), asked.getByRole('button', { name: 'Continue' }).click()]);
  expect(
    readFileSync(await download.path())
      .subarray(0, 2)
      .toString(),
  ).toBe('PK');
  expect(download.suggestedFilename()).toMatch(/^holdfast-.*\.zip$/);
  expect((await entriesSince(from)).filter(({ action }) => action === 'export_downloaded')).toHaveLength(1);
});

test('what is brought is taken whole up to its bound, and refused beyond it', async () => {
  const bring = (text: string) => callAs('auditor', `/api/v1/comparisons?ledger=${installation.ledger}`, { body: { text } });
  const receipt = await covered(entries[0]!.id);
  const hash = entries[0]!.integrity_hash;
  const padded = JSON.stringify({ seq: entries[0]!.seq, integrity_hash: hash, tlog_proof: receipt, padding: 'x'.repeat(1_000_000) });
  const answer = await bring(padded);
  expect([answer.status, ((await answer.json()) as { verdict?: string }).verdict]).toEqual([200, 'grew_only']);
  expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
  expect((await bring('x'.repeat(3_000_000))).status).toBe(413);
});

test('what the filters of the list show is what an export is asked for', async ({ page }) => {
  await visit(page, `/records?conversation=${talk}&outcome=`);
  await page.getByRole('button', { name: 'Export evidence' }).click();
  const dialog = page.getByRole('dialog', { name: 'Export evidence' });
  await expect(dialog).toContainText(`Records where conversation ${talk}, 6 records`);
  await dialog.getByRole('button', { name: 'Make the bundle' }).click();
  await expect(dialog).toContainText('Ready: 6 records', { timeout: 30_000 });
});

test('an administrator adds a place outside, tries it, turns it off and removes it; nobody else is offered that', async ({ page }) => {
  await enterAs(page, 'administrator');
  const from = await mark();
  const name = `Nowhere ${Date.now()}`;
  await visit(page, '/settings/proofs');
  await page.getByRole('button', { name: 'Add a place' }).click();
  const dialog = page.getByRole('dialog', { name: 'Add a place outside' });
  await dialog.getByRole('combobox', { name: 'Kind' }).click();
  await page.getByRole('option', { name: 'Webhook', exact: true }).click();
  await dialog.getByLabel('Name').fill(name);
  // An address of this machine is not asked, whoever enters it.
  await dialog.getByLabel('Address').fill('http://127.0.0.1:1/');
  await dialog.getByRole('button', { name: 'Add', exact: true }).click();
  await expect(dialog.getByRole('alert')).toBeVisible();
  await dialog.getByLabel('Address').fill('https://nowhere.invalid/checkpoints');
  await dialog.getByRole('button', { name: 'Add', exact: true }).click();
  await expect(page.getByRole('dialog', { name: `Secret of ${name}` })).toContainText('whsec_');
  await page.getByRole('button', { name: 'I have kept it' }).click();
  const row = page.getByRole('table', { name: 'Places outside' }).getByRole('row', { name: new RegExp(name) });
  const choose = async (item: string) => {
    await row.getByRole('button', { name: `Change ${name}` }).click();
    await page.getByRole('menuitem', { name: item }).click();
  };
  await choose('Try now');
  await expect(row).toContainText(/Failed \d+ times? in a row/, { timeout: 20_000 });
  await choose('Turn off');
  await expect(row).toContainText('Off');
  await choose('Remove…');
  await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
  await expect(row).toHaveCount(0);
  const changes = (await entriesSince(from)).filter((entry) => entry.action === 'anchor_target_changed');
  expect(changes.length).toBeGreaterThanOrEqual(3);
  expect(JSON.stringify(changes.map(({ details }) => details))).not.toContain('whsec_');

  for (const role of ['auditor', 'compliance_officer'] as const) {
    await enterAs(page, role);
    await visit(page, '/integrity');
    await expect(page.getByRole('link', { name: /Proofs and alarms|Add a place outside|Change them/ })).toHaveCount(0);
    expect((await page.goto('/settings/proofs'))?.status()).toBe(403);
  }
});
