import type pg from 'pg';
import { entryHash, sha256 } from '@/lib/chain/entry-hash';
import { ledgerId, superuser, whileLocked } from './database';
import { installation } from './installation';

/** Runs as the superuser with the refusing triggers off, as somebody who owns the database would; they are on again afterwards. */
async function past(work: (client: pg.Client, ledger: number) => Promise<unknown>): Promise<void> {
  await superuser(async (client) => {
    const ledger = await ledgerId(client, installation.ledger);
    const { rows } = await client.query<{ t: string; n: string }>(
      "SELECT tgrelid::regclass::text AS t, tgname AS n FROM pg_trigger WHERE tgname IN ('append_only_row', 'append_only_statement') AND tgrelid::regclass::text ~ $1",
      [`^(entries|records|records_l${ledger}(_b\\d+)?)$`],
    );
    await client.query('BEGIN');
    for (const { t, n } of rows) await client.query(`ALTER TABLE ${t} DISABLE TRIGGER ${n}`);
    await work(client, ledger);
    for (const { t, n } of rows) await client.query(`ALTER TABLE ${t} ENABLE ALWAYS TRIGGER ${n}`);
    await client.query('COMMIT');
  });
}

const KEPT = ['entries', 'records'] as const;

/**
 * Tampers with entries `from` to `to`, runs `work`, and puts every byte back, whatever happens.
 * @param change is given the ledger's id; it must touch nothing outside.
 */
export async function tampered(
  range: { from: number; to: number },
  change: (client: pg.Client, ledger: number) => Promise<unknown>,
  work: () => Promise<void>,
): Promise<void> {
  const within = (ledger: number) => `ledger_id = ${ledger} AND seq BETWEEN ${range.from} AND ${range.to}`;
  await past(async (client, ledger) => {
    for (const table of KEPT) {
      await client.query(`DROP TABLE IF EXISTS e2e_kept_${table}`);
      await client.query(`CREATE TABLE e2e_kept_${table} AS SELECT * FROM ${table} WHERE ${within(ledger)}`);
    }
    await change(client, ledger);
  });
  try {
    await work();
  } finally {
    await past(async (client, ledger) => {
      for (const table of KEPT) {
        await client.query(`DELETE FROM ${table} WHERE ${within(ledger)}`);
        await client.query(`INSERT INTO ${table} SELECT * FROM e2e_kept_${table}`);
        await client.query(`DROP TABLE e2e_kept_${table}`);
      }
    });
  }
}

interface HeaderRow {
  seq: string;
  received_at_us: string;
  conversation_seq: string;
  previous_hash: Buffer;
  body: Buffer;
}

/** Makes the hashes of `from` to `to` anew over what stands there now, each on the one before. */
export async function rehash(client: pg.Client, ledger: number, from: number, to: number): Promise<void> {
  const { rows } = await client.query<HeaderRow>(
    'SELECT e.seq, e.received_at_us, e.conversation_seq, e.previous_hash, r.body FROM entries e JOIN records r USING (ledger_id, seq) WHERE e.ledger_id = $1 AND e.seq BETWEEN $2 AND $3 ORDER BY e.seq',
    [ledger, from, to],
  );
  let previous: Uint8Array = rows[0]!.previous_hash;
  for (const row of rows) {
    const bodyHash = sha256(row.body);
    const seal = entryHash({
      seq: BigInt(row.seq),
      receivedAtUs: BigInt(row.received_at_us),
      conversationSeq: BigInt(row.conversation_seq),
      previousHash: previous,
      bodyHash,
    });
    await client.query('UPDATE entries SET previous_hash = $3, body_hash = $4, integrity_hash = $5 WHERE ledger_id = $1 AND seq = $2', [
      ledger,
      row.seq,
      Buffer.from(previous),
      Buffer.from(bodyHash),
      Buffer.from(seal),
    ]);
    previous = seal;
  }
}

/** Keeps a table from being read, so that whatever reads it stands still there until it is let go, or `work` is over. */
export async function holding(table: 'records' | 'conversations', work: (letGo: () => Promise<void>) => Promise<void>): Promise<void> {
  await whileLocked(async (client) => {
    const ledger = await ledgerId(client, installation.ledger);
    // Of the records only those of this ledger: what people do is recorded meanwhile.
    await client.query(`LOCK TABLE ${table === 'records' ? `records_l${ledger}_b0` : table} IN ACCESS EXCLUSIVE MODE`);
  }, work);
}
