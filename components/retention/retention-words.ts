import { countOf, formatCount } from '@/components/ui/format-count';
import { sayPeriod } from '@/lib/policy/retention-calendar';
import type { PoliciesDto, RetentionDto, RetentionPolicy } from '@/lib/schema/retention';
import { parseQuery } from '@/lib/schema/search-query';

/** "1,204 records". */
export const recordsOf = (count: number) => countOf(count, 'record', 'records');

/** A sentence that begins as one and ends as one. */
export function sentence(text: string): string {
  const begun = `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
  return /[.!?]$/.test(begun) ? begun : `${begun}.`;
}

/** "tool:notes.read" as what it is and how it is called; a name that is missing or too long to be told apart is none. */
export function unmappedWords(what: string): { kind: string; name: string | null } {
  const at = what.indexOf(':');
  const name = what.slice(at + 1);
  return { kind: what.slice(0, at).replaceAll('_', ' '), name: name === '' ? null : name };
}

/** How far the sums reach, in sentences; none where they are all that there is. */
export function countingWords({ behind, anew }: Pick<RetentionDto, 'behind' | 'anew'>): string[] {
  return [
    ...(behind > 0 ? [`${recordsOf(behind)} came since and ${behind === 1 ? 'is' : 'are'} being counted.`] : []),
    ...(anew.records > 0
      ? [
          `Up to ${recordsOf(anew.records)} ${anew.records === 1 ? 'is' : 'are'} being counted anew, since a hold, an event or an archival reaches them: until then figures of what is held and due may be those of before.`,
        ]
      : []),
    ...(anew.scopes > 0
      ? [`${countOf(anew.scopes, 'hold or event has', 'holds or events have')} just been entered: what they reach is being looked up.`]
      : []),
  ];
}

export const periodWords = (period: RetentionPolicy['floor']) => (period === null ? 'none' : sayPeriod(period));

const CLOCKS = { event: 'the day it happened', recorded: 'the day it was recorded' } as const;

/** Where a policy's clock starts, in the words of the form. */
export function clockWords({ clock, trigger, or_else }: Pick<RetentionPolicy, 'clock' | 'trigger' | 'or_else'>): string {
  const named = (trigger ?? '').replaceAll('_', ' ');
  if (clock === 'trigger') return or_else === null ? `${named}; open until then` : `${named}; until then ${CLOCKS[or_else]}`;
  return trigger === null ? CLOCKS[clock] : `${CLOCKS[clock]}, or ${named} if later`;
}

/** The title of a policy, by its code; of one that is not known, the code. */
export function titleOf(policies: PoliciesDto['policies'], code: string): string {
  return policies.find((policy) => policy.code === code)?.title ?? code;
}

const MEMBERS: readonly [keyof RetentionPolicy, string, (policy: RetentionPolicy) => string][] = [
  ['on', 'On', ({ on }) => (on ? 'yes' : 'no')],
  ['title', 'Title', ({ title }) => title],
  ['floor', 'Minimum', ({ floor }) => periodWords(floor)],
  ['ceiling', 'Maximum', ({ ceiling }) => periodWords(ceiling)],
  ['clock', 'Clock', clockWords],
  ['hot', 'In the database for', ({ hot }) => periodWords(hot)],
  ['note', 'Note', ({ note }) => note ?? 'none'],
  ['source', 'Source', ({ source }) => source],
];

export interface MemberChange {
  label: string;
  before: string | null;
  after: string;
}

/** What of a policy changed, member by member. Of a new one everything that it says. */
export function policyChanges(before: RetentionPolicy | null, after: RetentionPolicy): MemberChange[] {
  return MEMBERS.flatMap(([, label, say]) => {
    const [was, is] = [before === null ? null : say(before), say(after)];
    if (was === is || (before === null && is === 'none')) return [];
    return [{ label, before: was, after: is }];
  });
}

/** "12,345 in the database, 2,000 archived, 0 destroyed", the parts that there are. */
export function placesWords({ hot, archived, destroyed }: RetentionDto['records']): string {
  return [
    `${formatCount(hot)} in the database`,
    `${formatCount(archived)} archived`,
    ...(destroyed > 0 ? [`${formatCount(destroyed)} destroyed`] : []),
  ].join(', ');
}

/** A search for records, as the search box writes it; null where nothing could be found by it. */
export function searchFor(name: 'domain' | 'tool', value: string): string | null {
  const written = /^[\w.:/-]+$/.test(value) ? `${name}:${value}` : `${name}:"${value}"`;
  const { terms, faults } = parseQuery(written);
  return faults.length === 0 && terms.length === 1 ? `/records?q=${encodeURIComponent(written)}` : null;
}
