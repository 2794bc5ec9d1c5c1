import 'server-only';
import { inRanges, MAX_RANGES } from '@/lib/chain/archive-manifest';
import type { SeqRange } from '@/lib/chain/archive-segment';
import { pool } from '@/lib/db';
import { LEAF, segmentsBetween } from './segments';

/** A record that may leave the database, and until when its copy must stay. */
export interface DueRecord {
  seq: bigint;
  retainUntil: Date;
}

/**
 * Which records of a ledger may leave the database: in the order of their positions from `after` on, some at a time. What a hold reaches is not among them.
 * `next` is where to go on, null at the end; `held` how many were left out because of holds.
 */
export type Due = (ledgerId: number, after: bigint, limit: number) => Promise<{ rows: DueRecord[]; next: bigint | null; held: number }>;

export interface SegmentBounds {
  rows: number;
  /** Of bodies, before they are packed. */
  bytes: number;
}
export const SEGMENT_BOUNDS: SegmentBounds = { rows: 20_000, bytes: 32 * 1024 * 1024 };

/** What a segment is to hold: of one leaf, ascending, kept for about as long as one another. */
export interface PlannedSegment {
  seqs: bigint[];
  /** The latest of its records: a lock is of an object. */
  retainUntil: Date;
}

const DUE_PAGE = 20_000;

/**
 * Groups what is due into segments: within a leaf, within bounds of rows and bytes, and by the month until which records are kept, so that none is locked for years
 * because of its neighbour. After each leaf comes null: what was planned in it can be taken away.
 * @param below positions from here on are left to a later run
 */
export async function* planSegments(
  ledgerId: number,
  due: Due,
  { below, bounds = SEGMENT_BOUNDS, onHeld = () => {} }: { below: bigint; bounds?: SegmentBounds; onHeld?: (held: number) => void },
): AsyncGenerator<PlannedSegment | null> {
  let leaf: bigint | null = null;
  let taken: SeqRange[][] = [];
  let months = new Map<string, DueRecord[]>();
  const flush = async function* (records: readonly DueRecord[]): AsyncGenerator<PlannedSegment> {
    yield* cutByBytes(ledgerId, records, bounds.bytes);
  };
  for (let after: bigint | null = -1n; after !== null; ) {
    const page: Awaited<ReturnType<Due>> = await due(ledgerId, after, DUE_PAGE);
    onHeld(page.held);
    for (const record of page.rows) {
      if (record.seq >= below) continue;
      if (leaf === null || record.seq / LEAF !== leaf) {
        for (const records of months.values()) yield* flush(records);
        if (leaf !== null) yield null;
        months = new Map();
        leaf = record.seq / LEAF;
        taken = (await segmentsBetween(ledgerId, leaf * LEAF, leaf * LEAF + LEAF - 1n)).map(({ ranges }) => ranges);
      }
      if (taken.some((ranges) => inRanges(ranges, record.seq))) continue;
      const month = record.retainUntil.toISOString().slice(0, 7);
      const records = months.get(month) ?? [];
      months.set(month, records);
      records.push(record);
      if (records.length < bounds.rows && countRanges(records) < MAX_RANGES) continue;
      months.delete(month);
      yield* flush(records);
    }
    after = page.next !== null && page.next < below ? page.next : null;
  }
  for (const records of months.values()) yield* flush(records);
  yield null;
}

/** Kept beside the list: counting anew for each record would look at all of it. */
const counts = new WeakMap<readonly DueRecord[], number>();
function countRanges(records: readonly DueRecord[]): number {
  const [last, before] = [records.at(-1)!, records.at(-2)];
  const count = (counts.get(records) ?? 0) + (before !== undefined && before.seq + 1n === last.seq ? 0 : 1);
  counts.set(records, count);
  return count;
}

/** Bodies are not read for it: their lengths stand in the rows. */
async function* cutByBytes(ledgerId: number, records: readonly DueRecord[], most: number): AsyncGenerator<PlannedSegment> {
  if (records.length === 0) return;
  const { rows } = await pool('verification').query<{ seq: string; bytes: number }>(
    'SELECT seq, octet_length(body) AS bytes FROM records WHERE ledger_id = $1 AND seq = ANY ($2::bigint[])',
    [ledgerId, records.map(({ seq }) => String(seq))],
  );
  const bytesOf = new Map(rows.map((row) => [row.seq, row.bytes]));
  let part: PlannedSegment | null = null;
  let bytes = 0;
  for (const { seq, retainUntil } of records) {
    const own = bytesOf.get(String(seq));
    // Gone since it was said to be due.
    if (own === undefined) continue;
    if (part !== null && bytes + own > most) {
      yield part;
      part = null;
      bytes = 0;
    }
    part ??= { seqs: [], retainUntil };
    part.seqs.push(seq);
    if (retainUntil > part.retainUntil) part.retainUntil = retainUntil;
    bytes += own;
  }
  if (part !== null) yield part;
}

/** As many of these ascending positions as a manifest can name, and the rest. */
export function cutByRanges(seqs: readonly bigint[]): [first: bigint[], rest: bigint[]] {
  let ranges = 0;
  for (const [i, seq] of seqs.entries())
    if ((i === 0 || seqs[i - 1]! + 1n !== seq) && ++ranges > MAX_RANGES) return [seqs.slice(0, i), seqs.slice(i)];
  return [[...seqs], []];
}

/** Ascending positions as ranges. */
export function rangesOf(seqs: readonly bigint[]): SeqRange[] {
  const ranges: SeqRange[] = [];
  for (const seq of seqs) {
    const last = ranges.at(-1);
    if (last !== undefined && last.to + 1n === seq) last.to = seq;
    else ranges.push({ from: seq, to: seq });
  }
  return ranges;
}
