import { expect } from 'playwright/test';
import type { Role } from '@/lib/schema/vocabulary';
import { storeConversation } from './agent';
import { installation } from './installation';
import { officerBeside } from './officer';
import { destroyTalk, oldTalk } from './old-talk';
import { callAs } from './people';

export interface SeenScreen {
  name: string;
  path: string;
  /** Null: for people who are not signed in. */
  role: Role | null;
}

/** Every screen, with something on each: one person's way through the product. */
export async function everyScreen(): Promise<SeenScreen[]> {
  const talk = `seen-${Date.now()}`;
  const [first] = await storeConversation(talk, [
    { action: 'conversation_started', details: { channel: 'web' }, agent_seq: 1 },
    { action: 'user_message_received', actor_type: 'user', details: { length: 12, language: 'en' }, agent_seq: 2 },
    { action: 'tool_invoked', outcome: 'denied', details: { tool: 'ehr.read', tool_call_id: 'c1' }, agent_seq: 3 },
    {
      action: 'agent_response_generated',
      details: { length: 80, model: 'm-1' },
      content: [{ part: 'response', text: 'Write to ada.lovelace@example.com.' }],
      agent_seq: 5,
    },
    {
      action: 'prompt_changed',
      details: { version: 'v4', previous_version: 'v3', approver: 'T. Lindqvist' },
      content: [{ part: 'prompt', text: 'You are a nurse.' }],
      agent_seq: 6,
    },
    { action: 'conversation_ended', agent_seq: 7 },
  ]);
  const asked = await callAs('auditor', '/api/v1/verifications', { body: { scope: { kind: 'conversation', conversation_id: talk } } });
  const run = (await asked.json()) as { id: string };
  const scope = { kind: 'conversation', value: talk };
  const held = await callAs('compliance_officer', '/api/v1/holds', { body: { matter: 'Doe v. Clinic', scope, reason: 'To be seen' } });
  const hold = (await held.json()) as { id: string };
  // Nothing is due under it: a run without anything to move.
  const archival = await callAs('compliance_officer', '/api/v1/archive/runs', { body: { policy: 'hipaa' } });
  const moved = (await archival.json()) as { id: string };
  const gone = await destroyTalk(await oldTalk('seen'), await officerBeside());
  expect(gone.state).toBe('done');
  return [
    { name: 'overview', path: '/', role: 'auditor' },
    { name: 'overview of an administrator', path: '/', role: 'administrator' },
    { name: 'conversations', path: '/conversations?agent=my-agent&state=ended', role: 'auditor' },
    { name: 'conversations with one beside them', path: `/conversations?id=${talk}&peek=${talk}`, role: 'auditor' },
    { name: 'one conversation', path: `/conversations/${talk}`, role: 'auditor' },
    { name: 'records', path: '/records?agent=my-agent&action=tool_invoked&outcome=denied', role: 'auditor' },
    { name: 'records with one beside them', path: `/records?conversation=${talk}&peek=${first!.id}`, role: 'auditor' },
    { name: 'one record', path: `/records/${first!.id}`, role: 'auditor' },
    { name: 'integrity', path: '/integrity', role: 'auditor' },
    { name: 'one verification', path: `/integrity/${run.id}`, role: 'auditor' },
    { name: 'checkpoints', path: '/integrity?show=checkpoints', role: 'auditor' },
    { name: 'keys of the signer', path: '/integrity?show=keys', role: 'administrator' },
    { name: 'prompts and models', path: '/prompts', role: 'auditor' },
    { name: 'changes of an agent', path: `/prompts/${installation.agentName}`, role: 'auditor' },
    { name: 'registry', path: '/registry', role: 'compliance_officer' },
    { name: 'retention', path: '/retention', role: 'compliance_officer' },
    { name: 'retention policies', path: '/retention/policies', role: 'compliance_officer' },
    { name: 'holds', path: '/holds', role: 'compliance_officer' },
    { name: 'one hold', path: `/holds/${hold.id}`, role: 'compliance_officer' },
    { name: 'archive', path: '/retention/archive', role: 'compliance_officer' },
    { name: 'archive objects', path: '/retention/archive?show=objects', role: 'auditor' },
    { name: 'one archive run', path: `/retention/archive/runs/${moved.id}`, role: 'auditor' },
    { name: 'search in the archive', path: '/retention/archive/search?text=anything', role: 'auditor' },
    { name: 'destruction', path: '/retention/destruction', role: 'compliance_officer' },
    { name: 'one certificate of destruction', path: `/retention/destruction/${gone.id}`, role: 'auditor' },
    { name: 'exports', path: '/exports', role: 'auditor' },
    { name: 'reports', path: '/reports', role: 'compliance_officer' },
    { name: 'access log', path: '/access-log?action=settings_changed', role: 'compliance_officer' },
    { name: 'reviews', path: '/reviews', role: 'compliance_officer' },
    { name: 'break-glass', path: '/break-glass', role: 'administrator' },
    { name: 'users', path: '/settings/users', role: 'administrator' },
    { name: 'keys', path: '/settings/keys', role: 'administrator' },
    { name: 'proofs and alarms', path: '/settings/proofs', role: 'administrator' },
    { name: 'how words are kept', path: '/settings/content', role: 'compliance_officer' },
    { name: 'account', path: '/settings/account', role: 'auditor' },
    { name: 'an empty list', path: '/records?subject=nobody-at-all', role: 'auditor' },
    { name: 'a refusal', path: '/records', role: 'administrator' },
    { name: 'nothing there', path: '/no-such-page', role: 'auditor' },
    { name: 'sign-in', path: '/sign-in', role: null },
    { name: 'a spent link', path: '/setup/none-such', role: null },
    { name: 'a link from another site', path: '/arrival', role: null },
    { name: 'API description', path: '/docs/api', role: null },
    { name: 'error codes', path: '/docs/errors', role: null },
  ];
}
