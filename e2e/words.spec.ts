import { expect, test } from 'playwright/test';
import { entriesSince, mark } from './access-entries';
import { superuser } from './database';
import { accountOf, installation, ONE_CALL, origin } from './installation';
import { callAs, enterAs, giveSession, newSession } from './people';
import {
  accessLogWaits,
  choose,
  docket,
  parts,
  revealAs,
  revealDialog,
  revealOnPage,
  type Spoken,
  speak,
  withoutAppending,
} from './spoken';
import { visit } from './visit';

const auditor = accountOf('auditor');
let talk: Spoken;
test.beforeAll(async () => {
  talk = await speak('said');
});
test.beforeEach(async ({ page }) => enterAs(page, 'auditor'));

test('words stand sealed: how long each part is, what was found in it, and nothing of what was said', async ({ page }) => {
  await visit(page, `/conversations/${talk.id}`);
  await expect(parts(page, 'sealed')).toHaveCount(4);
  await expect(page.locator('[data-words-bar]')).toContainText('4 parts of words on this page are sealed.');
  await expect(page.locator('[data-part=prompt]')).toContainText(`${Buffer.byteLength(talk.asked)} bytes, sealed`);
  await expect(page.locator('[data-part=response]')).toContainText(`${Buffer.byteLength(talk.answered)} bytes, sealed`);
  await expect(page.locator('[data-part=tool_arguments]')).toContainText('Arguments, ');
  await expect(page.locator('[data-part=tool_result]')).toContainText('Result, ');
  await expect(page.getByText('Personal identifiers were found: email')).toBeVisible();
  await visit(page, `/records/${talk.records[1]!.id}`);
  await expect(parts(page, 'sealed')).toHaveCount(1);
  for (const address of [
    `/conversations/${talk.id}`,
    `/records/${talk.records[1]!.id}`,
    `/records?conversation=${talk.id}`,
    `/api/v1/conversations/${talk.id}`,
    `/api/v1/records/${talk.records[1]!.id}`,
  ]) {
    const text = await (await callAs('auditor', address)).text();
    expect(text.length, address).toBeGreaterThan(100);
    for (const word of [talk.secret, 'ada.lovelace']) expect(text, address).not.toContain(word);
  }
});

test('a reveal asks what for, and for a note where the purpose needs one: without either nothing is opened and nothing recorded', async ({
  page,
}) => {
  await visit(page, `/conversations/${talk.id}`);
  const from = await mark();
  await page.getByRole('button', { name: 'Reveal the conversation' }).click();
  const dialog = revealDialog(page);
  await dialog.getByRole('button', { name: 'Reveal 4 parts' }).click();
  await expect(dialog).toContainText('Choose a purpose');
  await choose(dialog, 'Purpose of use', 'Another purpose');
  await dialog.getByRole('button', { name: 'Reveal 4 parts' }).click();
  await expect(dialog).toContainText('This purpose asks for a note');
  expect(await entriesSince(from)).toEqual([]);
  await expect(parts(page, 'sealed')).toHaveCount(4);
  // Past the dialog it is no different.
  for (const [why, code] of [
    [{}, 'required'],
    [{ purpose: 'curiosity' }, 'enum'],
    [{ purpose: 'other' }, 'required'],
  ] as const) {
    const answer = await callAs('auditor', '/api/v1/reveals', { body: { conversation_id: talk.id, ...why } });
    expect(answer.status, JSON.stringify(why)).toBe(422);
    const text = await answer.text();
    expect(text).not.toContain(talk.secret);
    expect(text, JSON.stringify(why)).toContain(code);
  }
  expect((await entriesSince(from)).filter(({ action }) => action === 'content_revealed')).toEqual([]);
  await dialog.getByLabel('Note').fill('Asked by the supervisor');
  await dialog.getByRole('button', { name: 'Reveal 4 parts' }).click();
  await expect(parts(page, 'revealed')).toHaveCount(4);
});

