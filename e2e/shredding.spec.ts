import { expect, type Page, test } from 'playwright/test';
import type { HoldDto } from '@/lib/schema/holds';
import type { VerificationDto } from '@/lib/schema/verification';
import { entriesSince, mark } from './access-entries';
import { superuser } from './database';
import { accountOf } from './installation';
import { type Officer, officerBeside } from './officer';
import { callAs, enterAs } from './people';
import { docket, parts, revealAs, revealDialog, revealOnPage, speak } from './spoken';
import { visit } from './visit';

const officer = accountOf('compliance_officer');
const AUTHORITY = 'GDPR Art. 17(1)(a)';
let second: Officer;
test.beforeAll(async () => {
  second = await officerBeside();
});
test.beforeEach(async ({ page }) => enterAs(page, 'compliance_officer'));

const kept = (page: Page) => docket(page, 'Kept and destroyed');
const shredDialog = (page: Page) => page.getByRole('dialog', { name: 'Destroy the words' });
const destroy = (page: Page) => shredDialog(page).getByRole('button', { name: 'Destroy for good' });

async function fillShredding(page: Page, typed: string): Promise<void> {
  await shredDialog(page).getByLabel('Authority').fill(AUTHORITY);
  await shredDialog(page).getByLabel('Reason').fill('The patient asked for it');
  await shredDialog(page)
    .getByLabel(/^Type .* to confirm$/)
    .fill(typed);
}

async function placeHold(scope: { kind: string; value: string }, matter = 'Doe v. Clinic'): Promise<HoldDto> {
  const answer = await callAs('compliance_officer', '/api/v1/holds', { body: { matter, scope, reason: 'The court asks for it' } });
  expect(answer.status).toBe(201);
  return (await answer.json()) as HoldDto;
}

/** The dialogs of a release, once opened. */
async function askRelease(page: Page): Promise<void> {
  const dialog = page.getByRole('dialog', { name: 'Ask for the release of the hold' });
  await dialog.getByLabel('Reason').fill('The case was settled');
  await dialog.getByRole('button', { name: 'Ask for the release' }).click();
  await expect(dialog).toHaveCount(0);
}
async function confirmRelease(page: Page): Promise<void> {
  const dialog = page.getByRole('dialog', { name: 'Confirm the release of the hold' });
  await expect(dialog).toContainText(`${officer.email} asks for it: “The case was settled”`);
  await dialog.getByRole('button', { name: 'Confirm the release' }).click();
  await expect(dialog).toHaveCount(0);
}

async function verifyLedger(): Promise<VerificationDto> {
  const asked = await callAs('auditor', '/api/v1/verifications', { body: { scope: { kind: 'ledger' } } });
  const { id } = (await asked.json()) as VerificationDto;
  let run: VerificationDto | undefined;
  await expect
    .poll(
      async () => {
        run = (await (await callAs('auditor', `/api/v1/verifications/${id}`)).json()) as VerificationDto;
        return run.state;
      },
      { timeout: 30_000 },
    )
    .toBe('done');
  return run!;
}

