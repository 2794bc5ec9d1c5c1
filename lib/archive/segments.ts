import 'server-only';
import type pg from 'pg';
import { readRanges } from '@/lib/chain/archive-manifest';
import type { SeqRange } from '@/lib/chain/archive-segment';
import { pool } from '@/lib/db';
import type { StorePlace } from './open-store';

export type SegmentState = 'planned' | 'uploaded' | 'confirmed' | 'pruned' | 'abandoned';

/** A row of archive_segments. */
export interface Segment extends StorePlace {
  ledgerId: number;
  number: bigint;
  state: SegmentState;
  ranges: SeqRange[];
  firstSeq: bigint;
  lastSeq: bigint;
  rows: number;
  retainUntil: Date;
  checkpointNumber: bigint;
  previousSha256: Buffer | null;
  plannedAt: Date;
  objectKey: string;
  manifestKey: string;
  /** Null until it is uploaded; so is what follows. */
  versionId: string | null;
  manifestVersionId: string | null;
  manifest: Buffer | null;
  raw: { bytes: number; sha256: Buffer } | null;
  gzip: { bytes: number; sha256: Buffer } | null;
  uploadedAt: Date | null;
  lockMode: string | null;
  lockedUntil: Date | null;
  confirmedAt: Date | null;
  /** Up to where what stays of its records is noted. */
  notedTo: bigint;
  prunedRows: number;
  prunedAt: Date | null;
  hotUntil: Date | null;
  legalHold: boolean;
  /** What stands in the way of the hold being as it ought to be, and since when. */
  legalHoldFault: { at: Date; say: string } | null;
  /** Its object was deleted, every record in it being destroyed. */
  removedAt: Date | null;
  /** Day (UTC) until which its records are to be kept, by which rules and when that was decided; null before the first look, the day too while a clock is open. */
  keepUntil: string | null;
  decidedBy: string | null;
  decidedAt: Date | null;
  /** When it was given up, and why. */
  abandonedAt: Date | null;
  abandonedBecause: string | null;
  /** How often records in it were destroyed: whoever keeps bodies of it keeps them no longer than until that changes. */
  drops: number;
}

interface Row {
  ledger_id: number;
  number: string;
  state: SegmentState;
  store: StorePlace['kind'];
  place: string;
  seqs: string;
  first_seq: string;
  last_seq: string;
  rows: number;
  retain_until: Date;
  checkpoint_number: string;
  previous_sha256: Buffer | null;
  planned_at: Date;
  object_key: string;
  manifest_key: string;
  version_id: string | null;
  manifest_version_id: string | null;
  manifest: Buffer | null;
  raw_bytes: string | null;
  raw_sha256: Buffer | null;
  gzip_bytes: string | null;
  gzip_sha256: Buffer | null;
  uploaded_at: Date | null;
  lock_mode: string | null;
  locked_until: Date | null;
  confirmed_at: Date | null;
  noted_to: string;
  pruned_rows: number;
  pruned_at: Date | null;
  hot_until: Date | null;
  legal_hold: boolean;
  legal_hold_failed_at: Date | null;
  legal_hold_fault: string | null;
  removed_at: Date | null;
  keep_until: string | null;
  decided_by: string | null;
  decided_at: Date | null;
  abandoned_at: Date | null;
  abandoned_because: string | null;
  drops: number;
}

const COLUMNS = `ledger_id, number, state, store, place, seqs::text AS seqs, first_seq, last_seq, rows, retain_until, checkpoint_number, previous_sha256, planned_at, object_key,
  manifest_key, version_id, manifest_version_id, manifest, raw_bytes, raw_sha256, gzip_bytes, gzip_sha256, uploaded_at, lock_mode, locked_until, confirmed_at,
  noted_to, pruned_rows, pruned_at, hot_until, legal_hold, legal_hold_failed_at, legal_hold_fault, removed_at, keep_until::text AS keep_until, decided_by, decided_at, abandoned_at, abandoned_because,
  (SELECT coalesce(max(d.times), 0) FROM archive_copy_drops d WHERE d.ledger_id = archive_segments.ledger_id AND d.number = archive_segments.number) AS drops`;

type Db = Pick<pg.ClientBase, 'query'>;
/** Reads go by the application's role. */
const reading = (): Db => pool('verification');

/** One that is still on its way to the store; of a ledger there is one at most. */
export async function findOpenSegment(ledgerId: number): Promise<Segment | null> {
  return (await selectSegments(`ledger_id = $1 AND state IN ('planned', 'uploaded') ORDER BY number LIMIT 1`, [ledgerId]))[0] ?? null;
}

export async function findSegment(ledgerId: number, number: bigint): Promise<Segment | null> {
  return (await selectSegments('ledger_id = $1 AND number = $2', [ledgerId, String(number)]))[0] ?? null;
}

