import { expect, it } from 'vitest';
import { ConversationFilter, RecordFilter } from '@/lib/schema/filters';
import { AGENT_ACTIONS } from '@/lib/schema/vocabulary';
import { describeFilter } from './describe-filter';

it('offers every member of the one filter definition', () => {
  expect(describeFilter(RecordFilter).map((field) => field.name)).toEqual(Object.keys(RecordFilter.shape));
  expect(describeFilter(ConversationFilter).map((field) => field.name)).toEqual(Object.keys(ConversationFilter.shape));
});
it('reads kinds and options from the schema', () => {
  const fields = Object.fromEntries(describeFilter(RecordFilter).map((field) => [field.name, field]));
  expect(fields.outcome).toEqual({ name: 'outcome', kind: 'choice', options: ['success', 'failure', 'denied'] });
  expect(fields.subject?.kind).toBe('text');
  expect(fields.after?.kind).toBe('moment');
});
it('narrows a choice to what can occur on the screen, and drops a member that cannot', () => {
  const fields = describeFilter(RecordFilter, { action: AGENT_ACTIONS, agent: [] });
  expect(fields.find((field) => field.name === 'action')?.options).toEqual([...AGENT_ACTIONS]);
  expect(fields.some((field) => field.name === 'agent')).toBe(false);
});
