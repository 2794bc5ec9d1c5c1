import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RecordInput } from '@/lib/schema/record';
import { RecordInput as RecordShape } from '@/lib/schema/record';
import type { RegistryEntry } from '@/lib/schema/registry';
import { CLASSIFICATIONS } from '@/lib/schema/vocabulary';
import { agentRecord } from '@/lib/testing/agent-record';
import { anyAgentRecord } from '@/lib/testing/any-agent-record';
import { readPointer } from './read-pointer';
import { applyRegistry, raisingSource } from './registry-apply';
import { combine } from './registry-combine';
import { derivedId, OwnAccesses } from './registry-derive';
import { indexRegistry, matchesGlob } from './registry-match';

const entry = (over: Partial<RegistryEntry>): RegistryEntry => ({
  kind: 'tool',
  classification: 'confidential',
  domains: [],
  access: 'none',
  ...over,
});
const CHART = entry({
  name: 'chart.read',
  resource_type: 'patient_record',
  domains: ['hipaa'],
  access: 'reads',
  resource_pointer: '/patient/id',
  subject_pointer: '/patient/id',
});
const call = (over: Partial<RecordInput> = {}, details: Record<string, unknown> = {}) =>
  agentRecord({
    conversation_id: 'c-1',
    ...over,
    details: { tool: 'chart.read', tool_call_id: 'call_1', arguments: { patient: { id: 'P-1017' } }, ...details },
  });
const apply = (record: RecordInput, entries: RegistryEntry[], request: RecordInput[] = [], version = 7) => {
  const own = new OwnAccesses();
  for (const each of request) own.add(each);
  return applyRegistry(record, indexRegistry({ version, entries }), own);
};

describe('why a classification is higher than its entry’s', () => {
  const source = (over: Partial<RegistryEntry>): RegistryEntry => ({
    kind: 'data_source',
    name: 'patient_record',
    domains: [],
    classification: 'restricted',
    access: 'none',
    ...over,
  });
  const tool = entry({ name: 'chart.read', resource_type: 'patient_record', access: 'reads', classification: 'internal' });
  const raisedBy = (entries: RegistryEntry[], over: Partial<RecordInput> = {}) =>
    raisingSource(call({ data_classification: 'internal', ...over }), indexRegistry({ version: 1, entries }));

  it('is the data source behind the tool, and that only where neither the entry nor the sender says as much', () => {
    expect(raisedBy([tool, source({})])).toBe('patient_record');
    expect(raisedBy([tool, source({ classification: 'internal' })])).toBeNull();
    expect(raisedBy([{ ...tool, classification: 'restricted' }, source({})])).toBeNull();
    expect(raisedBy([tool, source({})], { data_classification: 'restricted' })).toBeNull();
    expect(raisedBy([tool])).toBeNull();
    // A tool that nobody has mapped is restricted by itself.
    expect(raisedBy([source({})])).toBeNull();
  });

  it('is not asked where the data source is what was named', () => {
    const record = agentRecord({ action: 'data_accessed', details: { data_source: 'patient_record' } });
    expect(raisingSource(record, indexRegistry({ version: 1, entries: [source({})] }))).toBeNull();
  });
});

