import 'server-only';
import { pool } from '@/lib/db';
import type { AlarmKind } from '@/lib/schema/proofs';
import type { Prisma } from '@/prisma/generated/client';

/** What is told of an alarm: `say` is a sentence for people, the rest are figures of the case. */
export interface AlarmDetail {
  say: string;
  [figure: string]: string | number | null;
}

/**
 * Raises an alarm, or says of the one that is open that its cause was seen again: of a kind and a subject one is open at a time, and people are told of
 * it once. @returns whether it is new.
 */
export async function raiseAlarm(ledgerId: number, kind: AlarmKind, subject: string, detail: AlarmDetail): Promise<boolean> {
  const { rows } = await pool('verification').query<{ fresh: boolean }>(
    `INSERT INTO alarms (ledger_id, kind, subject, detail) VALUES ($1, $2, $3, $4)
     ON CONFLICT (ledger_id, kind, subject) WHERE ended_at IS NULL DO UPDATE SET last_seen_at = clock_timestamp(), detail = EXCLUDED.detail
     RETURNING xmax = 0 AS fresh`,
    [ledgerId, kind, subject, JSON.stringify(detail)],
  );
  return rows[0].fresh;
}

/** The same in a transaction that is open: what was done and its alarm are committed together or not at all. */
export async function raiseAlarmWithin(
  tx: Prisma.TransactionClient,
  ledgerId: number,
  kind: AlarmKind,
  subject: string,
  detail: AlarmDetail,
): Promise<void> {
  await tx.$executeRaw`
    INSERT INTO alarms (ledger_id, kind, subject, detail) VALUES (${ledgerId}, ${kind}, ${subject}, ${JSON.stringify(detail)}::jsonb)
    ON CONFLICT (ledger_id, kind, subject) WHERE ended_at IS NULL DO UPDATE SET last_seen_at = clock_timestamp(), detail = EXCLUDED.detail`;
}

/** Its cause has gone by itself; nothing happens where none is open. An alarm that a person must settle is not ended like this. */
export async function endAlarm(ledgerId: number, kind: AlarmKind, subject: string): Promise<void> {
  await pool('verification').query(
    'UPDATE alarms SET ended_at = clock_timestamp() WHERE ledger_id = $1 AND kind = $2 AND subject = $3 AND ended_at IS NULL',
    [ledgerId, kind, subject],
  );
}
