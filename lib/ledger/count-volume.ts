import 'server-only';
import { prisma } from '@/lib/db';

/** Entries of one step: some tens of milliseconds. */
const STEP = 20_000n;

export interface VolumeStep {
  /** The last position that is counted, -1 before the first. */
  countedTo: bigint;
  /** Nothing was left to count when this step ended. */
  caughtUp: boolean;
}

/**
 * Moves the roll-up of a ledger by one bounded step: records by day and action, conversations by agent, and how far that reaches, in one transaction,
 * so that each entry is counted once whatever is killed when. Behind the append path, and never the source of truth.
 * @returns null where another process is counting right now.
 */
export function countVolume(ledgerId: number): Promise<VolumeStep | null> {
  return prisma().$transaction(
    async (tx) => {
      await tx.$executeRaw`INSERT INTO volume_progress (ledger_id, counted_to) VALUES (${ledgerId}, -1) ON CONFLICT DO NOTHING`;
      const [progress] = await tx.$queryRaw<{ counted_to: bigint }[]>`
        SELECT counted_to FROM volume_progress WHERE ledger_id = ${ledgerId} FOR UPDATE SKIP LOCKED`;
      if (progress === undefined) return null;
      const [last] = await tx.$queryRaw<{ seq: bigint }[]>`SELECT seq FROM entries WHERE ledger_id = ${ledgerId} ORDER BY seq DESC LIMIT 1`;
      const head = last?.seq ?? -1n;
      const from = progress.counted_to;
      if (from >= head) return { countedTo: from, caughtUp: true };
      const to = from + STEP < head ? from + STEP : head;
      await tx.$executeRaw`
        INSERT INTO volume_counts AS v (ledger_id, day, action, count)
        SELECT ledger_id, (occurred_at AT TIME ZONE 'UTC')::date, action, count(*) FROM records
         WHERE ledger_id = ${ledgerId} AND seq > ${from} AND seq <= ${to} GROUP BY 1, 2, 3
        ON CONFLICT (ledger_id, day, action) DO UPDATE SET count = v.count + EXCLUDED.count`;
      await tx.$executeRaw`
        INSERT INTO agent_counts AS a (ledger_id, agent_name, conversations)
        SELECT ledger_id, coalesce(agent_name, ''), count(*) FROM conversations
         WHERE ledger_id = ${ledgerId} AND first_seq > ${from} AND first_seq <= ${to} GROUP BY 1, 2
        ON CONFLICT (ledger_id, agent_name) DO UPDATE SET conversations = a.conversations + EXCLUDED.conversations`;
      await tx.$executeRaw`UPDATE volume_progress SET counted_to = ${to} WHERE ledger_id = ${ledgerId}`;
      return { countedTo: to, caughtUp: to === head };
    },
    { maxWait: 5_000, timeout: 20_000 },
  );
}
