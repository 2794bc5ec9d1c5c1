import 'server-only';
import { toHex } from '@/lib/chain/bytes';
import { pool } from '@/lib/db';
import type { AlarmKind, AnchorKind } from '@/lib/schema/proofs';
import type { BreakCode } from '@/lib/schema/verification';
import type { Db } from './read-tree';

/** What happened to the proofs of a ledger between two moments (`from` included, `before` not), for a report of that time. */

export interface Between {
  from: Date;
  before: Date;
}

export interface CheckpointDay {
  /** UTC. */
  day: string;
  count: number;
  first: string;
  last: string;
  size: string;
  root: string;
}

/**
 * Checkpoints by the day on which they were signed. They are numbered without gaps and their times never go back, so that the first of the time is found by halving,
 * and none outside of it is read.
 */
export async function readCheckpointDays(
  ledgerId: number,
  { from, before }: Between,
  db: Db = pool('verification'),
): Promise<CheckpointDay[]> {
  const first = (await lastNumberBefore(db, ledgerId, from)) + 1n;
  const last = await lastNumberBefore(db, ledgerId, before);
  const { rows } = await db.query<Omit<CheckpointDay, 'root'> & { root: Buffer }>(
    `SELECT d.day, d.count, d.first, d.last, c.size, c.root FROM (
       SELECT to_char(signed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD') AS day, count(*)::int AS count, min(number) AS first, max(number) AS last
         FROM checkpoints WHERE ledger_id = $1 AND number BETWEEN $2 AND $3 GROUP BY 1) d
       JOIN checkpoints c ON c.ledger_id = $1 AND c.number = d.last ORDER BY d.day`,
    [ledgerId, String(first), String(last)],
  );
  return rows.map((row) => ({ ...row, root: toHex(row.root) }));
}

async function lastNumberBefore(db: Db, ledgerId: number, at: Date): Promise<bigint> {
  const { rows: newest } = await db.query<{ number: string }>(
    'SELECT number FROM checkpoints WHERE ledger_id = $1 ORDER BY number DESC LIMIT 1',
    [ledgerId],
  );
  let low = 0n;
  let high = newest[0] === undefined ? 0n : BigInt(newest[0].number);
  while (low < high) {
    const middle = (low + high + 1n) / 2n;
    const { rows } = await db.query<{ earlier: boolean }>(
      'SELECT signed_at < $3 AS earlier FROM checkpoints WHERE ledger_id = $1 AND number >= $2 ORDER BY number LIMIT 1',
      [ledgerId, String(middle), at],
    );
    if (rows[0]?.earlier === true) low = middle;
    else high = middle - 1n;
  }
  return low;
}

export interface AnchoredAt {
  kind: AnchorKind;
  target: string;
  count: number;
  first_at: Date;
  last_at: Date;
}

/** By the place outside. */
export async function readAnchorsBetween(
  ledgerId: number,
  { from, before }: Between,
  db: Db = pool('verification'),
): Promise<AnchoredAt[]> {
  const { rows } = await db.query<AnchoredAt>(
    `SELECT kind, target_name AS target, count(*)::int AS count, min(anchored_at) AS first_at, max(anchored_at) AS last_at FROM anchors
      WHERE ledger_id = $1 AND anchored_at >= $2 AND anchored_at < $3 GROUP BY target_id, kind, target_name ORDER BY kind, target_name`,
    [ledgerId, from, before],
  );
  return rows;
}

export interface AlarmThen {
  id: string;
  kind: AlarmKind;
  say: string | null;
  raised_at: Date;
  ended_at: Date | null;
  ended_by: string | null;
  reason: string | null;
}

/** Alarms that were open at any moment of the time, oldest first. */
export async function readAlarmsBetween(ledgerId: number, { from, before }: Between, db: Db = pool('verification')): Promise<AlarmThen[]> {
  const { rows } = await db.query<AlarmThen>(
    `SELECT id, kind, detail ->> 'say' AS say, raised_at, ended_at, ended_by, reason FROM alarms
      WHERE ledger_id = $1 AND raised_at < $3 AND (ended_at IS NULL OR ended_at >= $2) ORDER BY raised_at, id`,
    [ledgerId, from, before],
  );
  return rows;
}

export interface SigningChange {
  at: Date;
  kind: 'key' | 'incarnation';
  incarnation: number;
  /** The key whole; null for an incarnation. */
  vkey: string | null;
  /** The key by its name and its hash. */
  say: string;
}

/** Keys that came into use, and incarnations that began. */
export async function readSigningChanges(
  ledgerId: number,
  { from, before }: Between,
  db: Db = pool('verification'),
): Promise<SigningChange[]> {
  const { rows } = await db.query<SigningChange>(
    `SELECT introduced_at AS at, 'key' AS kind, incarnation, vkey, kind || ' key ' || split_part(vkey, '+', 1) || '+' || split_part(vkey, '+', 2)
            || ', for checkpoints from size ' || from_size AS say
       FROM signer_keys WHERE ledger_id = $1 AND introduced_at >= $2 AND introduced_at < $3
     UNION ALL
     SELECT began_at, 'incarnation', number, NULL, 'incarnation ' || number || ' began as ' || origin || ' at size ' || size
       FROM incarnations WHERE ledger_id = $1 AND began_at >= $2 AND began_at < $3
     ORDER BY 1, 5`,
    [ledgerId, from, before],
  );
  return rows;
}

export interface FoundBreak {
  ordinal: number;
  seq: string;
  record_id: string | null;
  code: BreakCode;
  expected: string;
  found: string;
}

/** Breaks of one run behind a place in its order, at most `limit`. */
export async function readBreaksFrom(runId: string, after: number, limit: number, db: Db = pool('verification')): Promise<FoundBreak[]> {
  const { rows } = await db.query<FoundBreak>(
    `SELECT ordinal, seq, record_id, code, expected, found FROM verification_breaks
      WHERE verification_id = $1 AND ordinal > $2 ORDER BY ordinal LIMIT $3`,
    [runId, after, limit],
  );
  return rows;
}
