import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findFault, tidyEntries } from '@/lib/policy/registry-check';
import type { RegistryEntry } from '@/lib/schema/registry';
import { RegistryEntry as Entry, REGISTRY_KINDS, TOOL_ACCESS } from '@/lib/schema/registry';
import { CLASSIFICATIONS } from '@/lib/schema/vocabulary';
import { readRegistryFile } from './read-registry-file';
import {
  changeWords,
  deciderWords,
  entryOf,
  entryWords,
  formOf,
  groupWords,
  mergeEntries,
  previewWords,
  withEntry,
} from './registry-words';

const CHART: RegistryEntry = {
  kind: 'tool',
  name: 'chart.read',
  resource_type: 'patient_record',
  domains: ['gdpr', 'hipaa'],
  classification: 'restricted',
  access: 'reads',
  resource_pointer: '/id',
};
const DOCS: RegistryEntry = { kind: 'tool', pattern: 'docs.*', domains: [], classification: 'internal', access: 'none' };

const sound: fc.Arbitrary<RegistryEntry> = fc
  .record({
    kind: fc.constantFrom(...REGISTRY_KINDS),
    label: fc.string({ minLength: 1, maxLength: 20 }).filter((text) => text.isWellFormed() && !text.includes('\0')),
    type: fc.stringMatching(/^[a-z][a-z_]{0,20}$/),
    domains: fc.uniqueArray(fc.stringMatching(/^[a-z][a-z0-9-]{0,8}$/), { maxLength: 4 }).map((list) => list.sort()),
    classification: fc.constantFrom(...CLASSIFICATIONS),
    access: fc.constantFrom(...TOOL_ACCESS),
    pointer: fc.constantFrom('', '/id', '/a~1b/0'),
  })
  .map(({ kind, label, type, domains, classification, access, pointer }) => ({
    kind,
    name: label,
    resource_type: type,
    domains,
    classification,
    ...(kind === 'tool' && access !== 'none'
      ? { access, ...(pointer !== '' && { resource_pointer: pointer }) }
      : { access: 'none' as const }),
  }));

describe('the form of an entry', () => {
  it('gives back the entry that it was filled from, for any that a registry can hold', () => {
    fc.assert(
      fc.property(sound, (entry) => {
        expect(entryOf(formOf(entry), entry)).toEqual(entry);
        expect(Entry.safeParse(entry).success && findFault([entry])).toBeNull();
      }),
    );
    expect(entryOf(formOf(DOCS), DOCS)).toEqual(DOCS);
  });

  it('makes a pattern of what has a star, and drops what the kind does not have', () => {
    expect(entryOf({ ...formOf(CHART), label: 'chart.*' }, null)).toMatchObject({ pattern: 'chart.*' });
    const source = entryOf({ ...formOf(CHART), kind: 'data_source' }, null);
    expect(source).toMatchObject({ access: 'none' });
    expect(source).not.toHaveProperty('resource_pointer');
  });
});

describe('a list of entries', () => {
  it('is changed in one place, and says what changes', () => {
    const changed = { ...CHART, classification: 'public' } as const;
    expect(withEntry([CHART, DOCS], CHART, changed)).toEqual([DOCS, changed]);
    expect(withEntry([CHART, DOCS], CHART, null)).toEqual([DOCS]);
    expect(changeWords([CHART, DOCS], [changed])).toBe('1 changed, 1 removed');
    expect(changeWords([CHART], [{ ...CHART }])).toBe('nothing changes');
    expect(mergeEntries([CHART, DOCS], [changed])).toEqual([DOCS, changed]);
  });

  it('comes back from its own file as it was', () => {
    fc.assert(
      fc.property(fc.uniqueArray(sound, { selector: (entry) => `${entry.kind} ${entry.name}`, maxLength: 8 }), (entries) => {
        const text = JSON.stringify({ format: 'holdfast/registry/v1', ledger: 'main', version: 3, entries });
        expect(readRegistryFile(text)).toEqual({ entries: tidyEntries(entries), from: 'main, version 3' });
      }),
    );
  });

  it.each([
    ['{"format":"holdfast/registry/v1","entries":[],"entries":[]}', /cannot|twice|can be read/],
    ['{"format":"other","entries":[]}', /not the file of a registry \(at \/format\)/],
    [JSON.stringify({ format: 'holdfast/registry/v1', entries: [CHART, CHART] }), /“chart.read” is there twice/],
    ['<html>', /JSON/],
  ])('is not taken from what is no such file (%#)', (text, fault) => {
    expect(readRegistryFile(text)).toEqual({ fault: expect.stringMatching(fault) });
  });
});

it('an entry and a preview are said in words', () => {
  expect(entryWords(CHART)).toBe('Reads patient_record · restricted · gdpr · hipaa');
  expect(entryWords(DOCS)).toBe('touches no data · internal');
  const group = { kind: 'tool', name: 'x', entry: null, raised_by: null, records: 2, derived: 0 } as const;
  expect(deciderWords(group)).toBe('no entry');
  expect(deciderWords({ entry: 'chart.*', raised_by: null })).toBe('chart.*');
  expect(deciderWords({ entry: 'chart.*', raised_by: 'patient_record' })).toBe(
    'chart.*, raised by the data source patient_record behind it',
  );
  const domains = { added: ['gdpr'], removed: ['soc2'] };
  expect(groupWords({ ...group, classification: { is: 'restricted', would_be: 'internal' }, domains })).toBe(
    'internal instead of restricted, gdpr added, without soc2',
  );
  expect(previewWords({ looked_at: 1204, changed: 412, derived: 380 })).toBe(
    'Of 1,204 calls and accesses, 412 would have been kept otherwise, and 380 records of data read or changed would have been derived beside them.',
  );
  expect(previewWords({ looked_at: 3, changed: 0, derived: 0 })).toBe('Of 3 calls and accesses, none would have been kept otherwise.');
});
