import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Viewer } from '@/lib/auth/viewer';
import { closeDatabase } from '@/lib/db';
import { appendRecord, closeAppenders } from '@/lib/ledger/append-records';
import { prepareAgentRecord } from '@/lib/ledger/prepare-record';
import { agentRecord } from '@/lib/testing/agent-record';
import { freshDatabase, type TestDatabase } from '@/lib/testing/fresh-database';
import { accessRecords, makeViewer } from '@/lib/testing/make-person';
import { viewAgentChanges, viewPrompts } from './view-prompts';

const SOURCE = { key_id: '0193a1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b', channel: 'api' } as const;
let db: TestDatabase;
let auditor: Viewer;
let between = '';
const params = (text: string) => new URLSearchParams(text);
const append = (over: Parameters<typeof agentRecord>[0]) =>
  appendRecord(db.ledgers.main, prepareAgentRecord(agentRecord({ id: randomUUID(), ...over }), SOURCE));
const change = (agent: string, version: string, over: Record<string, unknown> = {}) =>
  append({
    action: 'prompt_changed',
    agent_name: agent,
    details: { version, author: 'ann', approver: 'bob', ticket: 'CHG-1', length: 120, ...over },
  });
const talk = (agent: string, count: number) =>
  Promise.all(
    Array.from({ length: count }, () =>
      append({ action: 'conversation_started', agent_name: agent, conversation_id: `c-${randomUUID()}` }),
    ),
  );

beforeAll(async () => {
  db = await freshDatabase();
  auditor = await makeViewer({ [db.ledgers.main]: 'auditor' });
  await change('nurse', '1');
  await talk('nurse', 3);
  await append({ action: 'model_changed', agent_name: 'nurse', details: { model: 'model-a' } });
  await new Promise((resolve) => setTimeout(resolve, 20));
  between = new Date().toISOString();
  await new Promise((resolve) => setTimeout(resolve, 20));
  await change('nurse', '2', { previous_version: '1' });
  await talk('nurse', 5);
  await talk('clerk', 4);
  await change('clerk', '9');
});
afterAll(async () => {
  await closeAppenders();
  await closeDatabase();
  await db.drop();
});

it('shows the prompt and the model in force for each agent, now and as of a moment by the server’s clock', async () => {
  const now = await viewPrompts(auditor, { params: params('') });
  expect(now.agents.map(({ agent, prompt, model }) => [agent, prompt?.name, model?.name])).toEqual([
    ['clerk', '9', undefined],
    ['nurse', '2', 'model-a'],
  ]);
  const then = await viewPrompts(auditor, { params: params(`at=${between}`) });
  expect(then.agents.map(({ agent, prompt }) => [agent, prompt?.name])).toEqual([['nurse', '1']]);
  expect((await viewPrompts(auditor, { params: params('at=2001-01-01') })).agents).toEqual([]);
  await expect(viewPrompts(auditor, { params: params('at=yesterday') })).rejects.toMatchObject({ code: 'format', pointer: '/at' });
});

it('lists an agent’s changes newest first, with who approved them and how many conversations each served', async () => {
  const { changes, in_force: inForce, older } = await viewAgentChanges(auditor, { id: 'nurse', params: params('') });
  expect(
    changes.map(({ kind, name, previous, served, author, approver, ticket }) => [kind, name, previous, served, author, approver, ticket]),
  ).toEqual([
    ['prompt', '2', '1', { count: 5, exact: true }, 'ann', 'bob', 'CHG-1'],
    ['model', 'model-a', null, { count: 5, exact: true }, null, null, null],
    ['prompt', '1', null, { count: 3, exact: true }, 'ann', 'bob', 'CHG-1'],
  ]);
  expect([inForce.prompt?.name, inForce.model?.name, older]).toEqual(['2', 'model-a', null]);
  await expect(viewAgentChanges(auditor, { id: 'nobody', params: params('') })).rejects.toMatchObject({ code: 'not_found' });
});

it('records each look, with the agent that was looked at', async () => {
  await viewAgentChanges(auditor, { id: 'clerk', params: params('') });
  const records = await accessRecords(db.ledgers.access);
  expect(records.at(-1)).toMatchObject({
    action: 'record_viewed',
    resource_type: 'agent',
    resource_id: 'clerk',
    actor_id: auditor.person.email,
  });
});
