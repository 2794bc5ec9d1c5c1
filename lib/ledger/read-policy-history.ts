import 'server-only';
import { diffPolicies } from '@/lib/policy/retention-change';
import { type PolicyVersionDto, RetentionPolicy, Settlement } from '@/lib/schema/retention';
import type { Tx } from './bounded-read';

const SHOWN = 20;

interface Stored {
  version: number;
  policies: unknown[];
  settlements: unknown[];
  changed_by: string;
  changed_at: Date;
  reason: string | null;
}

/**
 * Versions of a ledger's policies, newest first, 20 at a time, each with what it changed: before and after.
 * @param before only versions older than that; null: from the newest
 */
export async function listPolicyVersions(
  tx: Tx,
  ledgerId: number,
  before: number | null,
): Promise<{ rows: PolicyVersionDto[]; next_before: number | null }> {
  // One more than is shown: the oldest is told against the one that it changed.
  const rows = await tx.$queryRaw<Stored[]>`
    SELECT version, policies, settlements, changed_by, changed_at, reason FROM retention_versions
     WHERE ledger_id = ${ledgerId} AND version < ${before ?? 2 ** 31 - 1}::int ORDER BY version DESC LIMIT ${SHOWN + 1}`;
  const versions = rows.map(({ policies, settlements, changed_at, ...row }) => ({
    ...row,
    changed_at: changed_at.toISOString(),
    policies: policies.map((policy) => RetentionPolicy.parse(policy)),
    settlements: settlements.map((one) => Settlement.parse(one)),
  }));
  const shown = versions.slice(0, SHOWN).map(({ policies, settlements, ...told }, place) => {
    const earlier = versions[place + 1] ?? { policies: [], settlements: [] };
    return { ...told, ...diffPolicies(earlier, { policies, settlements }) };
  });
  return { rows: shown, next_before: versions.length > SHOWN ? shown[shown.length - 1]!.version : null };
}
