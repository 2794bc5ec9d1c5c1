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

/** Until `letGo`, or `work` is over, what `lock` has locked in a transaction stays locked. */
export async function whileLocked(
  lock: (client: pg.Client) => Promise<unknown>,
  work: (letGo: () => Promise<void>) => Promise<void>,
): Promise<void> {
  await superuser(async (client) => {
    await client.query('BEGIN');
    await lock(client);
    let held = true;
    const letGo = async () => {
      if (held) await client.query('ROLLBACK');
      held = false;
    };
    try {
      await work(letGo);
    } finally {
      await letGo();
    }
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
