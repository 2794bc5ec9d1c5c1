import type { Settlement } from '@/lib/schema/retention';
import { type CalendarDay, dayAfter, latest } from './retention-calendar';
import type { Rule, Rules } from './retention-rules';

/** What of a record retention hangs on. */
export interface Retained {
  /** The day of its timestamp, which its sender gives. */
  event: CalendarDay;
  /** The day on which the server recorded it. */
  recorded: CalendarDay;
  domains: readonly string[];
  /** What of it the registry does not know, as `tool:x` and `data_source:x`. */
  unmapped: readonly string[];
  /** By the name of the trigger, the latest day that was entered for anything that this record belongs to. */
  triggers: ReadonlyMap<string, CalendarDay>;
}

/** Where a policy's clock starts for a record. `open`: nobody knows yet. */
export type Start = { day: CalendarDay; by: 'event' | 'recorded' | 'trigger' } | 'open';

export interface Minimum {
  rule: Rule;
  start: Start;
  /** null: the clock is open. */
  end: CalendarDay | null;
  /** Applies because something is unmapped, or because no other policy sets a minimum. */
  why?: 'unmapped' | 'fallback';
}

export interface Maximum {
  rule: Rule;
  start: Start;
  /** null: the clock is open. */
  end: CalendarDay | null;
}

export interface Settled extends Settlement {
  /** The minimum that gave way, or the maximum: its day as it would have been. */
  instead: CalendarDay | null;
}

/** What the policies make of a record, before any of it is put into words. */
export interface Weighed {
  /** null: a clock is open. */
  keepUntil: CalendarDay | null;
  /** The first day. null: a clock is open. */
  archiveFrom: CalendarDay | null;
  disposeBy: CalendarDay | null;
  /** The one that decides first; open ones before all others. */
  minimums: readonly Minimum[];
  maximums: readonly Maximum[];
  /** Policies that apply and set no number, such as GDPR. */
  silent: readonly Rule[];
  conflict: { floor: Minimum; ceiling: Maximum } | null;
  settled: readonly Settled[];
  unmapped: readonly string[];
  off: readonly string[];
}

const NO_TRIGGERS: ReadonlyMap<string, CalendarDay> = new Map();
export const noTriggers = (): ReadonlyMap<string, CalendarDay> => NO_TRIGGERS;

/**
 * The latest minimum, the earliest maximum, and whether the one ends after the other. What nobody has mapped is kept as long as the longest minimum that is on.
 */
export function weigh(record: Retained, rules: Rules): Weighed {
  const applied: Rule[] = [];
  const off: string[] = [];
  const unmapped: string[] = [];
  for (const domain of new Set(record.domains)) {
    const rule = rules.on.get(domain);
    if (rule !== undefined) applied.push(rule);
    else if (rules.off.has(domain)) off.push(domain);
    else unmapped.push(`domain:${domain}`);
  }
  unmapped.push(...record.unmapped);

  const minimums: Minimum[] = applied.filter((rule) => rule.floorEnd !== null).map((rule) => minimumOf(rule, record));
  if (unmapped.length > 0) {
    const longest = rules.floors.map((rule) => minimumOf(rule, record)).sort(longestFirst)[0];
    if (longest !== undefined && !applied.includes(longest.rule)) minimums.push({ ...longest, why: 'unmapped' });
  }
  if (minimums.length === 0 && rules.fallback?.floorEnd) minimums.push({ ...minimumOf(rules.fallback, record), why: 'fallback' });
  minimums.sort(longestFirst);
  const maximums = applied.flatMap((rule): Maximum[] => {
    if (rule.ceilingEnd === null) return [];
    const start = startOf(rule, record);
    return [{ rule, start, end: start === 'open' ? null : rule.ceilingEnd(start.day) }];
  });
  const settledEnds = settle(minimums, maximums, rules);
  return {
    ...settledEnds,
    archiveFrom: archiveFrom(minimums, applied, record, settledEnds.keepUntil),
    minimums,
    maximums,
    silent: applied.filter((rule) => rule.floorEnd === null && rule.ceilingEnd === null),
    unmapped,
    off,
  };
}

