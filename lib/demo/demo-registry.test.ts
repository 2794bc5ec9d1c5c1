import { expect, it } from 'vitest';
import { applyRegistry } from '../policy/registry-apply';
import { findFault } from '../policy/registry-check';
import { OwnAccesses } from '../policy/registry-derive';
import { indexRegistry } from '../policy/registry-match';
import type { RecordInput } from '../schema/record';
import { buildDemo } from './build-demo';
import { DEMO_REGISTRY, UNMAPPED_DEMO_TOOL } from './demo-registry';
import { runsOfOneAgent } from './seed-demo';

const records = buildDemo(new Date('2026-11-18T15:20:00.000Z')) as unknown as RecordInput[];
const index = indexRegistry({ version: 1, entries: DEMO_REGISTRY });
const toolOf = (record: RecordInput) => record.details?.tool as string;

it('knows every tool of the demo but one, says of each what its records say, and has no entry that nothing uses', () => {
  expect(findFault(DEMO_REGISTRY)).toBeNull();
  const tools = new Set(records.filter((record) => record.action === 'tool_invoked').map(toolOf));
  expect([...tools].filter((tool) => index.find('tool', tool) === null)).toEqual([UNMAPPED_DEMO_TOOL]);
  const used = new Set([...tools].map((tool) => index.find('tool', tool)));
  expect(DEMO_REGISTRY.filter((entry) => entry.kind === 'tool' && !used.has(entry))).toEqual([]);
  const accesses = { data_accessed: 'reads', data_modified: 'modifies' } as const;
  for (const record of records) {
    if (record.action !== 'data_accessed' && record.action !== 'data_modified') continue;
    const entry = index.find('tool', toolOf(record));
    if (entry !== null)
      expect([toolOf(record), entry.access, entry.resource_type]).toEqual([toolOf(record), accesses[record.action], record.resource_type]);
  }
});

it('derives next to nothing in a demo whose agents tell what they do: what never arrived, and what came in another request', () => {
  let derived = 0;
  for (const run of runsOfOneAgent(records as never) as unknown as RecordInput[][]) {
    const own = new OwnAccesses();
    for (const record of run) own.add(record);
    for (const record of run) derived += applyRegistry(record, index, own)?.derived.length ?? 0;
  }
  expect(derived).toBeGreaterThan(0);
  expect(derived).toBeLessThan(40);
});
