import type { Settlement } from '@/lib/schema/retention';
import { type CalendarDay, dayAfter } from './retention-calendar';
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

/** Where a policy's clock starts for a record: what a person enters moves that of a minimum no further back than to when it was recorded. `open`: nobody knows yet. */
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

/** Which policies a record of these domains is under: the same for many records, and made once for all of them. */
export interface Kind {
  minimums: readonly { rule: Rule; why?: Minimum['why'] }[];
  maximums: readonly Rule[];
  silent: readonly Rule[];
  hot: readonly Rule[];
  /** Those of which the one that ends last holds as well, since something is unmapped. */
  longestOf: readonly Rule[];
  unmapped: readonly string[];
  off: readonly string[];
}

export function kindOf({ domains, unmapped: tools }: Pick<Retained, 'domains' | 'unmapped'>, rules: Rules): Kind {
  if (rules.whole) return { minimums: [], maximums: [], silent: [], hot: [], longestOf: [], unmapped: [], off: [] };
  const applied: Rule[] = [];
  const off: string[] = [];
  const unmapped: string[] = [];
  for (const domain of new Set(domains)) {
    const rule = rules.on.get(domain);
    if (rule !== undefined) applied.push(rule);
    else if (rules.off.has(domain)) off.push(domain);
    else unmapped.push(`domain:${domain}`);
  }
  unmapped.push(...tools);
  const minimums: { rule: Rule; why?: Minimum['why'] }[] = applied.filter((rule) => rule.floorEnd !== null).map((rule) => ({ rule }));
  const longestOf = unmapped.length > 0 ? rules.floors : [];
  if (minimums.length + longestOf.length === 0 && rules.fallback?.floorEnd) minimums.push({ rule: rules.fallback, why: 'fallback' });
  return {
    minimums,
    maximums: applied.filter((rule) => rule.ceilingEnd !== null),
    silent: applied.filter((rule) => rule.floorEnd === null && rule.ceilingEnd === null),
    hot: [...new Set([...applied, ...minimums.map(({ rule }) => rule)])].filter((rule) => rule.hotOver !== null),
    longestOf,
    unmapped,
    off,
  };
}

/**
 * The latest minimum, the earliest maximum, and whether the one ends after the other. What nobody has mapped is kept as long as the longest minimum that is on.
 */
export function weigh(record: Retained, rules: Rules): Weighed {
  return weighKind(record, kindOf(record, rules), rules);
}

type Days = Pick<Retained, 'event' | 'recorded' | 'triggers'>;

/** The same for a record whose kind is known. */
export function weighKind(days: Days, kind: Kind, rules: Rules): Weighed {
  const minimums = kind.minimums.map(({ rule, why }) => minimumOf(rule, days, why));
  let hot = kind.hot;
  if (kind.longestOf.length > 0) {
    const longest = kind.longestOf.map((rule) => minimumOf(rule, days, 'unmapped')).sort(longestFirst)[0]!;
    if (!minimums.some(({ rule }) => rule === longest.rule)) {
      minimums.push(longest);
      if (longest.rule.hotOver !== null) hot = [...hot, longest.rule];
    }
  }
  if (minimums.length > 1) minimums.sort(longestFirst);
  const maximums = kind.maximums.map((rule): Maximum => {
    const start = startOf(rule, days);
    return { rule, start, end: start === 'open' ? null : rule.ceilingEnd!(start.day) };
  });
  const { keepUntil, disposeBy, conflict, settled } = settle(minimums, maximums, rules);
  return {
    keepUntil,
    disposeBy,
    conflict,
    settled,
    archiveFrom: archiveFrom(hot, days, keepUntil),
    minimums,
    maximums,
    silent: kind.silent,
    unmapped: kind.unmapped,
    off: kind.off,
  };
}

function minimumOf(rule: Rule, days: Days, why?: Minimum['why']): Minimum {
  const start = floorStart(rule, days);
  const end = start === 'open' ? null : rule.floorEnd!(start.day);
  return why === undefined ? { rule, start, end } : { rule, start, end, why };
}

/**
 * Of a minimum: what a person enters starts its clock no earlier than the record was there. An account that was closed long ago would else make what comes in later due
 * on arrival.
 */
function floorStart(rule: Rule, days: Days): Start {
  const start = startOf(rule, days);
  return start !== 'open' && start.by === 'trigger' && start.day < days.recorded ? { day: days.recorded, by: 'recorded' } : start;
}

function startOf({ policy: { clock, trigger, or_else } }: Rule, days: Days): Start {
  const entered = trigger === null || days.triggers.size === 0 ? undefined : days.triggers.get(trigger);
  if (clock === 'trigger') {
    if (entered !== undefined) return { day: entered, by: 'trigger' };
    return or_else === null ? 'open' : { day: days[or_else], by: or_else };
  }
  return entered !== undefined && entered >= days[clock] ? { day: entered, by: 'trigger' } : { day: days[clock], by: clock };
}

type Ending = Pick<Minimum, 'rule' | 'end'>;

/** Of equals, by code: the order in which policies are kept decides nothing. */
const byCode = (a: Ending, b: Ending) => (a.rule.policy.code < b.rule.policy.code ? -1 : 1);

/** An open end before any day. */
function longestFirst(a: Ending, b: Ending): number {
  const [x, y] = [a.end ?? '~', b.end ?? '~'];
  return x === y ? byCode(a, b) : x < y ? 1 : -1;
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
  if (maximums.length === 0) return { keepUntil: minimums[0]?.end ?? null, disposeBy: null, conflict: null, settled: [] };
  let floors: Ending[] = [...minimums];
  let ceilings = maximums.filter(({ end }) => end !== null).sort((a, b) => -longestFirst(a, b));
  const settled: Settled[] = [];
  for (;;) {
    const [floor] = floors;
    const [ceiling] = ceilings;
    const keepUntil = floor === undefined ? null : floor.end;
    const disposeBy = ceiling?.end ?? null;
    if (floor === undefined || ceiling === undefined || (floor.end !== null && floor.end <= ceiling.end!))
      return { keepUntil, disposeBy, conflict: null, settled };
    const answer = rules.settled(floor.rule.policy.code, ceiling.rule.policy.code);
    if (answer === undefined)
      return { keepUntil, disposeBy, conflict: { floor: minimums.find(({ rule }) => rule === floor.rule)!, ceiling }, settled };
    if (answer.in_favour_of === 'floor') {
      settled.push({ ...answer, instead: ceiling.end });
      ceilings = ceilings.slice(1);
    } else {
      settled.push({ ...answer, instead: floor.end });
      floors = [...floors.slice(1), { rule: floor.rule, end: ceiling.end }].sort(longestFirst);
    }
  }
}

/** The day after the longest time in hot storage; where no policy says any, after the last day that it is kept. */
function archiveFrom(hot: readonly Rule[], days: Days, keepUntil: CalendarDay | null): CalendarDay | null {
  let from: CalendarDay | null = null;
  for (const rule of hot) {
    const start = floorStart(rule, days);
    if (start === 'open') return null;
    const its = rule.hotOver!(start.day);
    if (from === null || its > from) from = its;
  }
  if (from !== null || keepUntil === null) return from;
  return dayAfter(keepUntil);
}

/** The code of the policy that decides: the longest minimum, or the maximum that was settled to end it. null where none sets any. */
export function deciderOf({ keepUntil, minimums, maximums }: Weighed): string | null {
  const [first] = minimums;
  if (first === undefined || first.end === keepUntil) return first?.rule.policy.code ?? null;
  return (maximums.find(({ end }) => end === keepUntil) ?? first).rule.policy.code;
}