function minimumOf(rule: Rule, record: Retained): Minimum {
  const start = startOf(rule, record);
  return { rule, start, end: start === 'open' ? null : rule.floorEnd!(start.day) };
}

function startOf({ policy: { clock, trigger, or_else } }: Rule, record: Retained): Start {
  const entered = trigger === null ? undefined : record.triggers.get(trigger);
  if (clock === 'trigger') {
    if (entered !== undefined) return { day: entered, by: 'trigger' };
    return or_else === null ? 'open' : { day: record[or_else], by: or_else };
  }
  return entered !== undefined && entered > record[clock] ? { day: entered, by: 'trigger' } : { day: record[clock], by: clock };
}

/** An open end before any day; of equals, by code. */
function longestFirst(a: Minimum, b: Minimum): number {
  const [x, y] = [a.end ?? '~', b.end ?? '~'];
  if (x !== y) return x < y ? 1 : -1;
  return a.rule.policy.code < b.rule.policy.code ? -1 : 1;
}

/**
 * The longest minimum against the shortest maximum, then the next ones, as far as somebody has settled which of the two gives way. One that nobody has settled
 * stands as a conflict, and the minimum holds meanwhile: what is kept too long can still be destroyed.
 */
function settle(
  minimums: readonly Minimum[],
  maximums: readonly Maximum[],
  rules: Rules,
): Pick<Weighed, 'keepUntil' | 'disposeBy' | 'conflict' | 'settled'> {
  let floors = minimums.map((minimum) => ({ minimum, end: minimum.end }));
  let ceilings = maximums.filter((maximum) => maximum.end !== null).sort((a, b) => (a.end! < b.end! ? -1 : a.end! > b.end! ? 1 : 0));
  const settled: Settled[] = [];
  for (;;) {
    const floor = floors[0];
    const ceiling = ceilings[0];
    const keepUntil = floor === undefined ? null : floor.end;
    const disposeBy = ceiling?.end ?? null;
    if (floor === undefined || ceiling === undefined || (floor.end !== null && floor.end <= ceiling.end!))
      return { keepUntil, disposeBy, conflict: null, settled };
    const answer = rules.settled(floor.minimum.rule.policy.code, ceiling.rule.policy.code);
    if (answer === undefined) return { keepUntil, disposeBy, conflict: { floor: floor.minimum, ceiling }, settled };
    if (answer.in_favour_of === 'floor') {
      settled.push({ ...answer, instead: ceiling.end });
      ceilings = ceilings.slice(1);
    } else {
      settled.push({ ...answer, instead: floor.end });
      floors = [...floors.slice(1), { ...floor, end: ceiling.end }].sort((a, b) => ((a.end ?? '~') < (b.end ?? '~') ? 1 : -1));
    }
  }
}

/** The day after the longest time in hot storage; where no policy says any, after the last day that it is kept. */
function archiveFrom(
  minimums: readonly Minimum[],
  applied: readonly Rule[],
  record: Retained,
  keepUntil: CalendarDay | null,
): CalendarDay | null {
  const rules = new Set([...applied, ...minimums.map(({ rule }) => rule)]);
  const ends: CalendarDay[] = [];
  for (const rule of rules) {
    if (rule.hotEnd === null) continue;
    const start = startOf(rule, record);
    if (start === 'open') return null;
    ends.push(rule.hotEnd(start.day));
  }
  const end = latest(ends) ?? keepUntil;
  return end === null ? null : dayAfter(end);
}

/** The code of the policy that decides: the longest minimum, or the maximum that was settled to end it. null where none sets any. */
export function deciderOf({ keepUntil, minimums, maximums }: Weighed): string | null {
  const [first] = minimums;
  if (first === undefined || first.end === keepUntil) return first?.rule.policy.code ?? null;
  return (maximums.find(({ end }) => end === keepUntil) ?? first).rule.policy.code;
}
