import 'server-only';
import { pool } from '@/lib/db';

/** Positions of a block of records: one partition at a time. */
const BLOCK = 262_144n;
const SHOWN = 20;

export interface CountsFound {
  /** The last position that is counted; -1 where nothing is. */
  countedTo: bigint;
  /** The first differences, in words; `apart` is how many there are. */
  differences: string[];
  apart: number;
}

interface Counted {
  key: string;
  count: bigint;
}

/**
 * The counts that overviews are made of (records by day and action, conversations by agent), counted anew as far as they say that they reach. All of one
 * snapshot: what is appended and counted meanwhile is not in it. They are no evidence: the ledger is right where they differ.
 */
export async function checkCounts(ledgerId: number): Promise<CountsFound> {
  const client = await pool('verification').connect();
  let failed: Error | undefined;
  try {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    const read = async (text: string, ...values: unknown[]): Promise<Counted[]> =>
      (await client.query<{ key: string; count: string }>(text, [ledgerId, ...values])).rows.map(({ key, count }) => ({
        key,
        count: BigInt(count),
      }));
    const [progress] = await read(`SELECT 'counted_to' AS key, counted_to AS count FROM volume_progress WHERE ledger_id = $1`);
    const countedTo = progress?.count ?? -1n;
    const actual = new Map<string, bigint>();
    for (let from = 0n; from <= countedTo; from += BLOCK) {
      const to = from + BLOCK - 1n < countedTo ? from + BLOCK - 1n : countedTo;
      const rows = await read(
        `SELECT (occurred_at AT TIME ZONE 'UTC')::date || ' ' || action AS key, count(*) AS count FROM records
          WHERE ledger_id = $1 AND seq BETWEEN $2 AND $3 GROUP BY 1`,
        String(from),
        String(to),
      );
      for (const { key, count } of rows) actual.set(key, (actual.get(key) ?? 0n) + count);
    }
    // Of records that have left the database the prune function counted them.
    for (const { key, count } of await read(
      `SELECT day || ' ' || action AS key, count FROM archived_counts WHERE ledger_id = $1 AND count > 0`,
    ))
      actual.set(key, (actual.get(key) ?? 0n) + count);
    const kept = await read(`SELECT day || ' ' || action AS key, count FROM volume_counts WHERE ledger_id = $1`);
    const agents = await read('SELECT agent_name AS key, conversations AS count FROM agent_counts WHERE ledger_id = $1');
    const named = await read(
      `SELECT coalesce(agent_name, '') AS key, count(*) AS count FROM conversations WHERE ledger_id = $1 AND first_seq <= $2 GROUP BY 1`,
      String(countedTo),
    );
    await client.query('COMMIT');
    const differences = [...compareVolume(kept, actual), ...compareAgents(agents, named)];
    return { countedTo, differences: differences.slice(0, SHOWN), apart: differences.length };
  } catch (error) {
    failed = error as Error;
    throw error;
  } finally {
    // A connection left within a transaction is not given back for others to use.
    client.release(failed);
  }
}

function compareVolume(kept: readonly Counted[], actual: Map<string, bigint>): string[] {
  const stored = new Map(kept.map(({ key, count }) => [key, count]));
  const keys = [...new Set([...stored.keys(), ...actual.keys()])].sort();
  return keys.flatMap((key) => {
    const [found, expected] = [stored.get(key) ?? 0n, actual.get(key) ?? 0n];
    return found === expected ? [] : [`${key}: ${found} are counted, and there are ${expected} records`];
  });
}

/** A conversation without an agent's name when it was counted may have been given one since: it moves from the empty name to that one. */
function compareAgents(kept: readonly Counted[], actual: readonly Counted[]): string[] {
  const [stored, there] = [kept, actual].map((list) => new Map(list.map(({ key, count }) => [key, count])));
  const sum = (list: readonly Counted[]) => list.reduce((total, { count }) => total + count, 0n);
  const names = [...new Set([...stored.keys(), ...there.keys()])].filter((name) => name !== '').sort();
  const differences = names.flatMap((name) => {
    const [found, expected] = [stored.get(name) ?? 0n, there.get(name) ?? 0n];
    return found <= expected ? [] : [`agent ${name}: ${found} conversations are counted, and there are ${expected}`];
  });
  if (sum(kept) !== sum(actual)) differences.push(`${sum(kept)} conversations are counted, and there are ${sum(actual)}`);
  return differences;
}
