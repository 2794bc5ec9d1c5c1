import 'server-only';
import { boundedRead } from '@/lib/ledger/bounded-read';
import type { LedgerRow } from '@/lib/ledger/find-ledger';
import { registryInForce } from '@/lib/ledger/read-registry';
import { readMarks, readPolicies, readRetentionLines, readRetentionProgress } from '@/lib/ledger/read-retention';
import { dayOf } from '@/lib/policy/retention-calendar';
import { foldRetention } from '@/lib/policy/retention-fold';
import { makeRules } from '@/lib/policy/retention-rules';
import { formatCount } from '@/lib/schema/format-count';

/** What the retention screen shows, of one moment: decided over sums, by the same functions. */
export async function readFigures(ledger: LedgerRow, at: Date) {
  const registry = await registryInForce(ledger.id);
  const today = dayOf(at.getTime());
  return boundedRead(async (tx) => {
    const { version, changed_by, changed_at, reason, ...set } = await readPolicies(tx, ledger.id);
    const { countedTo, complete } = await readRetentionProgress(tx, ledger.id);
    const lines = await readRetentionLines(tx, ledger.id, registry);
    const marks = await readMarks(tx, ledger.id);
    return {
      today,
      version,
      set,
      changed: { by: changed_by, at: changed_at, reason },
      countedTo,
      complete,
      ...foldRetention(lines, makeRules(set), marks, today),
    };
  });
}
export type Figures = Awaited<ReturnType<typeof readFigures>>;

/** For the first page: as of when, and how far the counts reach. */
export function figureFacts(figures: Figures): [name: string, value: string][] {
  const { today, version, countedTo, complete, records } = figures;
  const n = formatCount;
  return [
    ['Decided on', `${today} (UTC), by version ${version} of the policies`],
    [
      'Counted',
      countedTo < 0n ? 'nothing yet' : `up to #${n(countedTo)}${complete ? ', which is everything' : '; the rest is being counted'}`,
    ],
    ['Records', `${n(records.hot)} in the database, ${n(records.archived)} archived, ${n(records.destroyed)} destroyed`],
    ['Due now', `${n(figures.due.hot + figures.due.archived)}; past their maximum ${n(figures.overdue.hot + figures.overdue.archived)}`],
    ['To be archived', n(figures.to_archive)],
    ['Held', `${n(figures.held)}, of which ${n(figures.held_and_due)} would be due`],
    ['In conflict', n(figures.conflicts.records)],
    ['Unmapped', n(figures.unmapped.records)],
  ];
}
