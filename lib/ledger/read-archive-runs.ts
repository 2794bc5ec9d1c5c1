import 'server-only';
import type { Tx } from './bounded-read';

/** A run that moved bodies into the archive, or put them back. Counts are records and bytes. */
export interface ArchiveRunRow {
  id: string;
  kind: 'archive' | 'restore';
  triggered_by: 'person' | 'schedule';
  requested_by: string;
  requested_at: string;
  scope: unknown;
  store: unknown;
  state: string;
  segments: number;
  records: string;
  bytes: string;
  pruned: string;
  held: string;
  altered: string;
  outcome: string | null;
  finished_at: string | null;
}

type Stored = Omit<ArchiveRunRow, 'requested_at' | 'finished_at' | 'records' | 'bytes' | 'pruned' | 'held' | 'altered'> & {
  requested_at: Date;
  finished_at: Date | null;
  records: bigint;
  bytes: bigint;
  pruned: bigint;
  held: bigint;
  altered: bigint;
};

/** Runs asked for from `from` on and before `before`, newest first, at most `limit`, from behind `after`. */
export async function listArchiveRunsBetween(
  tx: Tx,
  ledgerId: number,
  { from, before, after }: { from: Date | null; before: Date; after: { at: Date; id: string } | null },
  limit: number,
): Promise<ArchiveRunRow[]> {
  const rows = await tx.$queryRaw<Stored[]>`
    SELECT a.id, a.kind, a.triggered_by, a.requested_by, a.requested_at, a.scope, a.store, j.state, a.segments, a.records, a.bytes, a.pruned, a.held, a.altered, a.outcome, a.finished_at
      FROM archive_runs a JOIN jobs j ON j.id = a.id
     WHERE a.ledger_id = ${ledgerId} AND a.requested_at >= coalesce(${from}::timestamptz, '-infinity') AND a.requested_at < ${before}::timestamptz
       AND (a.requested_at, a.id) < (coalesce(${after?.at ?? null}::timestamptz, 'infinity'), ${after?.id ?? 'ffffffff-ffff-ffff-ffff-ffffffffffff'}::uuid)
     ORDER BY a.requested_at DESC, a.id DESC LIMIT ${limit}`;
  return rows.map((row) => ({
    ...row,
    requested_at: row.requested_at.toISOString(),
    finished_at: row.finished_at?.toISOString() ?? null,
    records: String(row.records),
    bytes: String(row.bytes),
    pruned: String(row.pruned),
    held: String(row.held),
    altered: String(row.altered),
  }));
}
