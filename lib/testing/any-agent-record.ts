import fc from 'fast-check';
import type { RecordInput } from '@/lib/schema/record';
import { AGENT_ACTIONS, CLASSIFICATIONS, OUTCOMES } from '@/lib/schema/vocabulary';

const identifier = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._:@/-]{0,127}$/);
/** Any text that has a UTF-8 form, but for U+0000, which is refused. */
const text = (maxLength: number) => fc.string({ unit: 'binary', maxLength }).map((value) => value.replaceAll('\0', '\u2028'));
const FORBIDDEN = ['__proto__', 'constructor', 'prototype'];
const name = text(20).filter((value) => !FORBIDDEN.includes(value));
const number = fc.oneof(
  fc.maxSafeInteger(),
  fc
    .double({ noNaN: true, noDefaultInfinity: true })
    .filter((value) => !Object.is(value, -0) && (!Number.isInteger(value) || Number.isSafeInteger(value))),
);
const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    fc.constant(null),
    fc.boolean(),
    number,
    text(40),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(name, tie('value'), { maxKeys: 4 }),
  ),
}));

const timestamp = fc
  .tuple(
    fc.date({ min: new Date('1970-01-01'), max: new Date('9999-12-31T23:59:59Z'), noInvalidDate: true }),
    fc.integer({ min: 0, max: 3 }),
  )
  .map(([date, digits]) => {
    const whole = date.toISOString();
    return digits === 0 ? `${whole.slice(0, 19)}Z` : `${whole.slice(0, 20 + digits)}Z`;
  });

/** Any record that the schema accepts, without content. */
export function anyAgentRecord(agentName: string): fc.Arbitrary<RecordInput> {
  return fc.record(
    {
      id: fc.uuid(),
      timestamp,
      action: fc.constantFrom(...AGENT_ACTIONS),
      actor_id: identifier,
      actor_type: fc.constantFrom('user', 'agent', 'admin', 'system'),
      agent_name: fc.constant(agentName),
      data_classification: fc.constantFrom(...CLASSIFICATIONS),
      conversation_id: identifier,
      resource_type: identifier,
      resource_id: fc.stringMatching(/^[\x21-\x7e]{1,256}$/),
      subject_id: identifier,
      on_behalf_of: identifier,
      purpose: text(200).filter((value) => value.length > 0 && value.length <= 200),
      outcome: fc.constantFrom(...OUTCOMES),
      details: fc.dictionary(name, value, { maxKeys: 6 }) as fc.Arbitrary<Record<string, unknown>>,
      domains: fc.array(fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,31}$/), { minLength: 1, maxLength: 16 }),
      agent_seq: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
    },
    { requiredKeys: ['id', 'timestamp', 'action', 'actor_id', 'actor_type', 'agent_name', 'data_classification'], noNullPrototype: true },
  ) as fc.Arbitrary<RecordInput>;
}
