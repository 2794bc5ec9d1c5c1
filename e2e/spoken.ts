import { expect, type Locator, type Page } from 'playwright/test';
import type { RevealLine } from '@/lib/schema/words';
import { type Receipt, storeConversation } from './agent';
import { ledgerId, superuser, whileLocked } from './database';
import { callAs } from './people';
import { visit } from './visit';

/** A conversation of which the words were sent: what was asked, what a tool was told and gave back, what was answered. */
export interface Spoken {
  id: string;
  records: Receipt[];
  /** Stands in nothing else: wherever it is seen, words were. */
  secret: string;
  asked: string;
  answered: string;
}

export async function speak(name: string, over: { subject_id?: string } = {}): Promise<Spoken> {
  const id = `${name}-${Date.now()}`;
  const secret = `warfarin${Date.now()}`;
  const asked = `May I take ${secret}?\nWrite to ada.lovelace@example.com.`;
  const answered = `No: ${secret} and aspirin do not go together.`;
  const records = await storeConversation(id, [
    { action: 'conversation_started', agent_seq: 1 },
    {
      action: 'user_message_received',
      actor_type: 'user',
      actor_id: 'P-1',
      details: { length: asked.length },
      content: [{ part: 'prompt', text: asked }],
      agent_seq: 2,
      ...over,
    },
    {
      details: { tool: 'dosage.check', tool_call_id: 'c1' },
      content: [
        { part: 'tool_arguments', text: JSON.stringify({ drug: secret }) },
        { part: 'tool_result', text: `${secret}: see aspirin` },
      ],
      agent_seq: 3,
      ...over,
    },
    {
      action: 'agent_response_generated',
      details: { length: answered.length },
      content: [{ part: 'response', text: answered }],
      agent_seq: 4,
      ...over,
    },
    { action: 'conversation_ended', agent_seq: 5 },
  ]);
  return { id, records, secret, asked, answered };
}

/** The words of a conversation, asked for as the page asks. @throws Error where they were refused */
export async function revealAs(role: Parameters<typeof callAs>[0], body: Record<string, unknown>): Promise<RevealLine[]> {
  const answer = await callAs(role, '/api/v1/reveals', { body });
  const text = await answer.text();
  if (answer.status !== 200) throw new Error(`${answer.status} ${text}`);
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as RevealLine);
}

export async function choose(within: Page | Locator, label: string, option: string): Promise<void> {
  await within.getByRole('combobox', { name: label }).click();
  const page = 'keyboard' in within ? within : within.page();
  await page.getByRole('option', { name: option, exact: true }).click();
}

export const revealDialog = (page: Page) => page.getByRole('dialog', { name: /^Reveal/ });

/** Opens all words of a conversation on its page. */
export async function revealOnPage(page: Page, id: string, purpose = 'Complaint', note = ''): Promise<void> {
  await visit(page, `/conversations/${id}`);
  await page.getByRole('button', { name: 'Reveal the conversation' }).click();
  await choose(revealDialog(page), 'Purpose of use', purpose);
  await revealDialog(page).getByLabel('Note').fill(note);
  await revealDialog(page)
    .getByRole('button', { name: /^Reveal \d+ parts?$/ })
    .click();
  await expect(revealDialog(page)).toHaveCount(0);
}

export const parts = (page: Page, state: 'sealed' | 'revealed' | 'absent') => page.locator(`[data-part][data-state=${state}]`);
/** What stands beside the transcript under a title. */
export const docket = (page: Page, title: string) =>
  page.getByRole('complementary', { name: 'Docket' }).locator('section', { has: page.getByRole('heading', { name: title, exact: true }) });

/** While `work` runs nothing can be appended to any ledger: as if the database refused. */
export async function withoutAppending(work: () => Promise<void>): Promise<void> {
  const each = (change: (f: string) => string) =>
    superuser(async (client) => {
      const { rows } = await client.query<{ f: string }>(
        "SELECT oid::regprocedure::text AS f FROM pg_proc WHERE proname = 'append_entries'",
      );
      for (const { f } of rows) await client.query(change(f));
    });
  try {
    await each((f) => `REVOKE EXECUTE ON FUNCTION ${f} FROM holdfast_app`);
    await work();
  } finally {
    await each((f) => `GRANT EXECUTE ON FUNCTION ${f} TO holdfast_app`);
  }
}

/** Until `letGo`, or `work` is over, whoever appends to the access ledger waits; it can be read. */
export async function accessLogWaits(work: (letGo: () => Promise<void>) => Promise<void>): Promise<void> {
  // The lock that append takes first.
  await whileLocked(
    async (client) => client.query('SELECT pg_advisory_xact_lock(1212564294, $1)', [await ledgerId(client, 'access')]),
    work,
  );
}
