import 'server-only';
import { pool } from '@/lib/db';

/** Positions of a block of records: one partition at a time. */
const BLOCK = 262_144n;
const SHOWN = 20;

export interface SumsFound {
  /** The last position that is summed up; -1 where nothing is. */
  countedTo: bigint;
  /** The first differences, in words; `apart` is how many there are. */
  differences: string[];
  apart: number;
}

/**
 * The sums that retention is decided over, made anew from the records that are in hot storage, by day and domains, as far as they say that they reach. Those of archived
 * and destroyed records cannot be: their records are not here. All of one snapshot. Nothing is compared while blocks are to be counted anew anyway.
 */
export async function checkRetentionSums(ledgerId: number): Promise<SumsFound> {
  const client = await pool('verification').connect();
  let failed: Error | undefined;
  try {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    const read = async (text: string, ...values: unknown[]) =>
      (await client.query<{ key: string; count: string }>(text, [ledgerId, ...values])).rows.map(
        ({ key, count }) => [key, BigInt(count)] as const,
      );
    const [progress] = await read("SELECT 'counted_to' AS key, counted_to AS count FROM retention_progress WHERE ledger_id = $1");
    const dirty = (await read("SELECT 'dirty' AS key, count(*) AS count FROM retention_dirty WHERE ledger_id = $1"))[0]![1] > 0n;
    const countedTo = progress?.[1] ?? -1n;
    const there = new Map<string, bigint>();
    for (let from = 0n; from <= countedTo && !dirty; from += BLOCK) {
      const to = from + BLOCK - 1n < countedTo ? from + BLOCK - 1n : countedTo;
      const rows = await read(
        `SELECT concat_ws(' ', (occurred_at AT TIME ZONE 'UTC')::date, domains) AS key, count(*) AS count FROM records
          WHERE ledger_id = $1 AND seq BETWEEN $2 AND $3 GROUP BY 1`,
        String(from),
        String(to),
      );
      for (const [key, count] of rows) there.set(key, (there.get(key) ?? 0n) + count);
    }
    // Classes beyond those that are told apart have no domains of their own here.
    const kept = new Map(
      dirty
        ? []
        : await read(
            `SELECT concat_ws(' ', c.event_day, nullif(k.domains, '')) AS key, sum(c.count)::bigint AS count
               FROM retention_counts c LEFT JOIN retention_classes k ON k.ledger_id = c.ledger_id AND k.id = c.class
              WHERE c.ledger_id = $1 AND c.state = 'hot' GROUP BY 1`,
          ),
    );
    const beyond =
      (await read("SELECT 'beyond' AS key, count(*) AS count FROM retention_counts WHERE ledger_id = $1 AND class = 0"))[0]![1] > 0n;
    await client.query('COMMIT');
    const differences = beyond ? compare(byDay(kept), byDay(there)) : compare(kept, there);
    return { countedTo, differences: differences.slice(0, SHOWN), apart: differences.length };
  } catch (error) {
    failed = error as Error;
    throw error;
  } finally {
    // A connection left within a transaction is not given back for others to use.
    client.release(failed);
  }
}

function byDay(sums: ReadonlyMap<string, bigint>): Map<string, bigint> {
  const days = new Map<string, bigint>();
  for (const [key, count] of sums) days.set(key.slice(0, 10), (days.get(key.slice(0, 10)) ?? 0n) + count);
  return days;
}

function compare(kept: ReadonlyMap<string, bigint>, there: ReadonlyMap<string, bigint>): string[] {
  return [...new Set([...kept.keys(), ...there.keys()])].sort().flatMap((key) => {
    const [found, expected] = [kept.get(key) ?? 0n, there.get(key) ?? 0n];
    return found === expected ? [] : [`retention, ${key}: ${found} are summed up, and there are ${expected} records`];
  });
}
