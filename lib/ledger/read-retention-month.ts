import 'server-only';
import { type PolicySet, RetentionPolicy, Settlement } from '@/lib/schema/retention';
import type { Tx } from './bounded-read';
import type { Between } from './read-month';

export interface PolicyVersion extends PolicySet {
  version: number;
  changed_by: string;
  changed_at: Date;
  reason: string | null;
}

/** Versions of the policies that came into force in the time, and the one that was in force before, oldest first. */
export async function readVersionsBetween(tx: Tx, ledgerId: number, { from, before }: Between): Promise<PolicyVersion[]> {
  const rows = await tx.$queryRaw<(Omit<PolicyVersion, 'policies' | 'settlements'> & { policies: unknown[]; settlements: unknown[] })[]>`
    SELECT version, policies, settlements, changed_by, changed_at, reason FROM retention_versions
     WHERE ledger_id = ${ledgerId} AND changed_at < ${before}::timestamptz
       AND version >= coalesce((SELECT max(version) FROM retention_versions WHERE ledger_id = ${ledgerId} AND changed_at < ${from}::timestamptz), 1)
     ORDER BY version`;
  return rows.map((row) => ({
    ...row,
    policies: row.policies.map((policy) => RetentionPolicy.parse(policy)),
    settlements: row.settlements.map((one) => Settlement.parse(one)),
  }));
}

/** What people did in the time about what is kept, from the tables that keep it. `what`: of what it was about, in the reader's words. */
export interface RetentionAct {
  kind:
    | 'hold_placed'
    | 'hold_released'
    | 'event_entered'
    | 'event_withdrawn'
    | 'shredded'
    | 'destruction_requested'
    | 'destruction_approved'
    | 'destruction_closed'
    | 'destroyed';
  id: string;
  at: Date;
  by: string;
  what: string;
  reason: string;
}

/** Oldest first, at most `limit`, from behind `after`. */
export async function readActsBetween(
  tx: Tx,
  ledgerId: number,
  { from, before }: Between,
  after: RetentionAct | null,
  limit: number,
): Promise<RetentionAct[]> {
  return tx.$queryRaw<RetentionAct[]>`
    SELECT * FROM (
      SELECT 'hold_placed' AS kind, id, placed_at AS at, placed_by AS by, reason,
             'hold #' || number || ' of ' || matter || ': ' || concat_ws(' ', scope_kind, scope_type, nullif(scope_value, ''), scope_from, scope_to) AS what
        FROM legal_holds WHERE ledger_id = ${ledgerId} AND placed_at >= ${from}::timestamptz AND placed_at < ${before}::timestamptz
      UNION ALL
      SELECT 'hold_released', id, released_at, released_by, coalesce(release_reason, ''),
             'hold #' || number || ' of ' || matter || coalesce('; asked for by ' || release_asked_by, '')
        FROM legal_holds WHERE ledger_id = ${ledgerId} AND released_at >= ${from}::timestamptz AND released_at < ${before}::timestamptz
      UNION ALL
      SELECT 'event_entered', id, entered_at, entered_by, reason, trigger_name || ' on ' || day || ': ' || concat_ws(' ', scope_kind, scope_type, scope_value)
        FROM retention_triggers WHERE ledger_id = ${ledgerId} AND entered_at >= ${from}::timestamptz AND entered_at < ${before}::timestamptz
      UNION ALL
      SELECT 'event_withdrawn', id, withdrawn_at, withdrawn_by, withdraw_reason, trigger_name || ' on ' || day || ': ' || concat_ws(' ', scope_kind, scope_type, scope_value)
        FROM retention_triggers WHERE ledger_id = ${ledgerId} AND withdrawn_at >= ${from}::timestamptz AND withdrawn_at < ${before}::timestamptz
      UNION ALL
      SELECT 'shredded', id, at, requested_by, reason, scope_kind || ' ' || scope_value || ', on the authority of ' || authority || ': ' || keys || ' keys, ' || parts || ' parts'
        FROM shreddings WHERE ledger_id = ${ledgerId} AND at >= ${from}::timestamptz AND at < ${before}::timestamptz
      UNION ALL
      SELECT 'destruction_requested', id, requested_at, requested_by, reason, 'destruction #' || number || ': ' || records || ' records, on the authority of ' || authority
        FROM destructions WHERE ledger_id = ${ledgerId} AND requested_at >= ${from}::timestamptz AND requested_at < ${before}::timestamptz
      UNION ALL
      SELECT 'destruction_approved', id, approved_at, approved_by, reason, 'destruction #' || number || '; asked for by ' || requested_by
        FROM destructions WHERE ledger_id = ${ledgerId} AND approved_at >= ${from}::timestamptz AND approved_at < ${before}::timestamptz
      UNION ALL
      SELECT 'destruction_closed', id, closed_at, closed_by, coalesce(close_reason, ''), 'destruction #' || number || ' ' || state || '; asked for by ' || requested_by
        FROM destructions WHERE ledger_id = ${ledgerId} AND closed_at >= ${from}::timestamptz AND closed_at < ${before}::timestamptz
      UNION ALL
      SELECT 'destroyed', d.id, d.finished_at, d.approved_by, coalesce(d.outcome, ''),
             'destruction #' || d.number || ': ' || d.destroyed || ' of ' || d.records || ' records, certificate ' || coalesce(encode(c.sha256, 'hex'), '–')
        FROM destructions d LEFT JOIN destruction_certificates c ON c.destruction_id = d.id AND c.version = 1
       WHERE d.ledger_id = ${ledgerId} AND d.finished_at >= ${from}::timestamptz AND d.finished_at < ${before}::timestamptz
    ) acts
     WHERE (at, kind, id) > (coalesce(${after?.at ?? null}::timestamptz, '-infinity'), ${after?.kind ?? ''}, ${after?.id ?? '00000000-0000-0000-0000-000000000000'}::uuid)
     ORDER BY at, kind, id LIMIT ${limit}`;
}
