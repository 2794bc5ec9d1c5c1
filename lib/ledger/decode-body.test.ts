import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { projectMembers } from '@/lib/chain/project-details';
import { JSON_LIMITS, readJson } from '@/lib/chain/read-json';
import { applyRegistry } from '@/lib/policy/registry-apply';
import { OwnAccesses } from '@/lib/policy/registry-derive';
import { indexRegistry } from '@/lib/policy/registry-match';
import { RecordInput } from '@/lib/schema/record';
import { agentRecord } from '@/lib/testing/agent-record';
import { decodeBody } from './decode-body';
import { prepareAgentRecord } from './prepare-record';
import { projectBody } from './project-body';

it('a record with as many members as a sender may write is read by everybody after the server has added its own', () => {
  const members = Object.fromEntries(Array.from({ length: JSON_LIMITS.members - 1 }, (_, i) => [`m${i}`, i]));
  const sent = agentRecord({ action: 'tool_invoked', details: { ...members, tool: 'lookup' } });
  // As the door takes it.
  const record = RecordInput.parse(readJson(Buffer.from(JSON.stringify(sent))));
  const { addition } = applyRegistry(record, indexRegistry({ version: 1, entries: [] }), new OwnAccesses())!;
  const details = { ...record.details, registry: addition.registry };
  const { body, id } = prepareAgentRecord(record, { key_id: randomUUID(), channel: 'api' }, { details });
  expect(Object.keys(details)).toHaveLength(JSON_LIMITS.members + 1);
  expect(decodeBody(body)).toMatchObject({ id, details });
  expect(projectBody(body)).toMatchObject({ id, ...projectMembers(details, undefined) });
});
