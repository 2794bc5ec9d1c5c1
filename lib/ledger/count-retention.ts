import 'server-only';
import { prisma } from '@/lib/db';

/** New records of one step. A block that is counted anew has 32,768. */
const STEP = 10_000;

export interface RetentionStep {
  /** The last position that is counted, -1 before the first. */
  countedTo: bigint;
  /** Nothing was left to count, anew or at all, when this step ended. */
  caughtUp: boolean;
}

/**
 * Moves the counts of retention by one bounded step, behind the append path (migration "retention"). They are derived: policies are applied to them when they are
 * read, so that a change of policies rewrites nothing.
 * @returns null where another process is counting right now.
 */
export async function countRetention(ledgerId: number): Promise<RetentionStep | null> {
  const [row] = await prisma().$queryRaw<{ counted_to: bigint | null; caught_up: boolean | null }[]>`
    SELECT o_counted_to AS counted_to, o_caught_up AS caught_up FROM count_retention(${ledgerId}::int, ${STEP}::int)`;
  if (row === undefined || row.counted_to === null) return null;
  return { countedTo: row.counted_to, caughtUp: row.caught_up === true };
}