test('a hold is placed, and released by two, where the conversation is read; while it stands nothing of it can be destroyed, whoever asks', async ({
  page,
}) => {
  const { id, answered } = await speak('held');
  await visit(page, `/conversations/${id}`);
  await expect(kept(page)).toContainText('No hold is on it.');
  await kept(page).getByRole('button', { name: 'Place a hold' }).click();
  const dialog = page.getByRole('dialog', { name: 'Place a legal hold' });
  await dialog.getByLabel('Matter').fill('Doe v. Clinic');
  await dialog.getByLabel('Reason').fill('The court asks for it');
  const from = await mark();
  await dialog.getByRole('button', { name: 'Place the hold' }).click();
  await expect(kept(page)).toContainText('Held for Doe v. Clinic');
  await expect(kept(page)).toContainText(`by ${officer.email}`);
  await expect(kept(page).getByRole('button', { name: 'Destroy the words' })).toHaveCount(0);
  expect((await entriesSince(from)).map(({ action }) => action)).toContain('hold_placed');
  const refused = await callAs('compliance_officer', '/api/v1/shreddings', {
    body: { scope: { kind: 'conversation', value: id }, authority: AUTHORITY, reason: 'Asked for', confirm: id },
  });
  expect(refused.status).toBe(409);
  expect(await refused.json()).toMatchObject({ code: 'under_hold', detail: 'Held by: Doe v. Clinic. Nothing was destroyed.' });

  await kept(page).getByRole('button', { name: 'Release' }).click();
  await askRelease(page);
  await expect(kept(page)).toContainText(`${officer.email} asked for its release`);
  await expect(kept(page)).toContainText('Another compliance officer has to confirm it.');
  await expect(kept(page).getByRole('button', { name: 'Confirm the release' })).toHaveCount(0);
  await expect(kept(page).getByRole('button', { name: 'Destroy the words' })).toHaveCount(0);
  await second.enter(page);
  await visit(page, `/conversations/${id}`);
  await expect(kept(page).getByRole('button', { name: 'Destroy the words' })).toHaveCount(0);
  await kept(page).getByRole('button', { name: 'Confirm the release' }).click();
  await confirmRelease(page);
  await expect(kept(page)).toContainText('No hold is on it.');
  await expect(kept(page).locator('[data-released-hold]')).toContainText(/^Held for Doe v\. Clinic from \d{4}-.* to \d{4}-/);
  await expect(kept(page).getByRole('button', { name: 'Destroy the words' })).toBeVisible();
  const entered = (await entriesSince(from)).filter(({ action }) => action.startsWith('hold_'));
  expect(entered.map(({ action, actor_id }) => [action, actor_id])).toEqual([
    ['hold_placed', officer.email],
    ['hold_release_requested', officer.email],
    ['hold_released', second.email],
  ]);
  // Nothing was lost by any of it.
  const lines = await revealAs('compliance_officer', { conversation_id: id, purpose: 'legal_request' });
  expect(lines).toContainEqual(expect.objectContaining({ part: 'response', text: answered }));
});

test('a hold that comes while somebody is about to destroy wins: the dialog says so, and the words can still be read', async ({ page }) => {
  const subject = `P-${Date.now()}`;
  const { id, answered } = await speak('held-late', { subject_id: subject });
  await visit(page, `/conversations/${id}`);
  await kept(page).getByRole('button', { name: 'Destroy the words' }).click();
  await expect(shredDialog(page)).toContainText('4 parts of words');
  await fillShredding(page, id);
  const hold = await placeHold({ kind: 'subject', value: subject }, 'Estate of Doe');
  await destroy(page).click();
  await expect(shredDialog(page)).toContainText('Held by: Estate of Doe. Nothing was destroyed.');
  // Whoever opens the page now sees why, without having to try.
  await visit(page, `/conversations/${id}`);
  await expect(kept(page)).toContainText('Held for Estate of Doe');
  await expect(kept(page)).toContainText(`everything about ${subject}`);
  const lines = await revealAs('compliance_officer', { conversation_id: id, purpose: 'legal_request' });
  expect(lines).toContainEqual(expect.objectContaining({ part: 'response', text: answered }));
  await callAs('compliance_officer', `/api/v1/holds/${hold.id}/release`, { body: { reason: 'Over' } });
  expect((await second.call(`/api/v1/holds/${hold.id}/release/confirm`, { method: 'POST' })).status).toBe(200);
});

