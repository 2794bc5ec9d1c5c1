import type { RetentionDto } from '@/lib/schema/retention';

type Months = RetentionDto['months'];

export interface Bar {
  /** The first month of what it stands for, `YYYY-MM`. */
  at: string;
  hot: number;
  archived: number;
}

export interface PolicyBars {
  policy: string;
  records: number;
  archived: number;
  /** Records whose clock is open: they end in no month. */
  open: number;
  bars: Bar[];
}

export interface MonthBars {
  /** Months that one bar stands for: 1, 12, 120 or 1,200. */
  step: number;
  /** The bar within which this month lies. */
  today: string;
  ticks: string[];
  policies: PolicyBars[];
}

const STEPS = [1, 12, 120, 1_200] as const;
const BARS = 120;
const TICKS = 8;

const count = (month: string) => Number(month.slice(0, 4)) * 12 + Number(month.slice(5, 7)) - 1;
const spell = (months: number) => `${String(Math.floor(months / 12)).padStart(4, '0')}-${String((months % 12) + 1).padStart(2, '0')}`;

/**
 * The figures by policy and month on one axis that all policies share, from this month or the first one that something is kept until, whichever comes first; months,
 * or years and more where it is long. Policies with most records first. What was destroyed is kept until no month.
 */
export function monthBars(months: Months, today: string): MonthBars {
  const kept = months.filter(({ state }) => state !== 'destroyed');
  const now = count(today);
  const ends = kept.flatMap(({ month }) => (month === null ? [] : [count(month)]));
  const [first, last] = ends.reduce(([low, high], end) => [Math.min(low, end), Math.max(high, end)], [now, now]);
  const step = STEPS.find((size) => (last - first) / size < BARS) ?? 1_200;
  const slot = (month: number) => Math.floor(month / step) * step;
  const axis: string[] = [];
  for (let at = slot(first); at <= slot(last); at += step) axis.push(spell(at));
  const policies = new Map<string, PolicyBars>();
  for (const { policy, month, state, records } of kept) {
    let own = policies.get(policy);
    if (own === undefined) {
      own = { policy, records: 0, archived: 0, open: 0, bars: axis.map((at) => ({ at, hot: 0, archived: 0 })) };
      policies.set(policy, own);
    }
    own.records += records;
    if (state === 'archived') own.archived += records;
    if (month === null) own.open += records;
    else own.bars[(slot(count(month)) - slot(first)) / step]![state === 'archived' ? 'archived' : 'hot'] += records;
  }
  const sorted = [...policies.values()].sort((a, b) => b.records - a.records || (a.policy < b.policy ? -1 : 1));
  return {
    step,
    today: spell(slot(now)),
    ticks: ticksOf(axis, step),
    policies: sorted,
  };
}

/** Januaries where there are some, thinned out; else the first and the last. */
function ticksOf(axis: readonly string[], step: number): string[] {
  const years = step === 1 ? axis.filter((at) => at.endsWith('-01')) : [...axis];
  if (years.length < 2) return [...new Set([axis[0]!, axis[axis.length - 1]!])];
  const every = Math.ceil(years.length / TICKS);
  return years.filter((_, place) => place % every === 0);
}

/** "2032-11", "2032", "2030s": what a bar stands for. */
export function barWords(at: string, step: number): string {
  if (step === 1) return at;
  const year = at.slice(0, 4);
  return step === 12 ? year : step === 120 ? `${year}s` : `${year} to ${Number(year) + 99}`;
}
