import type { Period } from '@/lib/schema/retention';

/** A day of the calendar in UTC, `YYYY-MM-DD`; such days compare as text. */
export type CalendarDay = string;

/** What lies beyond has no text of this form; nothing is kept until then. */
const LAST: CalendarDay = '9999-12-31';

/** The day in UTC of an instant, in milliseconds since 1970. */
export function dayOf(milliseconds: number): CalendarDay {
  return new Date(milliseconds).toISOString().slice(0, 10);
}

/**
 * The same day of the calendar so many years or months on. Where there is none (29 February in a common year, 31 September) it is the first of the month after: a
 * period that ended on the day before would be one day short. Never counted in days: six years are 2191 or 2192 of them, and 2190 is a violation.
 */
export function addPeriod(day: CalendarDay, period: Period): CalendarDay {
  const [year, month, date] = day.split('-').map(Number) as [number, number, number];
  const months = 'years' in period ? period.years * 12 : period.months;
  const there = year * 12 + (month - 1) + months;
  if (date <= daysOf(there)) return spell(there, date);
  return spell(there + 1, 1);
}

/** @returns the last day of this calendar where there is none after it. */
export function dayAfter(day: CalendarDay): CalendarDay {
  const [year, month, date] = day.split('-').map(Number) as [number, number, number];
  const months = year * 12 + (month - 1);
  return date < daysOf(months) ? spell(months, date + 1) : spell(months + 1, 1);
}

export function latest(days: readonly CalendarDay[]): CalendarDay | null {
  return days.reduce<CalendarDay | null>((best, day) => (best === null || day > best ? day : best), null);
}

/** "6 years", "1 month". */
export function sayPeriod(period: Period): string {
  const [count, unit] = 'years' in period ? [period.years, 'year'] : [period.months, 'month'];
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}

const COMMON = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const;

/** @param months since the year 0, January being 0. */
function daysOf(months: number): number {
  const [year, month] = [Math.floor(months / 12), months % 12];
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return month === 1 && leap ? 29 : COMMON[month]!;
}

function spell(months: number, date: number): CalendarDay {
  const year = Math.floor(months / 12);
  if (year > 9999) return LAST;
  return `${String(year).padStart(4, '0')}-${String((months % 12) + 1).padStart(2, '0')}-${String(date).padStart(2, '0')}`;
}
