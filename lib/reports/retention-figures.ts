import 'server-only';
import { formatCount } from '@/lib/schema/format-count';
import type { RetentionDto } from '@/lib/schema/retention';

/** For the first page: as of when, and how far the counts reach. */
export function figureFacts(figures: RetentionDto): [name: string, value: string][] {
  const { today, policies_version: version, counted_to: countedTo, complete, records } = figures;
  const n = formatCount;
  return [
    ['Decided on', `${today} (UTC), by version ${version} of the policies`],
    [
      'Counted',
      countedTo === null ? 'nothing yet' : `up to #${n(countedTo)}${complete ? ', which is everything' : '; the rest is being counted'}`,
    ],
    ['Records', `${n(records.hot)} in the database, ${n(records.archived)} archived, ${n(records.destroyed)} destroyed`],
    ['Due now', `${n(figures.due.hot + figures.due.archived)}; past their maximum ${n(figures.overdue.hot + figures.overdue.archived)}`],
    ['To be archived', n(figures.to_archive)],
    ['Held', `${n(figures.held)}, of which ${n(figures.held_and_due)} would be due`],
    ['In conflict', n(figures.conflicts.records)],
    ['Unmapped', n(figures.unmapped.records)],
  ];
}
