import { type ArchiveOutcome, type ArchiveTask, archiveLedger } from '@/lib/archive/archive-ledger';
import type { ArchiveStore } from '@/lib/archive/archive-store';
import type { Due } from '@/lib/archive/plan-segments';
import { pool, prisma } from '@/lib/db';
import { countVolume } from '@/lib/ledger/count-volume';
import type { LedgerRow } from '@/lib/ledger/find-ledger';
import { checkpointLedger } from '@/lib/proofs/checkpoint-ledger';
import { openSigner } from '@/lib/proofs/open-signer';
import { Pace } from '@/lib/proofs/pace';
import type { RecordInput } from '@/lib/schema/record';
import { asAdmin, type TestDatabase } from './fresh-database';
import { signedLedger } from './make-evidence';

export const RETAIN_UNTIL = new Date(Date.now() + 400 * 86_400_000);

/** Every record that is still there and under no hold, or of them those that `which` takes. */
export const everythingDue =
  (which: (seq: bigint) => boolean = () => true, until: (seq: bigint) => Date = () => RETAIN_UNTIL): Due =>
  async (ledgerId, after, limit) => {
    const { rows } = await pool('verification').query<{ seq: string; held: boolean }>(
      `WITH page AS MATERIALIZED (SELECT seq FROM records WHERE ledger_id = $1 AND seq > $2 ORDER BY seq LIMIT $3)
       SELECT p.seq, h.seq IS NOT NULL AS held FROM page p LEFT JOIN (SELECT DISTINCT seq FROM held_positions($1, ARRAY(SELECT seq FROM page))) h ON h.seq = p.seq ORDER BY p.seq`,
      [ledgerId, String(after), limit],
    );
    const seqs = rows.filter(({ seq }) => which(BigInt(seq)));
    return {
      rows: seqs.filter(({ held }) => !held).map(({ seq }) => ({ seq: BigInt(seq), retainUntil: until(BigInt(seq)) })),
      next: rows.length < limit ? null : BigInt(rows.at(-1)!.seq),
      held: seqs.filter(({ held }) => held).length,
    };
  };

/** A ledger of its own with these records, signed and counted: what is asked for can leave it. */
export async function archivableLedger(
  db: TestDatabase,
  slug: string,
  records: readonly RecordInput[],
): Promise<{ ledger: LedgerRow; drop(): void }> {
  const made = await signedLedger(db, slug, records);
  await countAll(made.ledger.id);
  return made;
}

export async function countAll(ledgerId: number): Promise<void> {
  for (;;) if ((await countVolume(ledgerId))?.caughtUp) return;
}

/** What was appended since is covered and counted too. */
export async function signAgain(ledger: LedgerRow): Promise<void> {
  await checkpointLedger(ledger, openSigner()!, new Pace(Date.now()), new Date(Date.now() + 600_000));
  await countAll(ledger.id);
}

export function archive(ledger: LedgerRow, store: ArchiveStore, over: Partial<ArchiveTask> = {}): Promise<ArchiveOutcome> {
  return archiveLedger({ ledger, store, due: everythingDue(), pace: 0.05, ...over });
}

/** Until every transaction is over that was under way when the leaf was last written to, in whatever database of the server: a look that begins now knows its rows to be older. */
export async function untilSettled(db: TestDatabase, leaf: string): Promise<void> {
  const settled = () =>
    asAdmin(
      db.adminUrl,
      async (c) =>
        (
          await c.query(
            `SELECT NOT EXISTS (SELECT FROM ${leaf} WHERE age(xmin) <= age(pg_snapshot_xmin(pg_current_snapshot())::xid)) AS so`,
          )
        ).rows[0].so as boolean,
    );
  while (!(await settled())) await new Promise((resolve) => setTimeout(resolve, 20));
}

/** Positions whose records are in the database, in order. */
export async function hotPositions(ledgerId: number): Promise<number[]> {
  const rows = await prisma().$queryRaw<{ seq: bigint }[]>`SELECT seq FROM records WHERE ledger_id = ${ledgerId} ORDER BY seq`;
  return rows.map(({ seq }) => Number(seq));
}

/** A legal hold, placed past its use case; not on a resource, whose scope has a type too, nor on a time. */
export function placeHoldOn(db: TestDatabase, ledgerId: number, kind: string, value: string): Promise<unknown> {
  return asAdmin(db.adminUrl, (c) =>
    c.query(
      `INSERT INTO legal_holds (ledger_id, matter, scope_kind, scope_value, reason, placed_by) VALUES ($1, 'M-1', $2, $3, 'r', 'ada')`,
      [ledgerId, kind, value],
    ),
  );
}
