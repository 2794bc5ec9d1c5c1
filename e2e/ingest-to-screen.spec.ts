import { randomUUID } from 'node:crypto';
import { expect, test } from 'playwright/test';
import { createAuditClient } from '../lib/sdk/src/index';
import { post, someRecord, storeConversation } from './agent';
import { installation, origin } from './installation';
import { enterAs } from './people';

const tag = randomUUID().slice(0, 8);

test.beforeEach(async ({ page }) => enterAs(page, 'auditor'));

test('what an agent posts stands in the list at once, and is replayed in order, complete', async ({ page }) => {
  const id = `curl-${tag}`;
  const said = await storeConversation(id, [
    { action: 'conversation_started', details: { channel: 'web' }, agent_seq: 1 },
    { action: 'user_message_received', actor_id: 'pat-7', actor_type: 'user', details: { length: 42, language: 'en' }, agent_seq: 2 },
    { action: 'tool_invoked', details: { tool: 'ehr.read', tool_call_id: 'c1', arguments_length: 12, result_length: 900 }, agent_seq: 3 },
    {
      action: 'data_accessed',
      resource_type: 'patient_record',
      resource_id: 'P-1017',
      subject_id: 'P-1017',
      details: { tool: 'ehr.read', tool_call_id: 'c1', fields: ['allergies'], rows: 1 },
      agent_seq: 4,
    },
    { action: 'agent_response_generated', details: { length: 210, model: 'm-1', prompt_version: 'v3' }, agent_seq: 5 },
    { action: 'conversation_ended', details: { reason: 'done', turns: 1 }, agent_seq: 6 },
  ]);
  await page.goto('/conversations');
  const row = page.getByRole('row').filter({ hasText: id });
  await expect(row).toContainText('Closed');
  await row.getByRole('link', { name: id }).click();
  await page.waitForURL(`${origin}/conversations/${id}`);
  await expect(page.getByRole('complementary', { name: 'Docket' })).toContainText('6 of 6 records');
  const lines = page.getByRole('list', { name: /^Transcript/ }).locator('> li');
  const order = ['Conversation opened', '42 characters', 'ehr.read', '210 characters', 'Conversation closed'];
  await expect(lines).toHaveCount(order.length);
  for (const [i, words] of order.entries()) await expect(lines.nth(i)).toContainText(words);
  // What the tool call touched stands with it.
  await expect(lines.nth(2)).toContainText('P-1017');
  await expect(lines.nth(2)).toContainText('allergies');
  const record = page.getByRole('link', { name: `#${Number(said[0]!.seq).toLocaleString('en')}`, exact: true });
  await record.first().click();
  await page.waitForURL(`${origin}/records/${said[0]!.id}`);
  await expect(page.getByText('The entry matches its seal')).toBeVisible();
  await expect(page.getByText('The next entry follows from it')).toBeVisible();
});

test('what never arrived is drawn where it is missing, and said in the list', async ({ page }) => {
  const id = `gaps-${tag}`;
  await storeConversation(id, [
    { action: 'conversation_started', agent_seq: 1 },
    { action: 'user_message_received', actor_type: 'user', details: { length: 5 }, agent_seq: 2 },
    { action: 'agent_response_generated', details: { length: 6 }, agent_seq: 5 },
    { action: 'conversation_ended', agent_seq: 7 },
  ]);
  await page.goto(`/conversations?id=${id}&gaps=yes`);
  await expect(page.getByRole('row').filter({ hasText: id })).toContainText('3 missing');
  await page.goto(`/conversations/${id}`);
  const lines = page.getByRole('list', { name: /^Transcript/ }).locator('> li');
  await expect(lines).toContainText([
    'Conversation opened',
    '5 characters',
    'Numbers 3 to 4 of the sender never arrived',
    '6 characters',
    'Number 6 of the sender never arrived',
    'Conversation closed',
  ]);
  await expect(page.getByRole('complementary', { name: 'Docket' })).toContainText(
    '4 of 4 records, 3 of the sender’s numbers never arrived',
  );
});

test('an agent that uses the SDK gets its receipts, and its conversation is complete on the screen', async ({ page }) => {
  const client = createAuditClient({ url: origin, key: installation.ingestKey, agentName: installation.agentName, mode: 'strict' });
  const id = `sdk-${tag}`;
  const conversation = client.conversation({ id, userId: 'pat-8', channel: 'phone', classification: 'restricted' });
  await conversation.started();
  await conversation.userMessage({ length: 31 });
  const receipt = await conversation.response({ length: 77 });
  await conversation.ended({ reason: 'done' });
  await client.close();
  await page.goto(`/conversations/${id}`);
  await expect(page.getByRole('complementary', { name: 'Docket' })).toContainText('4 of 4 records');
  await expect(page.getByRole('link', { name: `#${Number(receipt.seq).toLocaleString('en')}`, exact: true }).first()).toBeVisible();
});

test('a record that was sent twice stands once', async ({ page }) => {
  const resource = `twice-${tag}`;
  const record = someRecord({ resource_type: 'file', resource_id: resource });
  const answers = await Promise.all(Array.from({ length: 8 }, () => post(record)));
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 200, 200, 200, 200, 200, 201]);
  await page.goto(`/records?resource_id=${resource}`);
  await expect(page.getByRole('navigation', { name: 'Pages of the list' })).toContainText('1 of 1 records');
});

test('the same conversation verified from its page is proven there', async ({ page }) => {
  const id = `proof-${tag}`;
  await storeConversation(id, [{ action: 'conversation_started' }, { action: 'conversation_ended' }]);
  await page.goto(`/conversations/${id}`);
  await page.getByRole('button', { name: 'Verify this conversation' }).click();
  await expect(page.getByRole('complementary', { name: 'Docket' })).toContainText(
    /2 of 2 records( match their seal|, (complete, )?proven under checkpoint [\d,]+)/,
  );
});
