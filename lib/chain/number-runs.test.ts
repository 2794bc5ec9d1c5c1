import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NumberRuns } from './number-runs';

const runsOf = (numbers: readonly number[]) => {
  const runs = new NumberRuns();
  for (const number of numbers) runs.add(number);
  return runs;
};

describe('numbers as runs', () => {
  it('are the set of what was added, in any order and however often', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 40 })), (numbers) => {
        const set = [...new Set(numbers)].sort((a, b) => a - b);
        const starts = set.filter((n) => !set.includes(n - 1));
        const ends = set.filter((n) => !set.includes(n + 1)).map((n) => n + 1);
        const runs = runsOf(numbers);
        expect(String(runs)).toBe(`{${starts.map((start, i) => `[${start},${ends[i]})`).join(',')}}`);
        expect(runs.runs).toBe(starts.length);
        expect(runs.isWhole()).toBe(set.length === (set.at(-1) ?? 0));
      }),
      { numRuns: 500 },
    );
  });

  it('that count upwards are one run, whatever their number', () => {
    const runs = runsOf(Array.from({ length: 10_000 }, (_, i) => i + 1));
    expect([String(runs), runs.isWhole()]).toEqual(['{[1,10001)}', true]);
    expect(String(runsOf([Number.MAX_SAFE_INTEGER - 1]))).toBe('{[9007199254740990,9007199254740991)}');
  });
});
