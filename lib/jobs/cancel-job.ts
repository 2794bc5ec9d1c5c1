import 'server-only';
import type { Prisma } from '@/prisma/generated/client';

/**
 * One that waits is cancelled at once; one that runs stops at its next heartbeat.
 * @returns false where it has ended already.
 */
export async function cancelJob(tx: Prisma.TransactionClient, id: string): Promise<boolean> {
  const changed = await tx.$executeRaw`
    UPDATE jobs SET cancel_requested = true,
           state = CASE state WHEN 'queued' THEN 'cancelled' ELSE state END,
           finished_at = CASE state WHEN 'queued' THEN clock_timestamp() ELSE finished_at END
     WHERE id = ${id}::uuid AND state IN ('queued', 'running')`;
  return changed > 0;
}
