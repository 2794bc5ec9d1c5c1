import { nodeSha256 } from '@/lib/ledger/node-sha256';
import { entryHash, genesisHash } from '../chain/entry-hash';
import { asAdmin } from './fresh-database';

export interface LedgerLine {
  seq: string;
  id: string;
  integrityHash: string;
  conversationSeq: string;
  body: Buffer;
}

interface Row {
  seq: string;
  id: string;
  record_id: string | null;
  received_at_us: string;
  conversation_id: string | null;
  conversation_seq: string;
  record_conversation_seq: string;
  previous_hash: Buffer;
  body_hash: Buffer;
  integrity_hash: Buffer;
  body: Buffer;
}

/**
 * A whole ledger as it stands in the store, re-derived from its bodies with lib/chain, which shares nothing with the function in the database.
 * @throws Error that says what is unsound: a gap, a twin, a fork, a body, a time, a conversation's numbering or its summary.
 */
export async function readSoundLedger(adminUrl: string, ledgerId: number): Promise<LedgerLine[]> {
  const { origin, rows, summaries } = await asAdmin(adminUrl, async (client) => ({
    // One moment of a ledger that others go on writing to.
    begun: await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY'),
    origin: (await client.query<{ origin: string }>('SELECT origin FROM ledgers WHERE id = $1', [ledgerId])).rows[0].origin,
    rows: (
      await client.query<Row>(
        `SELECT e.*, r.body, r.id AS record_id, r.conversation_id, r.conversation_seq AS record_conversation_seq
           FROM entries e FULL JOIN records r USING (ledger_id, seq) WHERE ledger_id = $1 ORDER BY seq`,
        [ledgerId],
      )
    ).rows,
    summaries: (
      await client.query<{ conversation_id: string; record_count: string }>(
        'SELECT conversation_id, record_count FROM conversations WHERE ledger_id = $1',
        [ledgerId],
      )
    ).rows,
  }));
  const told = new Map<string, number>();
  const ids = new Set<string>();
  let previous = genesisHash(origin, nodeSha256);
  let time = 0n;
  for (const [i, row] of rows.entries()) {
    const claim = (sound: boolean, what: string) => {
      if (!sound) throw new Error(`entry ${row.seq} of ledger ${ledgerId}: ${what}`);
    };
    claim(row.seq === String(i), `stands where ${i} should`);
    claim(row.id !== null && row.id === row.record_id, 'header and record do not belong together');
    claim(!ids.has(row.id), `the id ${row.id} is there twice`);
    ids.add(row.id);
    claim(row.previous_hash.equals(previous), 'does not follow the entry before it');
    claim(BigInt(row.received_at_us) >= time, 'was received before the entry before it');
    time = BigInt(row.received_at_us);
    const bodyHash = nodeSha256(row.body);
    claim(row.body_hash.equals(bodyHash), 'has another body than its digest says');
    const numbered = row.conversation_id === null ? 0 : (told.get(row.conversation_id) ?? 0) + 1;
    if (row.conversation_id !== null) told.set(row.conversation_id, numbered);
    claim(Number(row.conversation_seq) === numbered, `is number ${row.conversation_seq} of its conversation, not ${numbered}`);
    claim(row.conversation_seq === row.record_conversation_seq, 'has two conversation numbers');
    const header = { seq: BigInt(i), receivedAtUs: time, conversationSeq: BigInt(numbered), previousHash: previous, bodyHash };
    previous = entryHash(header, nodeSha256);
    claim(row.integrity_hash.equals(previous), 'has another hash than its header gives');
  }
  for (const { conversation_id, record_count } of summaries)
    if (told.get(conversation_id) !== Number(record_count)) throw new Error(`conversation ${conversation_id} counts ${record_count}`);
  if (summaries.length !== told.size) throw new Error('there are conversations without a summary, or summaries without one');
  return rows.map((row) => ({
    seq: row.seq,
    id: row.id,
    integrityHash: row.integrity_hash.toString('hex'),
    conversationSeq: row.conversation_seq,
    body: row.body,
  }));
}
