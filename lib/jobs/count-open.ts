import 'server-only';
import type { Prisma } from '@/prisma/generated/client';

/** First key of the advisory lock; the second is the ledger. */
const OPEN_LOCK = 1212566611;

/** Until the end of the transaction nobody else counts in this ledger, so that those who ask at once do not pass a limit together. */
export async function lockOpen(tx: Prisma.TransactionClient, ledgerId: number): Promise<void> {
  await tx.$executeRaw`SELECT pg_advisory_xact_lock(${OPEN_LOCK}::int, ${ledgerId}::int)`;
}

/** How many jobs of these kinds wait or run for a ledger, under that lock. */
export async function countOpen(tx: Prisma.TransactionClient, ledgerId: number, kinds: readonly string[]): Promise<number> {
  await lockOpen(tx, ledgerId);
  return tx.job.count({ where: { kind: { in: [...kinds] }, ledger_id: ledgerId, state: { in: ['queued', 'running'] } } });
}
