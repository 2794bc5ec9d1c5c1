import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Finding, PhiType } from './finding';
import { resolveOverlaps } from './resolve-overlaps';

const finding = fc
  .record({
    type: fc.constantFrom<PhiType>('email', 'url', 'phone'),
    start: fc.nat(40),
    length: fc.integer({ min: 1, max: 12 }),
    score: fc.constantFrom(0.5, 0.7, 0.9),
    rule: fc.constantFrom('a', 'b'),
  })
  .map(({ start, length, ...rest }): Finding => ({ ...rest, start, end: start + length }));

it('covers exactly what the rules found together, sorted and apart, in whatever order they found it', () => {
  fc.assert(
    fc.property(fc.array(finding, { maxLength: 12 }), (findings) => {
      const before = structuredClone(findings);
      const resolved = resolveOverlaps(findings);
      expect(findings).toEqual(before);
      const places = (list: Finding[]) =>
        new Set(list.flatMap(({ start, end }) => Array.from({ length: end - start }, (_, i) => start + i)));
      expect([...places(resolved)].sort()).toEqual([...places(findings)].sort());
      for (const [i, one] of resolved.entries()) if (i > 0) expect(one.start).toBeGreaterThanOrEqual(resolved[i - 1]!.end);
      const spans = (list: Finding[]) => list.map(({ start, end }) => [start, end]);
      expect(spans(resolveOverlaps([...findings].reverse()))).toEqual(spans(resolved));
    }),
  );
});

it('takes the surer type, and that of the longer one where one holds the other', () => {
  const at = (type: PhiType, start: number, end: number, score: number): Finding => ({ type, start, end, score, rule: type });
  expect(resolveOverlaps([at('phone', 0, 8, 0.6), at('ssn', 4, 12, 0.9)])).toMatchObject([{ type: 'ssn', start: 0, end: 12, score: 0.9 }]);
  expect(resolveOverlaps([at('url', 0, 30, 0.8), at('email', 10, 20, 0.95)])).toMatchObject([{ type: 'url', start: 0, end: 30 }]);
  expect(resolveOverlaps([at('phone', 0, 8, 0.6), at('npi', 0, 8, 0.9)])).toMatchObject([{ type: 'npi' }]);
});