test('words are destroyed for good once the name is typed; the conversation says what, when, by whom and under which authority; it verifies as before', async ({
  page,
}) => {
  const { id, secret, records } = await speak('destroyed');
  // They were read before: of that too nothing is kept.
  await revealOnPage(page, id);
  await expect(parts(page, 'revealed')).toHaveCount(4);
  await visit(page, `/conversations/${id}`);
  await kept(page).getByRole('button', { name: 'Destroy the words' }).click();
  await expect(shredDialog(page)).toContainText('4 parts of words');
  await expect(shredDialog(page)).toContainText('every record, its seal and its proofs');
  await fillShredding(page, id.slice(0, -1));
  await expect(destroy(page)).toBeDisabled();
  await fillShredding(page, id);
  const from = await mark();
  await destroy(page).click();
  await expect(shredDialog(page)).toHaveCount(0);
  await expect(kept(page)).toContainText('4 parts destroyed');
  await expect(kept(page)).toContainText(`by ${officer.email}, under ${AUTHORITY}`);
  await expect(kept(page)).toContainText('Pending: backups may hold the keys until');
  const said = page.getByText(`by ${officer.email}, under ${AUTHORITY}; backups may hold their key until`);
  await expect(said).toHaveCount(4);
  await expect(said.first()).toContainText('Words destroyed');
  await expect(said.first().locator('time').first()).toBeVisible();
  await expect(parts(page, 'sealed')).toHaveCount(0);
  await expect(page.getByRole('button', { name: /^Reveal/ })).toHaveCount(0);
  await expect(kept(page).getByRole('button', { name: 'Destroy the words' })).toHaveCount(0);
  const entry = (await entriesSince(from)).find(({ action }) => action === 'content_shredded');
  expect(entry).toMatchObject({ actor_id: officer.email, resource_id: id, details: { authority: AUTHORITY, parts: 4 } });

  // Asked for past the page, each part says of itself what became of it.
  const lines = await revealAs('auditor', { conversation_id: id, purpose: 'audit' });
  expect(lines.map((line) => ('absent' in line ? line.absent : 'end' in line ? `revealed ${line.revealed}` : line.text))).toEqual([
    ...Array.from({ length: 4 }, () => 'shredded'),
    'revealed 0',
  ]);
  expect(JSON.stringify(lines)).toContain(AUTHORITY);
  await superuser(async (client) => {
    const { rows } = await client.query<{ n: number }>(
      'SELECT count(*)::int AS n FROM content_keys WHERE conversation_id = $1 AND wrapped IS NOT NULL',
      [id],
    );
    expect(rows[0]?.n, 'keys that are left').toBe(0);
  });
  await visit(page, `/records/${records[3]!.id}`);
  await expect(page.getByRole('main')).toContainText(`Words destroyed`);
  expect(await page.content()).not.toContain(secret);

  const run = await verifyLedger();
  expect({ verdict: run.verdict, breaks: run.breaks }).toEqual({ verdict: 'valid', breaks: [] });
  expect(run.checks.find(({ name }) => name === 'content')).toMatchObject({
    outcome: 'passed',
    say: expect.stringMatching(/the keys of \d+ were destroyed by shreddings/),
  });
  await visit(page, `/conversations/${id}`);
  await page.getByRole('button', { name: 'Verify this conversation' }).click();
  await expect(docket(page, 'Proof')).toContainText(/5 of 5 records(, complete)?( match their seal|, proven under checkpoint [\d,]+)/);
});

test('what was said anew after a destruction is sealed under a key of its own, and opens alone', async ({ page }) => {
  const subject = `P-${Date.now()}-again`;
  const first = await speak('by-subject', { subject_id: subject });
  const done = await callAs('compliance_officer', '/api/v1/shreddings', {
    body: { scope: { kind: 'subject', value: subject }, authority: AUTHORITY, reason: 'Asked for', confirm: subject },
  });
  expect(done.status).toBe(201);
  const second = await speak('by-subject-again', { subject_id: subject });
  await visit(page, `/conversations/${first.id}`);
  await expect(page.locator('[data-words-bar]')).toContainText(
    'All 4 parts of words on this page were destroyed: nothing is left to reveal.',
  );
  await revealOnPage(page, second.id);
  await expect(parts(page, 'revealed')).toHaveCount(4);
  await expect(revealDialog(page)).toHaveCount(0);
});

test('an auditor sees what is held and what was destroyed, and can do neither', async ({ page }) => {
  const { id } = await speak('not-mine');
  await enterAs(page, 'auditor');
  const look = async (says: string) => {
    await visit(page, `/conversations/${id}`);
    await expect(kept(page)).toContainText(says);
    for (const name of ['Place a hold', 'Release', 'Destroy the words'])
      await expect(page.getByRole('button', { name, exact: true })).toHaveCount(0);
  };
  await look('No hold is on it.');
  await placeHold({ kind: 'conversation', value: id });
  await look('Held for Doe v. Clinic');
  const scope = { kind: 'conversation', value: id };
  for (const [path, body] of [
    ['/api/v1/holds', { matter: 'Mine', scope, reason: 'I would like to' }],
    ['/api/v1/shreddings', { scope, authority: AUTHORITY, reason: 'I would like to', confirm: id }],
    ['/api/v1/shreddings/preview', { scope }],
  ] as const)
    expect((await callAs('auditor', path, { body })).status, path).toBe(403);
});