describe('look-up', () => {
  it('a pattern matches what the same pattern as a regular expression matches', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', '*', '.', '\u{1f600}'), maxLength: 12 });
    fc.assert(
      fc.property(letters, letters, (pattern, text) => {
        const escaped = pattern.split('*').map((part) => part.replace(/[.]/g, '\\.'));
        expect(matchesGlob(pattern, text)).toBe(new RegExp(`^${escaped.join('[^]*')}$`).test(text));
      }),
    );
  });

  it('a pattern of bait takes no more steps than the lengths multiplied', () => {
    let steps = 0;
    const text = new Proxy(Object('a'.repeat(128)), {
      get(target, name) {
        if (name !== 'length') steps++;
        return Reflect.get(target, name);
      },
    });
    expect(matchesGlob(`${'*a'.repeat(63)}*b`, text)).toBe(false);
    expect(steps).toBeLessThan(128 * 128 * 2);
  });

  it('the exact name goes before any pattern, the longer pattern before the shorter, in whatever order they were written', () => {
    const exact = entry({ name: 'docs.read' });
    const long = entry({ pattern: 'docs.*' });
    const short = entry({ pattern: '*' });
    fc.assert(
      fc.property(fc.shuffledSubarray([exact, long, short], { minLength: 3 }), (entries) => {
        const index = indexRegistry({ version: 1, entries });
        expect(index.find('tool', 'docs.read')).toBe(exact);
        expect(index.find('tool', 'docs.write')).toBe(long);
        expect(index.find('tool', 'mail')).toBe(short);
        expect(index.find('data_source', 'docs.read')).toBeNull();
      }),
    );
  });

  it('the answer is the same whatever was asked before, and of two equally long patterns always the same one decides', () => {
    const entries = [entry({ pattern: 'a*c' }), entry({ pattern: 'ab*' })];
    const one = indexRegistry({ version: 1, entries });
    const other = indexRegistry({ version: 1, entries: [...entries].reverse() });
    for (let i = 0; i < 5_000; i++) one.find('tool', `made-up-${i}`);
    expect(one.find('tool', 'abc')).toEqual(other.find('tool', 'abc'));
    expect(one.find('tool', 'abc')).toBe(one.find('tool', 'abc'));
  });

  it('a name longer than a registry can hold is unknown, whatever the patterns', () => {
    expect(indexRegistry({ version: 1, entries: [entry({ pattern: '*' })] }).find('tool', 'x'.repeat(129))).toBeNull();
  });
});

describe('what a record is held to', () => {
  const standing = fc.record({
    classification: fc.constantFrom(...CLASSIFICATIONS),
    domains: fc.uniqueArray(fc.constantFrom('hipaa', 'gdpr', 'soc2', 'pci-dss')).map((list) => list.sort()),
  });
  const entries = fc.array(
    fc.oneof(
      fc.constant(null),
      standing.map((of) => entry(of)),
    ),
    { maxLength: 4 },
  );

  it('is never less than the sender or any entry says, and nothing that none of them says', () => {
    fc.assert(
      fc.property(standing, entries, (claimed, list) => {
        const result = combine(claimed, list);
        const ranks = [claimed.classification, ...list.map((each) => each?.classification ?? 'restricted')].map((c) =>
          CLASSIFICATIONS.indexOf(c as (typeof CLASSIFICATIONS)[number]),
        );
        expect(CLASSIFICATIONS.indexOf(result.classification)).toBe(Math.max(...ranks));
        const all = new Set([...claimed.domains, ...list.flatMap((each) => each?.domains ?? [])]);
        expect(result.domains).toEqual([...all].sort());
      }),
    );
  });

  it('does not depend on the order of entries, and combining twice changes nothing', () => {
    fc.assert(
      fc.property(standing, entries, (claimed, list) => {
        const once = combine(claimed, list);
        expect(combine(claimed, [...list].reverse())).toEqual(once);
        expect(combine(once, list)).toEqual(once);
      }),
    );
  });
});

