import { randomUUID } from 'node:crypto';
import type { ArchiveStore } from '@/lib/archive/archive-store';
import { pool } from '@/lib/db';
import type { LedgerRow } from '@/lib/ledger/find-ledger';

/** Taken by another process, for a minute. */
export const fenceOf = async (ledger: LedgerRow) =>
  (await pool('archive').query<{ fence: string }>('SELECT archive_lease($1, $2, 60000) AS fence', [ledger.id, randomUUID()])).rows[0]!
    .fence;

/** Whoever has the lease. */
export const letGo = (ledger: LedgerRow) =>
  pool('archive').query('SELECT archive_let_go($1, holder) FROM archive_leases WHERE ledger_id = $1', [ledger.id]);

/** As a process that was killed right after it had planned, so long ago. */
export async function plannedBefore(
  ledger: LedgerRow,
  store: Pick<ArchiveStore, 'kind' | 'place'>,
  seqs: string,
  retainUntil: Date,
  name = 'killed',
): Promise<void> {
  await pool('archive').query('SELECT archive_plan($1, $2, NULL, $3::text::int8multirange, $4, 1, $5, $6, $7)', [
    ledger.id,
    await fenceOf(ledger),
    seqs,
    retainUntil,
    store.kind,
    store.place,
    name,
  ]);
  await letGo(ledger);
}
