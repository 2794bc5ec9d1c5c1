import type { RetentionPolicy } from '@/lib/schema/retention';
import { sayPeriod } from './retention-calendar';

const years = (count: number) => ({ years: count });
const months = (count: number) => ({ months: count });

type Row = Pick<RetentionPolicy, 'code' | 'title' | 'source'> & Partial<RetentionPolicy>;

/**
 * Hot storage lasts as long as the minimum, and a year at most, unless the clause itself says for how long a record has to be at hand: what is looked at is looked
 * at in its first year, and what is archived opens on the same screen.
 */
const row = (given: Row): RetentionPolicy => ({
  floor: null,
  ceiling: null,
  clock: 'event',
  trigger: null,
  or_else: null,
  hot: given.floor == null ? null : 'years' in given.floor ? years(1) : given.floor,
  note: null,
  on: false,
  ...given,
});

/**
 * What the product knows of retention rules, each with its clause. It supports keeping them; whether one applies, and to what, is the reader's to decide.
 */
export const CATALOGUE: readonly RetentionPolicy[] = [
  row({
    code: 'hipaa',
    title: 'HIPAA',
    floor: years(6),
    clock: 'recorded',
    trigger: 'last_in_effect',
    note: 'Six years from creation, or from the day it was last in effect if that is later. It is the rule for documentation; no period is set for raw logs as such.',
    source: '45 CFR 164.316(b)(2)(i)',
    on: true,
  }),
  row({
    code: 'soc2',
    title: 'SOC 2',
    floor: years(1),
    note: 'A convention (the period and its fieldwork), no statute.',
    source: 'TSC CC6, CC7',
    on: true,
  }),
  row({
    code: 'financial',
    title: 'Financial',
    floor: years(7),
    note: 'The accountants’ rule under SOX; broker-dealers have rules of their own (sec-17a-4, finra).',
    source: '17 CFR 210.2-06',
    on: true,
  }),
  row({
    code: 'sec-17a-4',
    title: 'SEC 17a-4',
    floor: years(6),
    clock: 'recorded',
    hot: years(2),
    note: 'The first two years in an easily accessible place; WORM, or the audit-trail alternative.',
    source: '17 CFR 240.17a-4(a), (f)',
  }),
  row({
    code: 'finra',
    title: 'FINRA',
    floor: years(6),
    clock: 'trigger',
    trigger: 'account_closed',
    or_else: 'recorded',
    hot: years(2),
    note: 'Six years from the closing of the account, else from when the record was made; in the format of SEC 17a-4.',
    source: 'FINRA Rule 4511',
  }),
  row({
    code: 'pci-dss',
    title: 'PCI DSS',
    floor: months(12),
    hot: months(3),
    note: 'At least the last three months at once available.',
    source: 'PCI DSS 4.0.1, 10.5.1',
  }),
  row({
    code: 'eu-ai-act',
    title: 'EU AI Act',
    floor: months(6),
    clock: 'recorded',
    note: 'At least six months, and appropriate to the intended purpose.',
    source: 'Regulation (EU) 2024/1689, Art. 19(1), 26(6)',
  }),
  row({
    code: 'nydfs',
    title: 'NYDFS',
    floor: years(5),
    note: 'Five years for records of financial transactions; audit trails of cybersecurity events three.',
    source: '23 NYCRR 500.06',
  }),
  row({
    code: 'mifid2',
    title: 'MiFID II',
    floor: years(5),
    clock: 'recorded',
    note: 'Seven years where the authority asks for it: then set it to seven. Corrections must stay visible.',
    source: 'Directive 2014/65/EU, Art. 16(6), (7)',
  }),
  row({
    code: 'part-11',
    title: '21 CFR Part 11',
    note: 'As long as the predicate rule says: set that period. Changes must not obscure what was recorded before.',
    source: '21 CFR 11.10(e)',
  }),
  row({
    code: 'gdpr',
    title: 'GDPR',
    note: 'No longer than is necessary for the purpose: no number is given. Set a maximum where one has been decided.',
    source: 'Regulation (EU) 2016/679, Art. 5(1)(e)',
  }),
  row({
    code: 'glba',
    title: 'GLBA',
    ceiling: years(2),
    clock: 'trigger',
    trigger: 'last_use',
    note: 'Disposed of no later than two years after the last use for the customer, with exceptions.',
    source: '16 CFR 314.4(c)(6)',
  }),
  row({
    code: 'default',
    title: 'Default',
    floor: years(1),
    note: 'For whatever no other policy sets a minimum for.',
    source: 'Policy of the house',
    on: true,
  }),
];

export const DEFAULT_POLICY = 'default';

/** What a ledger begins with; migration "retention" holds the same, and a test holds them together. */
export const SEEDED: readonly RetentionPolicy[] = CATALOGUE.filter((policy) => policy.on);

const CLOCK_WORDS = { event: 'the event', recorded: 'when it was recorded' } as const;

/** A policy's rule in one sentence: "At least 6 years from when it was recorded, or from last in effect where that is later." */
export function sayPolicy(policy: RetentionPolicy): string {
  const rule = [policy.floor && `at least ${sayPeriod(policy.floor)}`, policy.ceiling && `at most ${sayPeriod(policy.ceiling)}`]
    .filter((part) => part !== null)
    .join(' and ');
  if (rule === '') return 'Sets no period of its own.';
  return `${rule[0]!.toUpperCase()}${rule.slice(1)} from ${sayClock(policy)}.`;
}

function sayClock({ clock, trigger, or_else }: RetentionPolicy): string {
  const named = sayTrigger(trigger);
  if (clock !== 'trigger') return trigger === null ? CLOCK_WORDS[clock] : `${CLOCK_WORDS[clock]}, or from ${named} where that is later`;
  return or_else === null ? `${named}; open until then` : `${named}, until then from ${CLOCK_WORDS[or_else]}`;
}

/** "account_closed" as "account closed". */
export function sayTrigger(trigger: string | null): string {
  return (trigger ?? '').replaceAll('_', ' ');
}
