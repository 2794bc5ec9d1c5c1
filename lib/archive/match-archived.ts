import 'server-only';
import { matcherOf } from '@/lib/ledger/match-record';
import { projectBody } from '@/lib/ledger/project-body';
import { findDestroyed } from '@/lib/ledger/read-destroyed';
import { filtersOf } from '@/lib/ledger/search-terms';
import type { RecordFilter } from '@/lib/schema/filters';
import { instantOf } from '@/lib/schema/instant';
import { type FetchFailure, readSegment } from './fetch-segment';
import { LEAF, type Segment, selectSegments } from './segments';

/** Records of a segment that could not be looked at, and why. */
export interface Unlooked extends FetchFailure {
  segment: bigint;
  records: number;
}

export interface ArchivedMatches {
  /** Ascending. Some may be in the database too. */
  seqs: bigint[];
  unlooked: Unlooked[];
  /** The greatest number among its segments; 0 where there is none. */
  last: bigint;
}

/** Positions of one question about what was destroyed. */
const ASKED = 10_000;

/**
 * Which archived records of a leaf match a filter: each of its segments is fetched, held against its signed manifest, and its bodies are asked what the database asks of
 * columns. One body is in memory at a time. What was destroyed matches nothing, whatever a locked object still holds.
 * @param span both ends included; they lie in one leaf
 * @param behind only segments of greater numbers: those that were confirmed since somebody looked
 */
export async function matchArchived(
  ledger: { id: number; origin: string },
  filter: RecordFilter,
  { low, high }: { low: bigint; high: bigint },
  signal?: AbortSignal,
  behind = 0n,
): Promise<ArchivedMatches> {
  const matches = matcherOf(filter);
  const found = new Set<bigint>();
  const unlooked: Unlooked[] = [];
  let last = behind;
  for (const segment of await segmentsFor(ledger.id, filter, low, high)) {
    if (segment.number <= behind) continue;
    last = segment.number;
    signal?.throwIfAborted();
    let own: bigint[] = [];
    const failure = await readSegment(ledger, segment, {
      begin: async () => {
        own = [];
      },
      entry: ({ header: { seq }, body }) => {
        if (seq < low || seq > high) return;
        const row = projectBody(body);
        if (row !== null && matches(row)) own.push(seq);
      },
    });
    if (failure !== null) unlooked.push({ ...failure, segment: segment.number, records: segment.rows });
    else for (const seq of own) found.add(seq);
  }
  const seqs = [...found].sort((a, b) => (a < b ? -1 : 1));
  const gone = new Set<bigint>();
  for (let at = 0; at < seqs.length; at += ASKED)
    for (const seq of (await findDestroyed(ledger.id, seqs.slice(at, at + ASKED))).keys()) gone.add(seq);
  return { seqs: gone.size === 0 ? seqs : seqs.filter((seq) => !gone.has(seq)), unlooked, last };
}

/** Segments of a leaf in which something may match: by conversation, and by the days of the senders' timestamps. */
function segmentsFor(ledgerId: number, asked: RecordFilter, low: bigint, high: bigint): Promise<Segment[]> {
  const { filter } = filtersOf(asked);
  const conditions = [
    'ledger_id = $1',
    `state IN ('confirmed', 'pruned')`,
    'removed_at IS NULL',
    'first_seq BETWEEN $2::bigint AND $3::bigint',
    'last_seq >= $4::bigint',
  ];
  const values: unknown[] = [ledgerId, String((low / LEAF) * LEAF), String(high), String(low)];
  const add = (condition: (place: string) => string, value: string | undefined) => {
    if (value === undefined) return;
    values.push(value);
    conditions.push(condition(`$${values.length}`));
  };
  add((place) => `(event_to IS NULL OR event_to >= ${place}::date)`, dayOf(filter.after));
  add((place) => `(event_from IS NULL OR event_from <= ${place}::date)`, dayOf(filter.before));
  add(
    (place) =>
      `EXISTS (SELECT FROM archive_conversations c WHERE c.ledger_id = archive_segments.ledger_id AND c.number = archive_segments.number AND c.conversation_id = ${place})`,
    filter.conversation,
  );
  return selectSegments(`${conditions.join(' AND ')} ORDER BY number`, values);
}

function dayOf(value: string | undefined): string | undefined {
  return value === undefined ? undefined : new Date(instantOf(value)).toISOString().slice(0, 10);
}

/** How many records were not looked at, and why; one sentence. */
export function sayUnlooked(unlooked: readonly Unlooked[]): string {
  const records = unlooked.reduce((sum, one) => sum + one.records, 0);
  const many = `${records.toLocaleString('en')} archived ${records === 1 ? 'record was' : 'records were'} not looked at`;
  const segments = `${unlooked.length === 1 ? 'segment' : 'segments'} ${unlooked.map(({ segment }) => String(segment)).join(', ')}`;
  return `${many} (${segments}): ${[...new Set(unlooked.map(({ say }) => say))].slice(0, 3).join(' ')}`;
}
