import type { Period, PolicyChange, RetentionPolicy } from '@/lib/schema/retention';

interface PeriodField {
  /** As it is typed; empty: none. */
  count: string;
  unit: 'years' | 'months';
}

export interface PolicyForm {
  code: string;
  title: string;
  floor: PeriodField;
  ceiling: PeriodField;
  hot: PeriodField;
  clock: RetentionPolicy['clock'];
  trigger: string;
  orElse: 'event' | 'recorded' | 'open';
  note: string;
  source: string;
}

const fieldOf = (period: Period | null): PeriodField =>
  period === null
    ? { count: '', unit: 'years' }
    : 'years' in period
      ? { count: String(period.years), unit: 'years' }
      : { count: String(period.months), unit: 'months' };

export function formOf(policy: RetentionPolicy | null): PolicyForm {
  if (policy === null)
    return {
      code: '',
      title: '',
      floor: { count: '', unit: 'years' },
      ceiling: { count: '', unit: 'years' },
      hot: { count: '1', unit: 'years' },
      clock: 'event',
      trigger: '',
      orElse: 'recorded',
      note: '',
      source: '',
    };
  const { code, title, clock, trigger, or_else, note, source } = policy;
  return {
    code,
    title,
    floor: fieldOf(policy.floor),
    ceiling: fieldOf(policy.ceiling),
    hot: fieldOf(policy.hot),
    clock,
    trigger: trigger ?? '',
    orElse: or_else ?? 'open',
    note: note ?? '',
    source,
  };
}

const LIMITS = { years: 100, months: 1_200 } as const;

/** @throws RangeError with what to say, where it is no period */
function periodOf({ count, unit }: PeriodField, name: string): Period | null {
  if (count.trim() === '') return null;
  const number = Number(count);
  if (!/^\d{1,4}$/.test(count.trim()) || number < 1 || number > LIMITS[unit])
    throw new RangeError(`${name}: a whole number of ${unit} from 1 to ${LIMITS[unit]}.`);
  return unit === 'years' ? { years: number } : { months: number };
}

/** The trigger's name as policies write it: "Account closed" is account_closed. */
export const triggerOf = (typed: string) =>
  typed
    .trim()
    .toLowerCase()
    .replaceAll(/[\s-]+/g, '_');

/**
 * What the form asks to be changed: of a policy that is there the members that differ, of a new one all of them.
 * @returns a fault where it is no policy yet
 */
export function changeOf(form: PolicyForm, old: RetentionPolicy | null): { change: PolicyChange } | { fault: string } {
  try {
    const trigger = triggerOf(form.trigger);
    if (form.clock === 'trigger' && trigger === '') return { fault: 'A clock that an event starts needs the name of the event.' };
    if (trigger !== '' && !/^[a-z][a-z0-9_]{0,39}$/.test(trigger))
      return { fault: 'The name of an event is letters, digits and spaces, 40 at most, and begins with a letter.' };
    const whole: RetentionPolicy = {
      code: form.code.trim(),
      title: form.title.trim(),
      floor: periodOf(form.floor, 'Minimum'),
      ceiling: periodOf(form.ceiling, 'Maximum'),
      clock: form.clock,
      trigger: trigger === '' ? null : trigger,
      or_else: form.clock === 'trigger' && form.orElse !== 'open' ? form.orElse : null,
      hot: periodOf(form.hot, 'In the database'),
      note: form.note.trim() === '' ? null : form.note.trim(),
      source: form.source.trim(),
      on: old?.on ?? true,
    };
    if (!/^[a-z0-9][a-z0-9-]{0,31}$/.test(whole.code))
      return { fault: 'The code is what records name as a domain: lower-case letters, digits and hyphens, 32 at most.' };
    if (old === null) return { change: whole };
    const differs = Object.entries(whole).filter(
      ([name, value]) => JSON.stringify(value) !== JSON.stringify(old[name as keyof RetentionPolicy]),
    );
    if (differs.length === 0) return { fault: 'Nothing is changed yet.' };
    return { change: { code: old.code, ...Object.fromEntries(differs) } };
  } catch (error) {
    if (error instanceof RangeError) return { fault: error.message };
    throw error;
  }
}