test('the entry of the access log stands before the first word is on the page: while it cannot be written, no word comes', async ({
  page,
}) => {
  await visit(page, `/conversations/${talk.id}`);
  await page.getByRole('button', { name: 'Reveal the conversation' }).click();
  await choose(revealDialog(page), 'Purpose of use', 'Complaint');
  const from = await mark();
  const answered: number[] = [];
  page.on('response', (response) => response.url().includes('/api/v1/reveals') && answered.push(response.status()));
  await accessLogWaits(async (letGo) => {
    await revealDialog(page).getByRole('button', { name: 'Reveal 4 parts' }).click();
    await page.waitForTimeout(1_200);
    expect(answered).toEqual([]);
    await expect(page.getByText(talk.secret)).toHaveCount(0);
    await letGo();
    await expect(parts(page, 'revealed')).toHaveCount(4);
  });
  expect(answered).toEqual([200]);
  const [entry, ...others] = await entriesSince(from);
  expect(others).toEqual([]);
  expect(entry).toMatchObject({
    action: 'content_revealed',
    actor_id: auditor.email,
    resource_type: 'conversation',
    resource_id: talk.id,
    purpose: 'complaint',
  });
  expect(JSON.stringify(entry, (_, value) => (typeof value === 'bigint' ? String(value) : value))).not.toContain(talk.secret);
});

test('one part is opened alone; a conversation is opened whole; both stand on the conversation: by whom, what for, how many', async ({
  page,
}) => {
  const own = await speak('shown');
  await visit(page, `/conversations/${own.id}`);
  await expect(docket(page, 'Who was shown the words')).toContainText('Nobody has been shown the words.');
  await page.locator('[data-part=response]').getByRole('button', { name: 'Reveal' }).click();
  await choose(revealDialog(page), 'Purpose of use', 'Quality review');
  await revealDialog(page).getByRole('button', { name: 'Reveal 1 part' }).click();
  await expect(page.locator('[data-part=response][data-state=revealed]')).toContainText(own.answered);
  await expect(parts(page, 'revealed')).toHaveCount(1);
  await expect(page.locator('[data-words-bar]')).toContainText('Revealed for quality review');
  // What is open is in this page's memory alone.
  await page.reload();
  await expect(parts(page, 'sealed')).toHaveCount(4);
  await expect(page.getByText(own.secret)).toHaveCount(0);
  await revealOnPage(page, own.id, 'Complaint', 'Case 4711');
  for (const words of [own.answered, '"drug"', 'see aspirin']) await expect(page.getByRole('main')).toContainText(words);
  expect(await parts(page, 'revealed').first().locator('bdi').textContent()).toBe(own.asked);
  const shown = docket(page, 'Who was shown the words').getByRole('listitem');
  const listed = async () => {
    await expect(shown).toHaveCount(2);
    await expect(shown.first()).toContainText(auditor.email);
    await expect(shown.first()).toContainText('4 parts for Complaint: Case 4711');
    await expect(shown.last()).toContainText('1 part for Quality review');
  };
  // At once, and as the access ledger has it.
  await listed();
  await page.reload();
  await listed();
  await visit(page, `/records/${own.records[3]!.id}`);
  await expect(page.getByRole('main')).toContainText('1 part for Quality review');
});

test('what was opened is counted down and covered again after five minutes, and at once where one asks for it', async ({ page }) => {
  await page.clock.install();
  await revealOnPage(page, talk.id);
  await expect(parts(page, 'revealed')).toHaveCount(4);
  await expect(page.locator('[data-words-bar]')).toContainText(/covered again in (5:00|4:[45]\d)/);
  await page.clock.fastForward('04:30');
  await expect(page.locator('[data-words-bar]')).toContainText(/covered again in 0:[012]\d/);
  await expect(parts(page, 'revealed')).toHaveCount(4);
  await page.clock.fastForward('00:31');
  await expect(parts(page, 'sealed')).toHaveCount(4);
  expect(await page.content()).not.toContain(talk.secret);
  await page.getByRole('button', { name: 'Reveal the conversation' }).click();
  await choose(revealDialog(page), 'Purpose of use', 'Audit');
  await revealDialog(page).getByRole('button', { name: 'Reveal 4 parts' }).click();
  await expect(parts(page, 'revealed')).toHaveCount(4);
  await page.getByRole('button', { name: 'Cover now' }).click();
  await expect(parts(page, 'sealed')).toHaveCount(4);
  expect(await page.content()).not.toContain(talk.secret);
});

