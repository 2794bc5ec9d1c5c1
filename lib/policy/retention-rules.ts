import type { Period, PolicySet, RetentionPolicy, Settlement } from '@/lib/schema/retention';
import { addPeriod, type CalendarDay, dayAfter } from './retention-calendar';
import { CATALOGUE, DEFAULT_POLICY } from './retention-catalogue';

/** A policy made ready to be asked of many records: what it made of a day is remembered. */
export interface Rule {
  policy: RetentionPolicy;
  floorEnd: ((start: CalendarDay) => CalendarDay) | null;
  ceilingEnd: ((start: CalendarDay) => CalendarDay) | null;
  /** The first day after its time in hot storage. */
  hotOver: ((start: CalendarDay) => CalendarDay) | null;
}

/** All policies of a ledger, ready to decide by. */
export interface Rules {
  /** Those that are on. */
  on: ReadonlyMap<string, Rule>;
  /** Those that are on and set a minimum: of them the longest holds what nobody has mapped. */
  floors: readonly Rule[];
  /** Titles of what is known and off, by code. */
  off: ReadonlyMap<string, string>;
  /** What applies where no other policy sets a minimum. */
  fallback: Rule | null;
  /** Of an access ledger, which stays whole: nothing in it is ever due, whatever policies say. */
  whole: boolean;
  settled(floor: string, ceiling: string): Settlement | undefined;
}

export function makeRules({ policies, settlements, whole = false }: PolicySet & { whole?: boolean }): Rules {
  const on = new Map(policies.filter((policy) => policy.on).map((policy) => [policy.code, ruleOf(policy)]));
  const off = new Map([...CATALOGUE, ...policies].filter(({ code }) => !on.has(code)).map(({ code, title }) => [code, title]));
  const answers = new Map(settlements.map((one) => [`${one.floor} ${one.ceiling}`, one]));
  return {
    on,
    floors: [...on.values()].filter((rule) => rule.floorEnd !== null),
    off,
    fallback: on.get(DEFAULT_POLICY) ?? null,
    whole,
    settled: (floor, ceiling) => answers.get(`${floor} ${ceiling}`),
  };
}

function ruleOf(policy: RetentionPolicy): Rule {
  const { floor, ceiling, hot } = policy;
  return {
    policy,
    floorEnd: floor && ending(floor),
    ceilingEnd: ceiling && ending(ceiling),
    hotOver: hot && remembered((start) => dayAfter(addPeriod(start, hot))),
  };
}

const ending = (period: Period) => remembered((start) => addPeriod(start, period));

function remembered(make: (start: CalendarDay) => CalendarDay): (start: CalendarDay) => CalendarDay {
  const known = new Map<CalendarDay, CalendarDay>();
  return (start) => {
    const found = known.get(start);
    if (found !== undefined) return found;
    const end = make(start);
    known.set(start, end);
    return end;
  };
}
