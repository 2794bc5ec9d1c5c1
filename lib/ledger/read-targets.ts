import 'server-only';
import type { AnchorKind, AnchorTargetDto } from '@/lib/schema/proofs';
import type { AnchorTarget } from '@/prisma/generated/client';
import type { Tx } from './bounded-read';

/** The places outside that a ledger's checkpoints go to, oldest first; those that were removed are left out. */
export async function readTargets(tx: Tx, ledgerId: number): Promise<AnchorTargetDto[]> {
  const rows = await tx.anchorTarget.findMany({ where: { ledger_id: ledgerId, removed_at: null }, orderBy: { created_at: 'asc' } });
  return rows.map(targetOf);
}

export function targetOf(row: AnchorTarget): AnchorTargetDto {
  return {
    id: row.id,
    kind: row.kind as AnchorKind,
    name: row.name,
    where: whereOf(row.config),
    every_seconds: row.every_seconds,
    enabled: row.enabled,
    failures: row.failures,
    last_error: row.last_error,
    last_attempt_at: row.last_attempt_at?.toISOString() ?? null,
    last_success_at: row.last_success_at?.toISOString() ?? null,
    created_at: row.created_at.toISOString(),
    created_by: row.created_by,
  };
}

/** The member that names a place; nothing that could be a secret is shown. */
function whereOf(config: unknown): string {
  if (typeof config !== 'object' || config === null) return '';
  for (const [name, value] of Object.entries(config)) {
    if (!['url', 'bucket', 'to'].includes(name)) continue;
    return Array.isArray(value) ? value.map(String).join(', ') : String(value);
  }
  return '';
}
