import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addPeriod, dayAfter, dayOf, latest, sayPeriod } from './retention-calendar';

const DAY_MS = 86_400_000;
const daysBetween = (from: string, to: string) => (Date.parse(to) - Date.parse(from)) / DAY_MS;
const anyDay = (from = '1970-01-01', to = '2399-12-31') =>
  fc.integer({ min: Date.parse(from) / DAY_MS, max: Date.parse(to) / DAY_MS }).map((day) => dayOf(day * DAY_MS));
const anyPeriod = fc.oneof(
  fc.integer({ min: 1, max: 100 }).map((years) => ({ years })),
  fc.integer({ min: 1, max: 1200 }).map((months) => ({ months })),
);

describe('calendar arithmetic', () => {
  it('six years are 2191 or 2192 days, seven 2556 or 2557: counted in days (2190, 2555) records would end too early', () => {
    const seen = { 6: new Set<number>(), 7: new Set<number>() };
    for (let day = Date.parse('1970-01-01'); day < Date.parse('2092-01-01'); day += DAY_MS) {
      const from = dayOf(day);
      for (const years of [6, 7] as const) seen[years].add(daysBetween(from, addPeriod(from, { years })));
    }
    expect([...seen[6]].sort()).toEqual([2191, 2192]);
    expect([...seen[7]].sort()).toEqual([2556, 2557]);
    expect(addPeriod('2026-03-01', { years: 6 })).toBe('2032-03-01');
    expect(daysBetween('2026-03-01', '2032-03-01')).toBe(2192);
    expect(daysBetween('2025-03-01', addPeriod('2025-03-01', { years: 7 }))).toBe(2557);
    expect(daysBetween('2021-03-01', addPeriod('2021-03-01', { years: 7 }))).toBe(2557);
    expect(daysBetween('2024-03-01', addPeriod('2024-03-01', { years: 7 }))).toBe(2556);
  });

  it('29 February becomes 1 March where the year has none, and stays where it has', () => {
    expect(addPeriod('2024-02-29', { years: 6 })).toBe('2030-03-01');
    expect(addPeriod('2024-02-29', { years: 1 })).toBe('2025-03-01');
    expect(addPeriod('2024-02-29', { years: 4 })).toBe('2028-02-29');
    expect(addPeriod('2096-02-29', { years: 4 })).toBe('2100-03-01');
    expect(addPeriod('2096-02-29', { months: 12 })).toBe('2097-03-01');
  });

  it('a day that a month does not have becomes the first of the month after: never a day early', () => {
    expect(addPeriod('2026-08-31', { months: 6 })).toBe('2027-03-01');
    expect(addPeriod('2026-03-31', { months: 1 })).toBe('2026-05-01');
    expect(addPeriod('2026-12-31', { months: 2 })).toBe('2027-03-01');
    expect(addPeriod('2026-12-31', { months: 1 })).toBe('2027-01-31');
    expect(addPeriod('2026-11-30', { months: 3 })).toBe('2027-03-01');
  });

  it('keeps the day of the month, or moves to the first of the next; and agrees with the calendar of the platform', () => {
    fc.assert(
      fc.property(anyDay(), anyPeriod, (day, period) => {
        const months = 'years' in period ? period.years * 12 : period.months;
        const [year, month, date] = day.split('-').map(Number) as [number, number, number];
        const platform = new Date(Date.UTC(year, month - 1 + months, date));
        // Date rolls 31 September to 1 October as well, and 30 February to 1 or 2 March: there the first of March it is.
        const rolled = platform.getUTCDate() !== date;
        if (rolled) platform.setUTCDate(1);
        expect(addPeriod(day, period)).toBe(platform.toISOString().slice(0, 10));
      }),
      { numRuns: 2_000 },
    );
  });

  it('a later day never ends earlier, a longer period never ends earlier, and twelve months are a year', () => {
    fc.assert(
      fc.property(anyDay(), anyDay(), anyPeriod, fc.integer({ min: 1, max: 99 }), (a, b, period, years) => {
        const [early, late] = a < b ? [a, b] : [b, a];
        expect(addPeriod(early, period) <= addPeriod(late, period)).toBe(true);
        expect(addPeriod(a, { years }) < addPeriod(a, { years: years + 1 })).toBe(true);
        expect(addPeriod(a, { months: years * 12 })).toBe(addPeriod(a, { years }));
      }),
      { numRuns: 2_000 },
    );
  });

  it('the day after is the day after', () => {
    fc.assert(fc.property(anyDay(), (day) => dayAfter(day) === dayOf(Date.parse(day) + DAY_MS)));
    expect([dayAfter('2024-02-28'), dayAfter('2026-02-28'), dayAfter('2026-12-31')]).toEqual(['2024-02-29', '2026-03-01', '2027-01-01']);
  });

  it('ends where days have no such text any more', () => {
    expect(addPeriod('9999-06-01', { years: 7 })).toBe('9999-12-31');
    expect(dayAfter('9999-12-31')).toBe('9999-12-31');
  });

  it('says periods, and finds the latest of days', () => {
    expect([{ years: 1 }, { years: 6 }, { months: 1 }, { months: 12 }].map(sayPeriod)).toEqual([
      '1 year',
      '6 years',
      '1 month',
      '12 months',
    ]);
    expect(latest(['2026-01-02', '2031-01-01', '2027-01-01'])).toBe('2031-01-01');
    expect(latest([])).toBeNull();
  });
});
