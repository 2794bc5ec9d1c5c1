import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { installation } from './installation';

/** Work as the database's superuser: what an intruder with every right could do there, and what proves that an entry is durable. */
export async function superuser<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: installation.adminDatabaseUrl });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/**
 * Until `letGo`, or `work` is over, what `lock` locks in a transaction stays locked. The lock need not be had when `work` begins, only stand in its queue: who comes later waits
 * behind it, and who was there before may itself wait for something that `work` gives free.
 */
export async function whileLocked(
  lock: (client: pg.Client) => Promise<unknown>,
  work: (letGo: () => Promise<void>) => Promise<void>,
): Promise<void> {
  await superuser(async (client) => {
    const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    await client.query('BEGIN');
    let settled = false;
    const locked = lock(client).finally(() => {
      settled = true;
    });
    await Promise.race([locked, untilQueued(rows[0]!.pid, () => settled)]);
    let held = true;
    const letGo = async () => {
      if (!held) return;
      held = false;
      await locked;
      await client.query('ROLLBACK');
    };
    try {
      await work(letGo);
    } catch (error) {
      // Whoever has the lock may wait for what only the rest of the work would have given free.
      if (!settled) await superuser((other) => other.query('SELECT pg_cancel_backend($1)', [rows[0]!.pid]));
      await locked.catch(() => {});
      throw error;
    }
    await letGo();
  });
}

async function untilQueued(pid: number, settled: () => boolean): Promise<void> {
  await superuser(async (client) => {
    const waits = 'SELECT FROM pg_locks WHERE pid = $1 AND NOT granted';
    while (!settled() && (await client.query(waits, [pid])).rowCount === 0) await sleep(20);
  });
}

export async function ledgerId(client: pg.Client, slug: string): Promise<number> {
  const { rows } = await client.query<{ id: number }>('SELECT id FROM ledgers WHERE slug = $1', [slug]);
  if (rows[0] === undefined) throw new Error(`there is no ledger ${slug}`);
  return rows[0].id;
}

/** The position that the next entry of a ledger will have. */
export async function nextSeq(slug: string): Promise<bigint> {
  return superuser(async (client) => {
    const id = await ledgerId(client, slug);
    const { rows } = await client.query<{ next: string }>('SELECT coalesce(max(seq) + 1, 0) AS next FROM entries WHERE ledger_id = $1', [
      id,
    ]);
    return BigInt(rows[0]!.next);
  });
}