/** Numbers right before one whose segments were given up; undefined where there is none. */
export async function abandonedBefore(ledgerId: number, number: bigint): Promise<SeqRange | undefined> {
  const { rows } = await reading().query<{ last: string }>(
    `SELECT coalesce(max(number), 0) AS last FROM archive_segments WHERE ledger_id = $1 AND number < $2 AND state <> 'abandoned'`,
    [ledgerId, String(number)],
  );
  const from = BigInt(rows[0]!.last) + 1n;
  return from < number ? { from, to: number - 1n } : undefined;
}

/** Those that hold any of these positions, both ends included, whatever has become of them; those that were given up hold none. */
export function segmentsBetween(ledgerId: number, from: bigint, to: bigint): Promise<Segment[]> {
  // A segment lies within one leaf.
  return selectSegments(`ledger_id = $1 AND first_seq BETWEEN $2 AND $3 AND last_seq >= $4 AND state <> 'abandoned' ORDER BY number`, [
    ledgerId,
    String((from / LEAF) * LEAF),
    String(to),
    String(from),
  ]);
}

/** Those whose records could be taken away. */
export function confirmedSegments(ledgerId: number): Promise<Segment[]> {
  return selectSegments(
    `ledger_id = $1 AND state = 'confirmed' AND (hot_until IS NULL OR hot_until <= clock_timestamp()) ORDER BY first_seq, number`,
    [ledgerId],
  );
}

/** Of those that are confirmed and reach into a range, both ends included, some from behind a number on. */
export function archivedBetween(ledgerId: number, from: bigint, to: bigint, behind: bigint, limit: number): Promise<Segment[]> {
  return selectSegments(
    `ledger_id = $1 AND number > $2 AND state IN ('confirmed', 'pruned') AND removed_at IS NULL AND first_seq <= $3 AND last_seq >= $4 ORDER BY number LIMIT $5`,
    [ledgerId, String(behind), String(to), String(from), limit],
  );
}

/** In the order of their numbers, from behind one, some at a time. */
export function listSegments(ledgerId: number, behind: bigint, limit: number): Promise<Segment[]> {
  return selectSegments('ledger_id = $1 AND number > $2 ORDER BY number LIMIT $3', [ledgerId, String(behind), limit]);
}

/** The newest first. @param before a number, or null for the newest of all. @param only of one state, or of one run */
export function newestSegments(
  ledgerId: number,
  before: bigint | null,
  limit: number,
  only: { state?: SegmentState | undefined; runId?: string } = {},
): Promise<Segment[]> {
  return selectSegments(
    `ledger_id = $1 AND number < coalesce($2::bigint, 9223372036854775807) AND ($4::text IS NULL OR state = $4) AND ($5::uuid IS NULL OR run_id = $5)
     ORDER BY number DESC LIMIT $3`,
    [ledgerId, before === null ? null : String(before), limit, only.state ?? null, only.runId ?? null],
  );
}

/** Positions of a leaf of `records`, which no segment goes beyond. */
export const LEAF = 262_144n;

export async function selectSegments(where: string, values: unknown[]): Promise<Segment[]> {
  const { rows } = await reading().query<Row>(`SELECT ${COLUMNS} FROM archive_segments WHERE ${where}`, values);
  return rows.map(toSegment);
}

function toSegment(row: Row): Segment {
  const digest = (bytes: string | null, sha256: Buffer | null) =>
    bytes === null || sha256 === null ? null : { bytes: Number(bytes), sha256 };
  return {
    ledgerId: row.ledger_id,
    number: BigInt(row.number),
    state: row.state,
    kind: row.store,
    place: row.place,
    ranges: readRanges(row.seqs) ?? [],
    firstSeq: BigInt(row.first_seq),
    lastSeq: BigInt(row.last_seq),
    rows: row.rows,
    retainUntil: row.retain_until,
    checkpointNumber: BigInt(row.checkpoint_number),
    previousSha256: row.previous_sha256,
    plannedAt: row.planned_at,
    objectKey: row.object_key,
    manifestKey: row.manifest_key,
    versionId: row.version_id,
    manifestVersionId: row.manifest_version_id,
    manifest: row.manifest,
    raw: digest(row.raw_bytes, row.raw_sha256),
    gzip: digest(row.gzip_bytes, row.gzip_sha256),
    uploadedAt: row.uploaded_at,
    lockMode: row.lock_mode,
    lockedUntil: row.locked_until,
    confirmedAt: row.confirmed_at,
    notedTo: BigInt(row.noted_to),
    prunedRows: row.pruned_rows,
    prunedAt: row.pruned_at,
    hotUntil: row.hot_until,
    legalHold: row.legal_hold,
    legalHoldFault: row.legal_hold_failed_at === null ? null : { at: row.legal_hold_failed_at, say: row.legal_hold_fault ?? '' },
    removedAt: row.removed_at,
    keepUntil: row.keep_until,
    decidedBy: row.decided_by,
    decidedAt: row.decided_at,
    abandonedAt: row.abandoned_at,
    abandonedBecause: row.abandoned_because,
    drops: row.drops,
  };
}