test('by person: an officer sees what is kept of one wherever it stands, holds it, releases it, and destroys it; the words of others stay', async ({
  page,
}) => {
  const subject = `P-${Date.now()}-all`;
  const [first, another] = [await speak('person-a', { subject_id: subject }), await speak('person-b', { subject_id: subject })];
  const other = await speak('person-other', { subject_id: `${subject}-not` });
  await visit(page, '/settings/content');
  const form = page.getByRole('form', { name: 'A person’s words' });
  const about = (id: string) => page.getByRole('region', { name: `Words about ${id}`, exact: true });
  const look = async (id: string) => {
    await form.getByLabel('Id of the person').fill(id);
    await form.getByRole('button', { name: 'Show what is kept' }).click();
  };
  await look('Ada Lovelace');
  await expect(form).toContainText('That is no id');
  await look(`${subject}-nobody`);
  await expect(about(`${subject}-nobody`)).toContainText('Nothing is kept under that id');
  await expect(about(`${subject}-nobody`).getByRole('button', { name: 'Destroy the words' })).toHaveCount(0);

  const from = await mark();
  await look(subject);
  await expect(about(subject)).toContainText('8 parts');
  await expect(about(subject)).toContainText('No hold covers any of it.');
  for (const { id } of [first, another]) await expect(about(subject).getByRole('link', { name: id })).toBeVisible();
  expect(page.url(), 'the id is in no address').not.toContain(subject);
  await about(subject).getByRole('button', { name: 'Place a hold' }).click();
  const hold = page.getByRole('dialog', { name: 'Place a legal hold' });
  await expect(hold).toContainText(`On everything about ${subject}`);
  await hold.getByLabel('Matter').fill('Doe v. Clinic');
  await hold.getByLabel('Reason').fill('The court asks for it');
  await hold.getByRole('button', { name: 'Place the hold' }).click();
  await expect(about(subject)).toContainText('Held for Doe v. Clinic');
  await expect(about(subject).getByRole('button', { name: 'Destroy the words' })).toHaveCount(0);
  await about(subject).getByRole('button', { name: 'Release' }).click();
  await askRelease(page);
  await expect(about(subject)).toContainText(`${officer.email} asked for its release`);
  await second.enter(page);
  await visit(page, '/settings/content');
  await look(subject);
  await about(subject).getByRole('button', { name: 'Confirm the release' }).click();
  await confirmRelease(page);
  await expect(about(subject)).toContainText('No hold covers any of it.');
  await enterAs(page, 'compliance_officer');
  await visit(page, '/settings/content');
  await look(subject);

  await about(subject).getByRole('button', { name: 'Destroy the words' }).click();
  await expect(shredDialog(page)).toContainText('8 parts of words');
  await expect(shredDialog(page)).toContainText('2 conversations');
  await fillShredding(page, `${subject}-not`);
  await expect(destroy(page)).toBeDisabled();
  await fillShredding(page, subject);
  await destroy(page).click();
  await expect(about(subject)).toContainText('No words are left');
  await expect(about(subject)).toContainText(`8 parts destroyed`);
  await expect(about(subject)).toContainText(`by ${officer.email}, under ${AUTHORITY}`);
  await expect(about(subject).getByRole('button', { name: 'Destroy the words' })).toHaveCount(0);
  const entered = await entriesSince(from);
  for (const [action, actor_id] of [
    ['hold_placed', officer.email],
    ['hold_release_requested', officer.email],
    ['hold_released', second.email],
    ['content_shredded', officer.email],
  ])
    expect(entered.filter((entry) => entry.action === action)).toMatchObject([{ actor_id, subject_id: subject }]);

  await visit(page, `/conversations/${first.id}`);
  await expect(page.locator('[data-words-bar]')).toContainText('All 4 parts of words on this page were destroyed');
  const lines = await revealAs('auditor', { conversation_id: other.id, purpose: 'audit' });
  expect(lines).toContainEqual(expect.objectContaining({ part: 'response', text: other.answered }));
});
