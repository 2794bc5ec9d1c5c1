import 'server-only';
import type { TriggerDto, TriggerWish } from '@/lib/schema/retention';
import { isUuid } from '@/lib/schema/uuid';
import { Prisma } from '@/prisma/generated/client';
import type { Tx } from './bounded-read';

const SHOWN = 200;

interface Stored {
  id: string;
  trigger_name: string;
  scope_kind: string;
  scope_value: string;
  scope_type: string | null;
  day: string;
  reason: string;
  entered_by: string;
  entered_at: Date;
  withdrawn_by: string | null;
  withdrawn_at: Date | null;
  withdraw_reason: string | null;
}
const ROW = Prisma.sql`id, trigger_name, scope_kind, scope_value, scope_type, day::text AS day, reason, entered_by, entered_at, withdrawn_by, withdrawn_at, withdraw_reason`;

/** Newest first. */
export async function listTriggers(tx: Tx, ledgerId: number): Promise<{ rows: TriggerDto[]; more: boolean }> {
  const rows = await tx.$queryRaw<Stored[]>`
    SELECT ${ROW} FROM retention_triggers WHERE ledger_id = ${ledgerId} ORDER BY entered_at DESC LIMIT ${SHOWN + 1}`;
  return { rows: rows.slice(0, SHOWN).map(toTrigger), more: rows.length > SHOWN };
}

/** @returns null where this ledger has none of that id */
export async function findTrigger(tx: Tx, ledgerId: number, id: string): Promise<TriggerDto | null> {
  if (!isUuid(id)) return null;
  const [row] = await tx.$queryRaw<Stored[]>`SELECT ${ROW} FROM retention_triggers WHERE id = ${id}::uuid AND ledger_id = ${ledgerId}`;
  return row === undefined ? null : toTrigger(row);
}

export async function insertTrigger(
  tx: Tx,
  ledgerId: number,
  { trigger, scope, day, reason }: TriggerWish,
  by: string,
): Promise<TriggerDto> {
  const type = scope.kind === 'resource' ? scope.type : null;
  const [row] = await tx.$queryRaw<Stored[]>`
    INSERT INTO retention_triggers (ledger_id, trigger_name, scope_kind, scope_value, scope_type, day, reason, entered_by)
    VALUES (${ledgerId}, ${trigger}, ${scope.kind}, ${scope.value}, ${type}, ${day}::date, ${reason}, ${by}) RETURNING ${ROW}`;
  return toTrigger(row!);
}

/** The first day on which anything of a ledger happened, as far as that is counted, or was recorded. null where it has no entry. */
export async function readFirstDay(tx: Tx, ledgerId: number): Promise<string | null> {
  const [row] = await tx.$queryRaw<{ day: string | null }[]>`
    SELECT least((SELECT min(event_day) FROM retention_counts WHERE ledger_id = ${ledgerId} AND count > 0),
                 (SELECT day_recorded(received_at_us) FROM entries WHERE ledger_id = ${ledgerId} ORDER BY seq LIMIT 1))::text AS day`;
  return row!.day;
}

/** @returns 0 where there is none that stands */
export function withdrawTrigger(tx: Tx, ledgerId: number, id: string, by: string, reason: string): Promise<number> {
  return tx.$executeRaw`
    UPDATE retention_triggers SET withdrawn_by = ${by}, withdrawn_at = clock_timestamp(), withdraw_reason = ${reason}
     WHERE id = ${id}::uuid AND ledger_id = ${ledgerId} AND withdrawn_at IS NULL`;
}

function toTrigger({ trigger_name, scope_kind, scope_value, scope_type, entered_at, withdrawn_at, ...row }: Stored): TriggerDto {
  return {
    ...row,
    trigger: trigger_name,
    scope: { kind: scope_kind, value: scope_value, ...(scope_type !== null && { type: scope_type }) },
    entered_at: entered_at.toISOString(),
    withdrawn_at: withdrawn_at?.toISOString() ?? null,
  };
}
