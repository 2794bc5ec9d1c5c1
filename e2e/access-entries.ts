import { ledgerId, nextSeq, superuser } from './database';

/** An entry of the access ledger as it stands in the database, read past the product. */
export interface AccessEntry {
  seq: bigint;
  action: string;
  actor_id: string;
  actor_type: string;
  resource_type?: string;
  resource_id?: string;
  outcome?: string;
  details: Record<string, unknown>;
}

/** Where the access ledger stands now; {@link entriesSince} tells what came after. */
export const mark = (): Promise<bigint> => nextSeq('access');

export async function entriesSince(from: bigint): Promise<AccessEntry[]> {
  return superuser(async (client) => {
    const { rows } = await client.query<{ seq: string; body: Buffer }>(
      'SELECT seq, body FROM records WHERE ledger_id = $1 AND seq >= $2 ORDER BY seq',
      [await ledgerId(client, 'access'), String(from)],
    );
    return rows.map(({ seq, body }) => ({ seq: BigInt(seq), ...(JSON.parse(body.toString('utf8')) as Omit<AccessEntry, 'seq'>) }));
  });
}
