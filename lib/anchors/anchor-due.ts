import 'server-only';
import { createHash } from 'node:crypto';
import { raiseAlarm } from '@/lib/alarms/raise-alarm';
import { pool, prisma } from '@/lib/db';
import { type LedgerRow, listLedgers } from '@/lib/ledger/find-ledger';
import { newestCheckpoint } from '@/lib/ledger/read-checkpoints';
import { log } from '@/lib/log';
import type { CheckpointDto } from '@/lib/schema/proofs';
import { anchorCheckpoint, type Place } from './anchor-checkpoint';
import { WitnessRefusal } from './ask-witness';

/** A target as an attempt takes it. */
export interface DueTarget extends Place {
  ledger_id: number;
  name: string;
  every_seconds: number;
  failures: number;
}

/** For so long nobody else takes a target that somebody has taken; no attempt lasts longer. */
const LEASE_S = 180;
const MOST_AT_ONCE = 32;
const FIRST_WAIT_S = 5;
const LONGEST_WAIT_S = 900;
/** Before the first checkpoint, and where the newest is there already. */
const IDLE_WAIT_S = 5;
const LONGEST_ERROR = 500;

const TAKEN = 'id, ledger_id, kind, name, config, every_seconds, failures';

/** Takes what is due, of all ledgers, so that no other process attempts it at the same time. */
export async function takeDue(most = MOST_AT_ONCE): Promise<DueTarget[]> {
  const { rows } = await pool('verification').query<DueTarget>(
    `UPDATE anchor_targets SET next_at = clock_timestamp() + interval '${LEASE_S} s'
      WHERE id IN (SELECT id FROM anchor_targets WHERE enabled AND removed_at IS NULL AND next_at <= clock_timestamp()
                    ORDER BY next_at LIMIT $1 FOR UPDATE SKIP LOCKED)
      RETURNING ${TAKEN}`,
    [most],
  );
  return rows;
}

/**
 * One attempt at one target with its ledger's newest checkpoint, and how it went written down. Rejects where the database does, and never for what
 * happens outside. @param again also where the target has that checkpoint already
 */
export async function attemptTarget(target: DueTarget, again = false, now: Date = new Date()): Promise<void> {
  const ledger = (await listLedgers()).find(({ id }) => id === target.ledger_id);
  const checkpoint = ledger === undefined ? null : await newestCheckpoint(target.ledger_id, pool('verification'));
  if (ledger === undefined || checkpoint === null || (!again && (await isAnchored(target, checkpoint)))) {
    await wait(target.id, Math.min(target.every_seconds, IDLE_WAIT_S));
    return;
  }
  try {
    const { at, evidence } = await bring(target, ledger, checkpoint, now);
    await keep(target, ledger, at, evidence);
  } catch (error) {
    await fail(target, ledger, error);
  }
}

/**
 * A witness that says that this history contradicts what it cosigned is asked a second time with what is newest then: another process may have been
 * before this one. Twice is an alarm.
 */
async function bring(
  target: DueTarget,
  ledger: LedgerRow,
  checkpoint: CheckpointDto,
  now: Date,
): Promise<{ at: CheckpointDto; evidence: Buffer }> {
  try {
    return { at: checkpoint, evidence: await anchorCheckpoint(target, ledger, checkpoint, now) };
  } catch (error) {
    if (!isContradiction(error)) throw error;
  }
  const newer = (await newestCheckpoint(ledger.id, pool('verification'))) ?? checkpoint;
  try {
    return { at: newer, evidence: await anchorCheckpoint(target, ledger, newer, now) };
  } catch (error) {
    if (isContradiction(error))
      await raiseAlarm(ledger.id, 'verification_failed', `witness:${target.id}`, {
        say: `The witness ${target.name} cosigned a history that checkpoint ${newer.number} does not continue. ${(error as Error).message}`,
        target: target.id,
        checkpoint: newer.number,
        size: newer.size,
      });
    throw error;
  }
}

function isContradiction(error: unknown): boolean {
  return error instanceof WitnessRefusal && (error.code === 'inconsistent' || error.code === 'ahead');
}

async function isAnchored(target: DueTarget, { number }: CheckpointDto): Promise<boolean> {
  const { rowCount } = await pool('verification').query(
    'SELECT FROM anchors WHERE ledger_id = $1 AND checkpoint_number = $2 AND target_id = $3',
    [target.ledger_id, number, target.id],
  );
  return rowCount !== 0;
}

/** The anchor and the target's state, or neither. */
async function keep(target: DueTarget, ledger: LedgerRow, { number }: CheckpointDto, evidence: Buffer): Promise<void> {
  const [first] = await prisma().$transaction([
    prisma().$queryRaw<{ failures: number }[]>`
      UPDATE anchor_targets SET failures = 0, last_error = NULL, last_attempt_at = clock_timestamp(), last_success_at = clock_timestamp(),
             next_at = ${nextAt(new Date(), target.every_seconds, ledger.origin)} WHERE id = ${target.id}::uuid RETURNING ${target.failures}::int AS failures`,
    prisma().$executeRaw`
      INSERT INTO anchors (ledger_id, checkpoint_number, target_id, kind, target_name, anchored_at, evidence)
      VALUES (${target.ledger_id}, ${BigInt(number)}, ${target.id}::uuid, ${target.kind}, ${target.name}, clock_timestamp(), ${evidence})
      ON CONFLICT DO NOTHING`,
  ]);
  if (first[0]?.failures > 0) log.info({ target: target.id, kind: target.kind, ledger: ledger.slug }, 'an anchor works again');
}

async function fail(target: DueTarget, ledger: LedgerRow, error: unknown): Promise<void> {
  const say = (error as Error).message.slice(0, LONGEST_ERROR);
  if (target.failures === 0)
    log.warn({ err: error, target: target.id, kind: target.kind, ledger: ledger.slug }, 'an anchor failed; tried again');
  const seconds = backoff(target.failures);
  await pool('verification').query(
    `UPDATE anchor_targets SET failures = failures + 1, last_error = $2, last_attempt_at = clock_timestamp(),
            next_at = clock_timestamp() + $3 * interval '1 s' WHERE id = $1`,
    [target.id, say, seconds],
  );
}

async function wait(id: string, seconds: number): Promise<void> {
  await pool('verification').query(`UPDATE anchor_targets SET next_at = clock_timestamp() + $2 * interval '1 s' WHERE id = $1`, [
    id,
    seconds,
  ]);
}

/** Seconds until the next attempt after so many failures in a row: doubled each time up to a quarter of an hour, a fifth more or less. */
export function backoff(failures: number, chance = Math.random()): number {
  return Math.min(FIRST_WAIT_S * 2 ** Math.min(failures, 20), LONGEST_WAIT_S) * (0.8 + 0.4 * chance);
}

/**
 * The next beat of a ledger: its targets of one interval are asked at the same moments, so that witnesses cosign the same checkpoints and make up a
 * quorum, while ledgers differ from each other.
 */
export function nextAt(now: Date, everySeconds: number, origin: string): Date {
  const offset = createHash('sha256').update(origin).digest().readUInt32BE(0) % everySeconds;
  const seconds = Math.floor(now.getTime() / 1000) - offset;
  return new Date((Math.floor(seconds / everySeconds) * everySeconds + everySeconds + offset) * 1000);
}
