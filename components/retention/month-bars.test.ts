import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { RetentionDto } from '@/lib/schema/retention';
import { barWords, monthBars } from './month-bars';

const TODAY = '2026-11-21';
type Row = RetentionDto['months'][number];
const row = (policy: string, month: string | null, records: number, state: Row['state'] = 'hot'): Row => ({
  policy,
  month,
  records,
  state,
});

it('puts all policies on one axis from this month on, most records first, and leaves out what was destroyed', () => {
  const chart = monthBars(
    [
      row('soc2', '2027-01', 3),
      row('hipaa', '2027-02', 5),
      row('hipaa', '2027-02', 2, 'archived'),
      row('hipaa', '2026-12', 9, 'destroyed'),
    ],
    TODAY,
  );
  expect(chart).toMatchObject({ step: 1, today: '2026-11' });
  expect(chart.policies.map(({ policy, records, archived }) => [policy, records, archived])).toEqual([
    ['hipaa', 7, 2],
    ['soc2', 3, 0],
  ]);
  expect(chart.policies[0]!.bars).toEqual([
    { at: '2026-11', hot: 0, archived: 0 },
    { at: '2026-12', hot: 0, archived: 0 },
    { at: '2027-01', hot: 0, archived: 0 },
    { at: '2027-02', hot: 5, archived: 2 },
  ]);
});

it('counts what has no end apart: it lies in no month', () => {
  const [own] = monthBars([row('glba', null, 4), row('glba', '2027-01', 1)], TODAY).policies;
  expect(own).toMatchObject({ records: 5, open: 4 });
});

it('loses no record and draws a bounded number of bars, whatever days somebody made up', () => {
  const month = fc
    .tuple(fc.integer({ min: 1, max: 9999 }), fc.integer({ min: 1, max: 12 }))
    .map(([y, m]) => `${String(y).padStart(4, '0')}-${String(m).padStart(2, '0')}`);
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.constantFrom('a', 'b'), month, fc.integer({ min: 1, max: 1e9 }), fc.constantFrom('hot', 'archived'))),
      (rows) => {
        const chart = monthBars(
          rows.map(([policy, at, records, state]) => row(policy, at, records, state as Row['state'])),
          TODAY,
        );
        for (const { records, archived, bars } of chart.policies) {
          expect(bars.length).toBeLessThanOrEqual(121);
          expect(bars.reduce((sum, bar) => sum + bar.hot + bar.archived, 0)).toBe(records);
          expect(bars.reduce((sum, bar) => sum + bar.archived, 0)).toBe(archived);
        }
        expect(chart.ticks.length).toBeGreaterThan(0);
        expect(chart.ticks.length).toBeLessThanOrEqual(9);
      },
    ),
  );
});

it('says what a bar stands for', () => {
  expect([barWords('2032-11', 1), barWords('2032-01', 12), barWords('2030-01', 120), barWords('2000-01', 1_200)]).toEqual([
    '2032-11',
    '2032',
    '2030s',
    '2000 to 2099',
  ]);
});
