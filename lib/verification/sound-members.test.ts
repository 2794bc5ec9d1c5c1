import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalize, type JsonValue } from '@/lib/chain/canonical-json';
import { projectMembers } from '@/lib/chain/project-details';
import { ALL_FIELDS, COLUMN } from './chunk-query';
import { detailsValue, domainsValue } from './sound-members';

interface Columns {
  tool: string | null;
  model: string | null;
  domains: string | null;
  phi: boolean;
}

/** The value's bytes and the columns', as a row of the chunk query has them; `}` stands behind the value, as in a body. */
function look(json: string, columns: Columns, walk: typeof detailsValue): boolean {
  const parts: Buffer[] = [Buffer.from(`${json}}`)];
  const at = new Int32Array(2 * ALL_FIELDS).fill(-1);
  let place = parts[0]!.length;
  const add = (field: number, bytes: Buffer | null) => {
    at[2 * field] = place;
    at[2 * field + 1] = bytes === null ? -1 : bytes.length;
    if (bytes) parts.push(bytes);
    place += bytes?.length ?? 0;
  };
  for (const name of ['tool', 'model', 'domains'] as const) add(COLUMN[name], columns[name] === null ? null : Buffer.from(columns[name]));
  add(COLUMN.phi, Buffer.from([columns.phi ? 1 : 0]));
  return walk(Buffer.concat(parts), at, 0, parts[0]!.length) === parts[0]!.length - 1;
}

const name = fc.oneof(fc.constantFrom('a', 'b', 'tool', 'a,b', 'a"b', 'ü', 'x'.repeat(129), ''), fc.string());
const value = fc.oneof(name, fc.constantFrom<JsonValue>(true, false, null, 1, ['tool', { tool: 'a' }], { tool: 'a', contains_phi: true }));
const details = fc.dictionary(fc.constantFrom('tool', 'model', 'contains_phi', 'contains', 'tool_call_id', 'Model', 'a"'), value);
const domains = fc.array(fc.constantFrom('a', 'b', 'a-b', '', 'a,b'));
const column = fc.option(fc.constantFrom('a', 'b', 'tool', 'a,b', '', 'a,', 'ü', 'true'));
const columns = fc.record({ tool: column, model: column, domains: column, phi: fc.boolean() });

describe('columns of what stands inside other members', () => {
  it('pass where they say what the body says and it is plain, and never where they say something else', () => {
    let passed = 0;
    fc.assert(
      fc.property(details, domains, columns, fc.boolean(), (inside, list, other, same) => {
        const said = projectMembers(inside, list);
        const shown = same ? said : other;
        const details = look(canonicalize(inside as JsonValue), shown, detailsValue);
        if (details) expect([shown.tool, shown.model, shown.phi]).toEqual([said.tool, said.model, said.phi]);
        const domains = look(canonicalize(list), shown, domainsValue);
        if (domains) expect(shown.domains).toBe(said.domains);
        if (details && domains) passed++;
      }),
      { numRuns: 5_000 },
    );
    expect(passed).toBeGreaterThan(200);
  });

  it('pass for what senders send', () => {
    for (const [inside, list] of [
      [{ tool: 'ehr.read', tool_call_id: 'c', rows: 3 }, ['hipaa', 'soc2']],
      [{ contains_phi: true, model: 'm-1', phi_labels: ['phone'] }, ['hipaa']],
      [{ contains_phi: false, length: 3 }, ['hipaa']],
      [{ tool: { name: 'x' } }, ['hipaa']],
      [{}, ['hipaa']],
    ] as const) {
      const said = projectMembers(inside, list);
      expect(look(canonicalize(inside as unknown as JsonValue), said, detailsValue), JSON.stringify(inside)).toBe(true);
      expect(look(canonicalize([...list]), said, domainsValue)).toBe(true);
    }
  });

  it('pass for no bytes that are no canonical form: another order, a name twice, a name with an escape', () => {
    const said = { tool: 'a', model: 'a', domains: null, phi: true };
    expect(look('{"contains_phi":true,"model":"a","tool":"a"}', said, detailsValue)).toBe(true);
    for (const json of [
      '{"tool":"a","model":"a","contains_phi":true}',
      '{"contains_phi":true,"model":"a","tool":"a","tool":"a"}',
      '{"contains_phi":true,"contains_phi":true,"model":"a","tool":"a"}',
      '{"contains_phi":true,"model":"a","t\\u006fol":"b","tool":"a"}',
      '{"contains_phi":truer,"model":"a","tool":"a"}',
      '{"contains_phi":true,"model":"a","tool":"a"',
      '{"contains_phi":true,"model":"a","tool":"a',
      '["contains_phi"]',
      '"tool"',
    ])
      expect(look(json, said, detailsValue), json).toBe(false);
  });
});