describe('a record under the registry', () => {
  it('of an unknown tool is restricted and says so, with what its sender claimed', () => {
    expect(apply(call({ domains: ['soc2'] }, { tool: 'mail.send' }), [CHART])).toEqual({
      addition: {
        data_classification: 'restricted',
        registry: { version: 7, claimed: { data_classification: 'internal', domains: ['soc2'] } },
      },
      tool: 'mail.send',
      derived: [],
    });
  });

  it('of a known tool has the higher classification and all domains', () => {
    expect(apply(call({ data_classification: 'restricted', domains: ['soc2'] }), [CHART])?.addition).toEqual({
      domains: ['hipaa', 'soc2'],
      registry: { version: 7, entry: 'chart.read', claimed: { data_classification: 'restricted', domains: ['soc2'] } },
    });
  });

  it('also takes what the registry knows of the data behind the tool', () => {
    const data = entry({ kind: 'data_source', name: 'patient_record', classification: 'restricted', domains: ['gdpr'] });
    const applied = apply(call(), [CHART, data]);
    expect(applied?.addition).toMatchObject({
      data_classification: 'restricted',
      domains: ['gdpr', 'hipaa'],
      registry: { entry: 'chart.read', data_source: 'patient_record' },
    });
    expect(applied?.derived[0]).toMatchObject({ data_classification: 'restricted', domains: ['gdpr', 'hipaa'] });
    expect(apply(agentRecord({ action: 'data_accessed', resource_type: 'patient_record' }), [data])?.addition.registry.entry).toBe(
      'patient_record',
    );
  });

  it('that names an unknown data source is restricted; a mere resource type need not be on the registry', () => {
    const access = { action: 'data_accessed', resource_type: 'note' } as const;
    expect(apply(agentRecord(access), [CHART])).toBeNull();
    expect(apply(agentRecord({ ...access, details: { data_source: 'warehouse' } }), [CHART])?.addition.data_classification).toBe(
      'restricted',
    );
  });

  it('that is no call and no access, or names nothing, is left as it came', () => {
    expect(apply(agentRecord(), [CHART])).toBeNull();
    expect(apply(agentRecord({ details: { tool: 7 } }), [CHART])).toBeNull();
    expect(apply(agentRecord({ action: 'user_message_received', details: { tool: 'chart.read' } }), [CHART])).toBeNull();
  });
});

