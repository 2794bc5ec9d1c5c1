import type { Random } from './random';
import type { Office } from './script';

export const HISTORY_DAYS = 243;
const DAY = 86_400_000;
const HOUR = 3_600_000;
/** The offices are on the American east coast; daylight saving is left out. */
const OFFSET = -5 * HOUR;

/** Days that every office has off, month and day. */
const HOLIDAYS = new Set(['01-01', '05-25', '07-04', '09-07', '11-26', '12-24', '12-25', '12-31']);

/** @returns the local morning of the day that is that part of the way from the first to the last. */
export function plannedTime(at: number, now: number): number {
  return historyStart(now) + Math.floor(at * HISTORY_DAYS) * DAY + 10 * HOUR + Math.floor(at * 1_000) * 1_777;
}

/** @returns the first moment of the history: local midnight, `HISTORY_DAYS` before now. */
export function historyStart(now: number): number {
  return Math.floor((now + OFFSET) / DAY - HISTORY_DAYS) * DAY - OFFSET;
}

/**
 * When the conversations of an office begin, ascending: working hours, quiet weekends and holidays, and more of them as
 * the office comes to rely on its agent. None begins after `now`.
 */
export function pickTimes(office: Office, now: number, random: Random): number[] {
  const start = historyStart(now);
  const days = Array.from({ length: HISTORY_DAYS + 1 }, (_, index) => start + index * DAY).map((day) => ({
    day,
    weight: weightOf(office, day, start, now),
  }));
  const hours = office.hours.map((weight, hour) => ({ hour, weight }));
  const times: number[] = [];
  while (times.length < office.conversations) {
    const { day } = random.weighted(days, (each) => each.weight);
    const { hour } = random.weighted(hours, (each) => each.weight);
    const time = day + hour * HOUR + random.between([0, HOUR - 1]);
    if (time < now - HOUR / 4) times.push(time);
  }
  return times.sort((a, b) => a - b);
}

function weightOf(office: Office, day: number, start: number, now: number): number {
  const local = new Date(day + OFFSET);
  const growth = 0.7 + (0.6 * (day - start)) / (now - start);
  const off = HOLIDAYS.has(local.toISOString().slice(5, 10)) ? 0.05 : 1;
  const weekday = local.getUTCDay();
  return growth * off * (weekday === 6 ? office.saturday : weekday === 0 ? office.sunday : 1);
}
