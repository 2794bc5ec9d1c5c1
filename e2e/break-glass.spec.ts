import { expect, type Page, test } from 'playwright/test';
import type { BreakGlassDto } from '@/lib/schema/words';
import { entriesSince, mark } from './access-entries';
import { ledgerId, superuser } from './database';
import { accountOf, installation, OWN_PAGE, origin } from './installation';
import { newPerson } from './new-person';
import { asCookie, callAs, enterAs, giveSession, newSession } from './people';
import { choose, docket, parts, revealDialog, type Spoken, speak } from './spoken';
import { visit } from './visit';

const admin = accountOf('administrator');
const officer = accountOf('compliance_officer');
const NOTE = 'The patient is unconscious and the plan is in there.';
const alarm = (page: Page) => page.getByRole('region', { name: 'Alarm', exact: true });
const form = (page: Page) => page.getByRole('form', { name: 'Break the glass' });
const opened = (page: Page, id: string) => page.locator('[data-break-glass]', { hasText: id });

/** As the administrator, past the page. */
async function breakGlass(id: string): Promise<BreakGlassDto> {
  const answer = await callAs('administrator', '/api/v1/break-glass', {
    body: { conversation_id: id, reason: 'patient_safety', note: NOTE },
  });
  expect(answer.status).toBe(201);
  return (await answer.json()) as BreakGlassDto;
}

async function signOff(id: string): Promise<void> {
  await callAs('compliance_officer', `/api/v1/break-glass/${id}/review`, { body: { outcome: 'justified', note: 'Rightly so' } });
}

const revealed = (id: string) => callAs('administrator', '/api/v1/reveals', { body: { conversation_id: id, purpose: 'treatment' } });

let talk: Spoken;
test.beforeAll(async () => {
  talk = await speak('emergency');
});

test('whose role opens no words opens one conversation in an emergency, with a reason and a note; every screen is alarmed at once', async ({
  page,
}) => {
  const other = await speak('emergency-other');
  await enterAs(page, 'administrator');
  await visit(page, '/break-glass');
  const from = await mark();
  await form(page).getByRole('button', { name: 'Break the glass' }).click();
  await expect(form(page)).toContainText('Name the conversation, as it was told to you.');
  await form(page).getByLabel('Conversation').fill(talk.id);
  await form(page).getByRole('button', { name: 'Break the glass' }).click();
  await expect(form(page)).toContainText('Choose a reason.');
  await choose(form(page), 'Reason', 'Safety of a patient');
  await form(page).getByLabel('What has happened').fill('too short');
  await form(page).getByRole('button', { name: 'Break the glass' }).click();
  await expect(form(page)).toContainText('Say in a few words what has happened');
  expect((await entriesSince(from)).map(({ action }) => action)).toEqual([]);
  await expect(alarm(page)).toHaveCount(0);
  await form(page).getByLabel('What has happened').fill(NOTE);
  await form(page).getByRole('button', { name: 'Break the glass' }).click();
  await expect(opened(page, talk.id)).toContainText(/(30:00|29:[45]\d) left/);
  const entry = (await entriesSince(from)).find(({ action }) => action === 'break_glass_opened');
  expect(entry).toMatchObject({ actor_id: admin.email, resource_id: talk.id, purpose: 'patient_safety', details: { note: NOTE } });

  // The words come with a purpose and an entry of their own, and of this conversation alone.
  await opened(page, talk.id).getByRole('button', { name: 'Reveal the words' }).click();
  await revealDialog(page).getByRole('button', { name: 'Reveal the words' }).click();
  await expect(revealDialog(page)).toContainText('Choose a purpose');
  await choose(revealDialog(page), 'Purpose of use', 'Treatment');
  await revealDialog(page).getByRole('button', { name: 'Reveal the words' }).click();
  await expect(parts(page, 'revealed')).toHaveCount(4);
  await expect(page.getByRole('main')).toContainText(talk.answered);
  const look = (await entriesSince(from)).find(({ action }) => action === 'content_revealed');
  expect(look).toMatchObject({ actor_id: admin.email, resource_id: talk.id, details: { break_glass: entry?.details.break_glass } });
  const another = await revealed(other.id);
  expect(another.status).toBe(403);
  expect(await another.text()).not.toContain(other.secret);

  for (const [role, paths] of [
    ['administrator', ['/', '/break-glass', '/settings/users']],
    [
      'auditor',
      ['/', '/conversations', `/conversations/${other.id}`, '/records', '/prompts', '/registry', '/integrity', '/settings/account'],
    ],
    ['compliance_officer', ['/', '/reviews', '/settings/content']],
  ] as const) {
    await enterAs(page, role);
    for (const path of paths) {
      await page.goto(path);
      await expect(alarm(page), `${role} at ${path}`).toContainText('Break-glass was used');
      // The alarm may be read by who may not know of the patient.
      await expect(alarm(page), `${role} at ${path}`).not.toContainText(NOTE);
    }
  }
  await enterAs(page, 'auditor');
  await visit(page, `/conversations/${talk.id}`);
  await expect(docket(page, 'Who was shown the words').getByRole('listitem').first()).toContainText(`${admin.email}`);
  await expect(docket(page, 'Who was shown the words').getByRole('listitem').first()).toContainText('by break-glass');
});

