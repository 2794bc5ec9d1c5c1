import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  formatQuery,
  parseQuery,
  QUALIFIERS,
  QUERY_LIMITS,
  type Qualifier,
  qualifiersOf,
  readResource,
  type SearchPlace,
  tokensOf,
  valuesOf,
} from './search-query';

const short = (text: string, place?: SearchPlace) =>
  parseQuery(text, place).terms.map(({ name, value, not }) => `${not ? 'not ' : ''}${name ?? 'word'}=${value}`);
const faults = (text: string, place?: SearchPlace) =>
  parseQuery(text, place).faults.map(({ code, start, end }) => `${code}@${text.slice(start, end)}`);

const value = (name: Qualifier | null): fc.Arbitrary<string> => {
  const fixed = name === null ? null : valuesOf(name, 'records');
  if (fixed) return fc.constantFrom(...fixed);
  if (name === 'before' || name === 'after') return fc.constantFrom('2026-11-20', '2026-11-20T17:03Z', '2026-11-20T17:03:11.5Z');
  if (name === 'domain') return fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,31}$/);
  if (name === 'said')
    return fc
      .tuple(fc.string({ unit: fc.constantFrom('a', ' ', '"', '\\', 'é', '🙂', '-', ':') }), fc.constant('insulin'))
      .map((parts) => parts.join(' '));
  return fc.string({ unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)), minLength: 1, maxLength: 20 });
};
const term = fc
  .constantFrom(null, ...QUALIFIERS)
  .chain((name) => fc.record({ name: fc.constant(name), value: value(name), not: fc.boolean() }));
/** At most one of each that may stand once. */
const terms = fc
  .array(term, { maxLength: 8 })
  .map((all) =>
    all.filter((one, i) => one.not || one.name === null || all.findIndex((other) => other.name === one.name && !other.not) === i),
  );

describe('a search', () => {
  it('is read as it is written down, whatever stands in its values', () => {
    fc.assert(
      fc.property(terms, (all) => {
        const parsed = parseQuery(formatQuery(all));
        expect(parsed.faults).toEqual([]);
        expect(parsed.terms.map(({ name, value, not }) => ({ name, value, not }))).toEqual(all);
      }),
      { numRuns: 1_000 },
    );
  });

  it('leaves no character of any text unread: each lies in one term or one fault, in order, spaces between', () => {
    const piece = fc.constantFrom(
      '"',
      '\\',
      '-',
      ':',
      ' ',
      '\t',
      'actor',
      'actor:',
      'said:',
      'x',
      'é',
      '\u202e',
      '\u0000',
      '🙂',
      'before:2026-02-30',
      'foo:bar',
      'class:',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.array(piece).map((parts) => parts.join('')),
        ),
        fc.constantFrom('records' as const, 'conversations' as const),
        (text, place) => {
          const { terms, faults } = parseQuery(text, place);
          if (text.length > QUERY_LIMITS.chars) return expect(faults.map((one) => one.code)).toEqual(['too_long']);
          const spans = [...terms, ...faults].sort((a, b) => a.start - b.start);
          let at = 0;
          for (const { start, end } of spans) {
            expect(text.slice(at, start)).toMatch(/^[ \t\r\n\u00a0]*$/);
            expect(end).toBeGreaterThan(start);
            at = end;
          }
          expect(text.slice(at)).toMatch(/^[ \t\r\n\u00a0]*$/);
          for (const one of terms) expect(parseQuery(text.slice(one.start, one.end), place).faults).toEqual([]);
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it('takes typed qualifiers, quoted values, minus signs and words', () => {
    expect(short('actor:ann -agent:triage P-10 has:phi')).toEqual(['actor=ann', 'not agent=triage', 'word=P-10', 'has=phi']);
    expect(short('TOOL:"ehr read" said:"a \\"b\\" \\\\ insulin"')).toEqual(['tool=ehr read', 'said=a "b" \\ insulin']);
    expect(short('-"-x" "urn:case:1" 12:30')).toEqual(['not word=-x', 'word=urn:case:1', 'word=12:30']);
    expect(short('domain:hipaa domain:soc2 -actor:a -actor:b')).toEqual(['domain=hipaa', 'domain=soc2', 'not actor=a', 'not actor=b']);
    expect(short('')).toEqual([]);
  });

  it('says what is wrong and where, and of everything that is wrong', () => {
    expect(faults('actor:"ann')).toEqual(['quote_open@actor:"ann']);
    expect(faults('x actor:"ann"b y')).toEqual(['quote_end@actor:"ann"b']);
    expect(faults('actor: - agent:')).toEqual(['empty@actor:', 'empty@-', 'empty@agent:']);
    expect(faults('agnet:x urn:case:1')).toEqual(['unknown_qualifier@agnet:x', 'unknown_qualifier@urn:case:1']);
    expect(faults('actor:a b actor:c')).toEqual(['repeated@actor:c']);
    expect(faults('action:tool_invokd before:2026-02-30 class:secret has:gap domain:HIPAA said:ab müller')).toEqual([
      'value@action:tool_invokd',
      'value@before:2026-02-30',
      'value@class:secret',
      'value@has:gap',
      'value@domain:HIPAA',
      'value@said:ab',
      'value@müller',
    ]);
    expect(faults('x '.repeat(21))).toEqual(['too_many@x']);
    expect(parseQuery('agnet:x').faults[0]!.say).toContain('Did you mean agent:?');
    expect(parseQuery('urn:case:1').faults[0]!.say).toContain('"urn:case:1"');
    expect(parseQuery('action:tool_invokd').faults[0]!.say).toContain('takes tool_invoked');
  });

  it('of conversations knows what a conversation has', () => {
    expect(faults('tool:x said:insulin has:phi', 'conversations')).toEqual(['not_here@tool:x', 'not_here@said:insulin', 'value@has:phi']);
    expect(faults('agent:x has:gap c-1 after:2026-11-20', 'conversations')).toEqual([]);
    for (const name of qualifiersOf('conversations')) expect(QUALIFIERS).toContain(name);
  });

  it('of what people did knows what an access has, and how to find who looked at a conversation', () => {
    expect(faults('actor:ann resource:conversation/c-1 outcome:denied action:content_revealed', 'accesses')).toEqual([]);
    expect(faults('tool:x has:phi said:pain action:tool_invoked', 'accesses')).toHaveLength(4);
    expect(parseQuery('conversation:c-1', 'accesses').faults[0]!.say).toContain('resource:conversation/');
  });

  it('reads a resource by type and id, by type, or by either', () => {
    expect(readResource('patient_record/P-1/a')).toEqual({ type: 'patient_record', id: 'P-1/a' });
    expect(readResource('patient_record/')).toEqual({ type: 'patient_record' });
    expect(readResource('P-1')).toEqual({ either: 'P-1' });
    expect(readResource('/x')).toEqual({ either: '/x' });
  });

  it('knows words as the index does: whole, without case or form, each once', () => {
    expect(tokensOf('The Ｉｎｓｕｌｉｎ dose, insulin; a b2b 12 120/80 naïve')).toEqual(['the', 'insulin', 'dose', 'b2b', '120', 'naïve']);
    expect(tokensOf('nai\u0308ve')).toEqual(['naïve']);
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(tokensOf(tokensOf(text).join(' '))).toEqual(tokensOf(text));
      }),
    );
  });
});