describe('a derived record', () => {
  it('says what was read, about whom, and what it was made from', () => {
    const cause = call({ outcome: 'success', purpose: 'treatment', on_behalf_of: 'nurse:7', agent_seq: 4 });
    const { derived } = apply(cause, [CHART])!;
    expect(derived).toEqual([
      {
        id: derivedId(cause.id, 0),
        timestamp: cause.timestamp,
        action: 'data_accessed',
        actor_id: 'triage',
        actor_type: 'agent',
        agent_name: 'triage',
        conversation_id: 'c-1',
        data_classification: 'confidential',
        domains: ['hipaa'],
        resource_type: 'patient_record',
        resource_id: 'P-1017',
        subject_id: 'P-1017',
        on_behalf_of: 'nurse:7',
        purpose: 'treatment',
        outcome: 'success',
        details: { derived_from: cause.id, tool: 'chart.read', tool_call_id: 'call_1', registry: { version: 7, entry: 'chart.read' } },
      },
    ]);
  });

  it('is a record that the schema accepts, of any call and any arguments, and the same each time', () => {
    const tools = fc.constantFrom('chart.read', 'chart.write', 'other');
    const many = entry({ pattern: 'chart.*', resource_type: 'x', access: 'modifies', resource_pointer: '/ids', subject_pointer: '' });
    fc.assert(
      fc.property(anyAgentRecord('triage'), tools, fc.json(), fc.boolean(), (record, tool, json, asText) => {
        const args = asText ? json : JSON.parse(json);
        const cause: RecordInput = { ...record, action: 'tool_invoked', details: { tool, arguments: args } };
        const { derived } = apply(cause, [CHART, many])!;
        for (const each of derived) {
          expect(() => RecordShape.parse({ ...each, domains: each.domains ?? ['x'] })).not.toThrow();
          expect(CLASSIFICATIONS.indexOf(each.data_classification)).toBeGreaterThanOrEqual(
            CLASSIFICATIONS.indexOf(record.data_classification),
          );
        }
        expect(apply(cause, [CHART, many])!.derived).toEqual(derived);
      }),
    );
  });

  it('is made for each resource of a list, up to sixteen; of more, one record tells how many', () => {
    const list = entry({ ...CHART, resource_pointer: '/ids', subject_pointer: undefined });
    const of = (count: number) => apply(call({}, { arguments: { ids: Array.from({ length: count }, (_, i) => i) } }), [list])!.derived;
    expect(of(16).map((record) => record.resource_id)).toEqual(Array.from({ length: 16 }, (_, i) => String(i)));
    expect(new Set(of(16).map((record) => record.id)).size).toBe(16);
    expect(of(17)).toMatchObject([{ details: { resource_missing: 'too_many', resources: 17 } }]);
  });

  it.each([
    ['no_arguments', undefined],
    ['no_arguments', '{"patient":{"id":"P-1","id":"P-2"}}'],
    ['not_found', { patient: {} }],
    ['not_an_id', { patient: { id: 'P 1017' } }],
    ['not_an_id', { patient: { id: { nested: 1 } } }],
  ])('says %s where the arguments name no resource (%#)', (missing, args) => {
    const [record] = apply(call({}, { arguments: args }), [CHART])!.derived;
    expect(record).toMatchObject({ resource_type: 'patient_record', details: { resource_missing: missing } });
    expect(record).not.toHaveProperty('resource_id');
  });

  it('takes the arguments from the content part before those in details', () => {
    const record = call({ content: [{ part: 'tool_arguments', text: '{"patient":{"id":"P-2"}}' }] });
    expect(apply(record, [CHART])!.derived[0].resource_id).toBe('P-2');
  });

  it('is not made where the same request tells of that call, or of that resource', () => {
    const own = (over: Partial<RecordInput>) =>
      agentRecord({ action: 'data_accessed', conversation_id: 'c-1', resource_type: 'patient_record', resource_id: 'P-1017', ...over });
    const made = (record: RecordInput) => apply(call(), [CHART], [record])!.derived.length;
    expect(made(own({ details: { tool_call_id: 'call_1' } }))).toBe(0);
    expect(made(own({}))).toBe(0);
    expect(made(own({ action: 'data_modified' }))).toBe(0);
    expect(made(own({ details: { tool_call_id: 'call_2' } }))).toBe(1);
    expect(made(own({ conversation_id: 'c-2', details: { tool_call_id: 'call_1' } }))).toBe(1);
    expect(made(own({ agent_name: 'other', details: { tool_call_id: 'call_1' } }))).toBe(1);
    expect(made(own({ resource_id: 'P-1018' }))).toBe(1);
    expect(made(own({ action: 'tool_invoked', details: { tool_call_id: 'call_1' } }))).toBe(1);
  });

  it('of a modification is not kept quiet by a record of a mere access', () => {
    const write = { ...CHART, access: 'modifies' } as const;
    const read = agentRecord({ action: 'data_accessed', conversation_id: 'c-1', details: { tool_call_id: 'call_1' } });
    expect(apply(call(), [write], [read])!.derived).toMatchObject([{ action: 'data_modified' }]);
  });

  it('has an id of version 8 that differs for each cause and place', () => {
    fc.assert(
      fc.property(fc.uuid(), fc.uuid(), fc.nat(20), (a, b, n) => {
        expect(derivedId(a, n)).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
        expect(derivedId(a, n)).not.toBe(derivedId(a, n + 1));
        if (a !== b) expect(derivedId(a, n)).not.toBe(derivedId(b, n));
      }),
    );
  });
});

describe('a JSON pointer', () => {
  it('finds what RFC 6901 says it does', () => {
    const document = { foo: ['bar', 'baz'], '': 0, 'a/b': 1, 'm~n': 8, '~1': 9 };
    const found = ['', '/foo', '/foo/0', '/', '/a~1b', '/m~0n', '/~01'].map((pointer) => readPointer(document, pointer));
    expect(found).toEqual([document, ['bar', 'baz'], 'bar', 0, 1, 8, 9]);
  });
  it('finds nothing that is not the document’s own', () => {
    for (const pointer of ['/constructor', '/foo/length', '/foo/01', '/foo/-', '/foo/9', '/__proto__', '/foo/0/0'])
      expect(readPointer({ foo: ['bar'] }, pointer)).toBeUndefined();
  });
});
