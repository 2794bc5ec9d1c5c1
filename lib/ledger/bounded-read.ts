import 'server-only';
import { prisma } from '@/lib/db';
import { Prisma } from '@/prisma/generated/client';

export type Tx = Prisma.TransactionClient;

/**
 * Reads for a screen, in one short transaction whose plans do not hang on statistics: with sorting, sequential and bitmap scans ruled out where there
 * is another way, a query that asks for rows in an index's order walks that index and stops at its limit, also on the day before ANALYZE knows a new
 * value. (JIT off: the penalty that rules a plan out would start the compiler.) A statement that runs for 5 s is ended.
 */
export function boundedRead<T>(read: (tx: Tx) => Promise<T>): Promise<T> {
  return prisma().$transaction(
    async (tx) => {
      await settlePlans(tx);
      return read(tx);
    },
    { maxWait: 5_000, timeout: 15_000, isolationLevel: Prisma.TransactionIsolationLevel.ReadCommitted },
  );
}

/** For the transaction that is open. */
export async function settlePlans(tx: Tx): Promise<void> {
  await tx.$queryRaw`SELECT set_config(name, value, true) FROM (VALUES ('enable_seqscan', 'off'), ('enable_bitmapscan', 'off'), ('enable_sort', 'off'),
        ('enable_incremental_sort', 'off'), ('enable_hashjoin', 'off'), ('enable_mergejoin', 'off'), ('max_parallel_workers_per_gather', '0'),
        ('jit', 'off'), ('statement_timeout', '5s')) AS setting (name, value)`;
}