test('it waits on the list of reviews; an auditor cannot settle it; a compliance officer signs it off, and with that the alarm and the half hour end', async ({
  page,
}) => {
  expect((await revealed(talk.id)).status, 'still open').toBe(200);
  await enterAs(page, 'auditor');
  expect((await visit(page, '/reviews'))?.status()).toBe(403);
  await visit(page, '/integrity');
  await expect(page.locator('li[data-alarm=break_glass][data-open=true]')).not.toHaveCount(0);
  await expect(page.getByRole('button', { name: 'Settle…' })).toHaveCount(0);
  await enterAs(page, 'compliance_officer');
  // By no other way than by saying what was found.
  const alarms = (await (await callAs('compliance_officer', '/api/v1/alarms')).json()) as {
    rows: { id: string; kind: string; ended_at: string | null }[];
  };
  const open = alarms.rows.filter(({ kind, ended_at: ended }) => kind === 'break_glass' && ended === null);
  expect(open).toHaveLength(1);
  const settled = await callAs('compliance_officer', `/api/v1/alarms/${open[0]!.id}/settle`, { body: { reason: 'Make it go away' } });
  expect(settled.status).toBe(409);
  await visit(page, '/reviews');
  const row = opened(page, talk.id);
  await expect(row).toContainText(admin.email);
  await expect(row).toContainText(NOTE);
  await expect(row).toContainText('opened 2 times');
  await expect(row).toContainText('waits for a review');
  const from = await mark();
  await row.getByRole('button', { name: 'Review' }).click();
  const dialog = page.getByRole('dialog', { name: 'Review this emergency' });
  await dialog.getByLabel('What you found').fill('The plan was needed; the ward confirms it.');
  await dialog.getByRole('button', { name: 'Justified', exact: true }).click();
  await expect(dialog).toHaveCount(0);
  await expect(row).toContainText('justified');
  await expect(row).toContainText(officer.email);
  await expect(row).toContainText('the ward confirms it');
  await expect(alarm(page)).toHaveCount(0);
  const entry = (await entriesSince(from)).find(({ action }) => action === 'break_glass_reviewed');
  expect(entry).toMatchObject({ actor_id: officer.email, details: { opened_by: admin.email, outcome: 'justified' } });
  const after = await revealed(talk.id);
  expect(after.status).toBe(403);
  expect(await after.text()).not.toContain(talk.secret);
  await enterAs(page, 'administrator');
  await visit(page, '/break-glass');
  await expect(opened(page, talk.id)).toHaveAttribute('data-open', 'false');
  await expect(opened(page, talk.id)).toContainText('justified');
  // Once is enough: what was found stays.
  const again = await callAs('compliance_officer', `/api/v1/break-glass/${String(entry?.details.break_glass)}/review`, {
    body: { outcome: 'not_justified', note: 'On second thoughts' },
  });
  expect(again.status).toBe(409);
});

test('whoever opened it does not sign it off, whatever their role has become', async ({ page }) => {
  const own = await speak('emergency-own');
  const person = await newPerson('administrator', 'Both Hats');
  const session = await newSession(person.email, person.password);
  const call = (path: string, body: unknown) =>
    fetch(origin + path, {
      method: 'POST',
      headers: { ...asCookie(session), ...OWN_PAGE, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  const made = await call(`/api/v1/break-glass?ledger=${installation.ledger}`, {
    conversation_id: own.id,
    reason: 'legal_deadline',
    note: NOTE,
  });
  expect(made.status).toBe(201);
  const { id } = (await made.json()) as BreakGlassDto;
  await superuser(async (client) =>
    client.query("UPDATE memberships SET role = 'compliance_officer' WHERE user_id = $1 AND ledger_id = $2", [
      person.id,
      await ledgerId(client, installation.ledger),
    ]),
  );
  await giveSession(page.context(), await newSession(person.email, person.password));
  await visit(page, `/reviews?ledger=${installation.ledger}`);
  await expect(opened(page, own.id)).toContainText('Somebody else reviews what you opened.');
  await expect(opened(page, own.id).getByRole('button', { name: 'Review' })).toHaveCount(0);
  const refused = await call(`/api/v1/break-glass/${id}/review?ledger=${installation.ledger}`, {
    outcome: 'justified',
    note: 'I was right',
  });
  expect({ status: refused.status, code: ((await refused.json()) as { code: string }).code }).toEqual({
    status: 403,
    code: 'second_person_required',
  });
  await expect(alarm(page)).toBeVisible();
  await signOff(id);
  await page.reload();
  await expect(alarm(page)).toHaveCount(0);
});

test('it is over after half an hour, which nobody prolongs; that it was used waits for its review all the same', async ({ page }) => {
  const own = await speak('emergency-over');
  const { id, opened_at: from, expires_at: until } = await breakGlass(own.id);
  expect(Date.parse(until) - Date.parse(from)).toBe(30 * 60_000);
  expect((await revealed(own.id)).status).toBe(200);
  const move = (by: string) => `UPDATE break_glass SET opened_at = opened_at ${by}, expires_at = expires_at ${by} WHERE id = $1`;
  await superuser(async (client) => {
    await expect(client.query(move("+ interval '30 minutes'"), [id])).rejects.toThrow();
    // Half an hour later.
    await client.query('ALTER TABLE break_glass DISABLE TRIGGER break_glass_kept');
    try {
      await client.query(move("- interval '31 minutes'"), [id]);
    } finally {
      await client.query('ALTER TABLE break_glass ENABLE TRIGGER break_glass_kept');
    }
  });
  const answer = await revealed(own.id);
  expect(answer.status).toBe(403);
  expect(await answer.text()).not.toContain(own.secret);
  await enterAs(page, 'administrator');
  await visit(page, '/break-glass');
  await expect(opened(page, own.id)).toHaveAttribute('data-open', 'false');
  await expect(opened(page, own.id).getByRole('button', { name: 'Reveal the words' })).toHaveCount(0);
  await expect(alarm(page)).toBeVisible();
  await enterAs(page, 'compliance_officer');
  await visit(page, '/reviews');
  await expect(opened(page, own.id)).toContainText('waits for a review');
  await signOff(id);
});