test('who signed in a while ago says once more who they are before words are opened', async ({ page }) => {
  await giveSession(page.context(), await newSession(auditor.email, auditor.password));
  await superuser((client) =>
    client.query(
      "UPDATE sessions SET confirmed_at = now() - interval '6 minutes' WHERE id = (SELECT s.id FROM sessions s JOIN users u ON u.id = s.user_id WHERE u.email = $1 ORDER BY s.created_at DESC LIMIT 1)",
      [auditor.email],
    ),
  );
  await visit(page, `/conversations/${talk.id}`);
  const from = await mark();
  await page.getByRole('button', { name: 'Reveal the conversation' }).click();
  await choose(revealDialog(page), 'Purpose of use', 'Complaint');
  await revealDialog(page).getByRole('button', { name: 'Reveal 4 parts' }).click();
  const confirm = page.getByRole('dialog', { name: 'Confirm that it is you' });
  await expect(confirm).toBeVisible();
  await expect(parts(page, 'sealed')).toHaveCount(4);
  expect((await entriesSince(from)).map(({ action }) => action)).not.toContain('content_revealed');
  await confirm.getByLabel('Password').fill(auditor.password);
  await confirm.getByRole('button', { name: 'Continue' }).click();
  await expect(parts(page, 'revealed')).toHaveCount(4);
});

test('whose role does not open words sees no way to and is refused by the API; so is a key', async ({ page }) => {
  await enterAs(page, 'administrator');
  const answer = await visit(page, `/conversations/${talk.id}`);
  expect(answer?.status()).toBe(403);
  await expect(page.getByRole('button', { name: /Reveal/ })).toHaveCount(0);
  const body = { conversation_id: talk.id, purpose: 'complaint' };
  const from = await mark();
  const refused = await callAs('administrator', '/api/v1/reveals', { body });
  expect(refused.status).toBe(403);
  expect((await entriesSince(from)).map(({ action, outcome }) => `${action} ${outcome}`)).toEqual(['access_denied denied']);
  const issued = await callAs('administrator', '/api/v1/settings/keys', {
    body: { ledger: installation.ledger, name: 'Reads words?', kind: 'read' },
  });
  const { secret } = (await issued.json()) as { secret: string };
  const keyed = await fetch(`${origin}/api/v1/reveals`, {
    method: 'POST',
    headers: { ...ONE_CALL, authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  expect(keyed.status).toBe(403);
  for (const text of [await refused.text(), await keyed.text()]) expect(text).not.toContain(talk.secret);
});

test('where the access log refuses the entry, no word leaves the server, and the dialog says why', async ({ page }) => {
  await visit(page, `/conversations/${talk.id}`);
  await page.getByRole('button', { name: 'Reveal the conversation' }).click();
  await choose(revealDialog(page), 'Purpose of use', 'Complaint');
  const bodies: Promise<string>[] = [];
  page.on('response', (response) => bodies.push(response.text().catch(() => '')));
  const from = await mark();
  await withoutAppending(async () => {
    await revealDialog(page).getByRole('button', { name: 'Reveal 4 parts' }).click();
    await expect(revealDialog(page)).toContainText('could not be recorded');
  });
  await expect(parts(page, 'sealed')).toHaveCount(4);
  const texts = await Promise.all(bodies);
  expect(texts.some((text) => text.includes('audit_unavailable'))).toBe(true);
  for (const text of [...texts, await page.content()]) expect(text).not.toContain(talk.secret);
  expect(await entriesSince(from)).toEqual([]);
  // Then all goes on, from the same dialog.
  await revealDialog(page).getByRole('button', { name: 'Reveal 4 parts' }).click();
  await expect(parts(page, 'revealed')).toHaveCount(4);
  expect((await revealAs('auditor', { conversation_id: talk.id, purpose: 'audit' })).at(-1)).toMatchObject({ end: true, revealed: 4 });
});
