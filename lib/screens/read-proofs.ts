import 'server-only';
import { toHex } from '@/lib/chain/bytes';
import { env } from '@/lib/env';
import type { Tx } from '@/lib/ledger/bounded-read';
import type { LedgerRow } from '@/lib/ledger/find-ledger';
import type { AnchorKind, AnchorTargetDto, CheckpointDto, IncarnationDto, SignerKeyDto } from '@/lib/schema/proofs';

export const CHECKPOINTS_PAGE = 50;

/** Newest first, at most a page of those below a number. @param quorum of witnesses that make one witnessed */
export async function readCheckpoints(
  tx: Tx,
  ledgerId: number,
  below: bigint | null,
  quorum: number,
  take = CHECKPOINTS_PAGE,
): Promise<CheckpointDto[]> {
  const rows = await tx.checkpoint.findMany({
    where: { ledger_id: ledgerId, ...(below === null ? {} : { number: { lt: below } }) },
    include: { incarnationOf: { select: { origin: true } }, anchors: { orderBy: { anchored_at: 'asc' } } },
    orderBy: { number: 'desc' },
    take,
  });
  return rows.map((row) => ({
    number: String(row.number),
    incarnation: row.incarnation,
    origin: row.incarnationOf.origin,
    size: String(row.size),
    root: toHex(row.root),
    signed_at: row.signed_at.toISOString(),
    note: Buffer.from(row.note).toString('utf8'),
    anchors: row.anchors.map((anchor) => ({
      kind: anchor.kind as AnchorKind,
      target: anchor.target_name,
      anchored_at: anchor.anchored_at.toISOString(),
    })),
    witnessed: row.anchors.filter(({ kind }) => kind === 'witness').length >= quorum,
  }));
}

export async function readIncarnations(tx: Tx, ledgerId: number): Promise<IncarnationDto[]> {
  const rows = await tx.incarnation.findMany({ where: { ledger_id: ledgerId }, orderBy: { number: 'desc' } });
  return rows.map((row) => ({
    number: row.number,
    origin: row.origin,
    began_at: row.began_at.toISOString(),
    size: String(row.size),
    previous_size: row.previous_size === null ? null : String(row.previous_size),
  }));
}

export async function readKeys(tx: Tx, ledgerId: number): Promise<SignerKeyDto[]> {
  const rows = await tx.signerKey.findMany({
    where: { ledger_id: ledgerId },
    orderBy: [{ incarnation: 'desc' }, { from_size: 'desc' }, { kind: 'asc' }],
  });
  return rows.map((row) => ({
    vkey: row.vkey,
    kind: row.kind as SignerKeyDto['kind'],
    incarnation: row.incarnation,
    from_size: String(row.from_size),
    to_size: row.to_size === null ? null : String(row.to_size),
    introduced_at: row.introduced_at.toISOString(),
  }));
}

/** Where others' tools find checkpoint and tiles. */
export function tlogUrl(ledger: LedgerRow): string {
  return `${env().PUBLIC_URL}/api/tlog/${ledger.slug}/`;
}

export async function readTargets(tx: Tx, ledgerId: number): Promise<AnchorTargetDto[]> {
  const rows = await tx.anchorTarget.findMany({ where: { ledger_id: ledgerId, removed_at: null }, orderBy: { created_at: 'asc' } });
  return rows.map((row) => ({
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
  }));
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
