import 'server-only';
import type { ChainBreak } from '@/lib/chain/verify-chain';
import { pool } from '@/lib/db';

/**
 * What is counted of records that have left the database, which nothing else can be counted from: rows taken out, by segment (archive_segments.pruned_rows); by day and
 * action (archived_counts); by what retention hangs on (retention_counts, archived and destroyed); and what destructions name. They are written in the transaction that
 * takes the records away, so that of one moment they agree, whatever goes on meanwhile. Costs what there are segments and sums, never a look at a record.
 */
export interface ArchiveSums {
  /** Records that are counted as having left. */
  left: bigint;
  breaks: ChainBreak[];
}

/** Segments that are told by name. */
const SHOWN = 20;

interface Row {
  first: string;
  /** archived_counts. */
  days: string;
  /** retention_counts, by state. */
  archived: string;
  destroyed: string;
  /** Positions that destructions name as destroyed, and how many of those lie in a segment. */
  named: string;
  named_within: string;
  pruned: string;
  wrong: string;
  /** Segments whose objects are told to be deleted, though not all of their records were destroyed. */
  removed: string;
}

interface Wrong {
  number: string;
  first_seq: string;
  state: string;
  rows: string;
  pruned_rows: string;
  named: string;
}

/**
 * Of a segment that is pruned every record was taken out, save what was destroyed before that; of one that is not confirmed, none was. A leaf that goes at once counts
 * as taken out what was destroyed in it before: hence "at least" and "at most" where something of a segment was destroyed, and an equation everywhere else.
 */
const SEGMENTS = `SELECT s.number, s.first_seq, s.state, s.rows, s.pruned_rows, s.removed_at,
         CASE WHEN s.state IN ('confirmed', 'pruned') THEN (
           SELECT coalesce(sum(upper(r) - lower(r)), 0) FROM unnest(s.seqs * (
             SELECT coalesce(range_agg(d), '{}') FROM destruction_items i, unnest(i.destroyed) d
              WHERE i.ledger_id = $1 AND i.block BETWEEN s.first_seq / 32768 AND s.last_seq / 32768)) r) ELSE 0 END AS named
    FROM archive_segments s WHERE s.ledger_id = $1`;
/** Nobody looks for anything in an object that is told to be deleted: no search, no report, no hold. */
const REMOVED = 'removed_at IS NOT NULL AND named < rows';
const WRONG = `pruned_rows < CASE state WHEN 'pruned' THEN rows - named ELSE 0 END OR pruned_rows > CASE WHEN state IN ('confirmed', 'pruned') THEN rows ELSE 0 END`;

/** One statement is one snapshot. */
const SUMS = `WITH segments AS MATERIALIZED (${SEGMENTS})
  SELECT (SELECT coalesce(min(first_seq), 0) FROM segments) AS first,
         (SELECT coalesce(sum(count), 0) FROM archived_counts WHERE ledger_id = $1) AS days,
         (SELECT coalesce(sum(count), 0) FROM retention_counts WHERE ledger_id = $1 AND state = 'archived') AS archived,
         (SELECT coalesce(sum(count), 0) FROM retention_counts WHERE ledger_id = $1 AND state = 'destroyed') AS destroyed,
         (SELECT coalesce(sum(upper(r) - lower(r)), 0) FROM destruction_items i, unnest(i.destroyed) r WHERE i.ledger_id = $1) AS named,
         (SELECT coalesce(sum(named), 0) FROM segments) AS named_within,
         (SELECT coalesce(sum(pruned_rows), 0) FROM segments) AS pruned,
         (SELECT coalesce(json_agg(w), '[]') FROM (SELECT number::text, first_seq::text, state, rows::text, pruned_rows::text, named::text FROM segments WHERE ${WRONG}
                                                     ORDER BY segments.number LIMIT ${SHOWN}) w)::text AS wrong,
         (SELECT coalesce(json_agg(w), '[]') FROM (SELECT number::text, first_seq::text, rows::text, named::text FROM segments WHERE ${REMOVED}
                                                     ORDER BY segments.number LIMIT ${SHOWN}) w)::text AS removed`;

/** @param borneOut whether what destructions name is what was destroyed: where it is not, that is told already, and not once more here. */
export async function compareArchiveSums(ledgerId: number, borneOut: boolean): Promise<ArchiveSums> {
  const { rows } = await pool('verification').query<Row>(SUMS, [ledgerId]);
  const row = rows[0]!;
  const [days, archived, destroyed, named, within, pruned] = [
    row.days,
    row.archived,
    row.destroyed,
    row.named,
    row.named_within,
    row.pruned,
  ].map(BigInt) as [bigint, bigint, bigint, bigint, bigint, bigint];
  const breaks: ChainBreak[] = [];
  const add = (seq: string, expected: string, found: string) =>
    breaks.push({ seq: BigInt(seq), recordId: null, code: 'archive_altered', expected, found });
  for (const one of JSON.parse(row.wrong) as Wrong[])
    add(one.first_seq, `segment ${one.number} (${one.state}): ${boundsOf(one)} taken out of the database`, one.pruned_rows);
  for (const one of JSON.parse(row.removed) as Pick<Wrong, 'number' | 'first_seq' | 'rows' | 'named'>[])
    add(
      one.first_seq,
      `segment ${one.number}: its object is kept, for ${one.named} of its ${one.rows} records are destroyed`,
      'it is told to be deleted',
    );
  if (days !== archived + destroyed)
    add(
      row.first,
      `sums of what has left the database: ${archived + destroyed} records (archived_counts), as those of retention have it: ${archived} archived, ${destroyed} destroyed`,
      String(days),
    );
  if (borneOut && destroyed !== named)
    add(row.first, `sums of what was destroyed: ${named} records (retention_counts), as the destructions name them`, String(destroyed));
  if (pruned < archived || pruned > archived + within)
    add(
      row.first,
      `segments: ${within === 0n ? archived : `${archived} to ${archived + within}`} records taken out of the database (pruned_rows), as the sums of retention have it`,
      String(pruned),
    );
  return { left: days, breaks };
}

function boundsOf({ state, rows, named }: Wrong): string {
  if (state === 'pruned') return named === '0' ? `${rows} records` : `${BigInt(rows) - BigInt(named)} to ${rows} records`;
  return state === 'confirmed' ? `${rows} records at most` : 'no record';
}
