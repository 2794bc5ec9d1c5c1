import { hash, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { canonicalize, type JsonValue } from '@/lib/chain/canonical-json';
import { entryHash, genesisHash } from '@/lib/chain/entry-hash';
import { closeDatabase, prisma } from '@/lib/db';
import type { RecordInput } from '@/lib/schema/record';
import { asAdmin, freshDatabase, type TestDatabase } from '@/lib/testing/fresh-database';
import type { AppendResult } from './append-batch';
import { appendRecord, appendRecords, closeAppenders } from './append-records';
import { appendWithin } from './append-within';
import { nodeSha256 } from './node-sha256';
import { type PreparedRecord, prepareAccessRecord, prepareAgentRecord } from './prepare-record';

const SOURCE = { key_id: '0193a1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b', channel: 'api' } as const;

function input(over: Partial<RecordInput> = {}): RecordInput {
  return {
    id: randomUUID(),
    timestamp: '2026-11-20T12:00:00.5Z',
    action: 'tool_invoked',
    actor_id: 'claims-triage',
    actor_type: 'agent',
    agent_name: 'claims-triage',
    data_classification: 'restricted',
    conversation_id: 'conv-42',
    resource_type: 'patient_record',
    resource_id: 'a"b\\c',
    details: { z: 1, a: 'übermäßig "quoted"', list: [1.5, null, { b: true }] },
    ...over,
  };
}
const record = (over: Partial<RecordInput> = {}) => prepareAgentRecord(input(over), SOURCE);

let db: TestDatabase;
beforeAll(async () => {
  db = await freshDatabase();
});
afterAll(async () => {
  await closeAppenders();
  await closeDatabase();
  await db.drop();
});

interface Row {
  seq: string;
  received_at_us: string;
  conversation_seq: string;
  previous_hash: Buffer;
  integrity_hash: Buffer;
  body: Buffer;
  id: string;
}
/** The whole ledger re-derived from its bodies by the TypeScript implementation, which shares nothing with the function in the database. */
async function expectSoundChain(ledgerId: number, origin: string): Promise<Row[]> {
  const rows = await asAdmin(
    db.adminUrl,
    async (c) =>
      (
        await c.query<Row>('SELECT e.*, r.body FROM entries e JOIN records r USING (ledger_id, seq) WHERE ledger_id = $1 ORDER BY seq', [
          ledgerId,
        ])
      ).rows,
  );
  let previous: Uint8Array = genesisHash(origin, nodeSha256);
  let time = 0n;
  for (const [i, row] of rows.entries()) {
    expect(row.seq).toBe(String(i));
    expect(row.previous_hash.equals(previous)).toBe(true);
    expect(BigInt(row.received_at_us) >= time).toBe(true);
    time = BigInt(row.received_at_us);
    previous = entryHash(
      {
        seq: BigInt(i),
        receivedAtUs: time,
        conversationSeq: BigInt(row.conversation_seq),
        previousHash: previous,
        bodyHash: nodeSha256(row.body),
      },
      nodeSha256,
    );
    expect(row.integrity_hash.equals(previous)).toBe(true);
  }
  return rows;
}

describe('the body of an agent record', () => {
  it('is the canonical JSON of the record, with the digest of exactly what was sent', () => {
    const sent = input({
      domains: ['soc2', 'hipaa', 'soc2'],
      agent_seq: 7,
      purpose: 'treatment “x”',
      outcome: 'success',
      on_behalf_of: 'dr-1',
      subject_id: 'P-1017',
    });
    const prepared = prepareAgentRecord(sent, SOURCE);
    const submitted = hash('sha256', canonicalize(sent as unknown as JsonValue), 'hex');
    const expected = { ...sent, domains: ['hipaa', 'soc2'], timestamp: '2026-11-20T12:00:00.500Z', source: SOURCE, submitted, v: 1 };
    expect(prepared.body.toString()).toBe(canonicalize(expected as unknown as JsonValue));
    expect(prepared.submitted.toString('hex')).toBe(submitted);
  });

  it('leaves absent members out', () => {
    const { conversation_id: _c, resource_id: _r, resource_type: _t, details: _d, ...bare } = input();
    const body = JSON.parse(prepareAgentRecord(bare, SOURCE).body.toString());
    expect(Object.values(body)).not.toContain(null);
    expect(body).not.toHaveProperty('details');
  });
});

describe('append', () => {
  it('makes one dense chain that the other implementation agrees with, from the genesis of the origin', async () => {
    const results = await Promise.all(
      Array.from({ length: 700 }, (_, i) => appendRecord(db.ledgers.main, record({ conversation_id: `c-${i % 5}` }))),
    );
    expect(results.every((r) => r.kind === 'stored')).toBe(true);
    const rows = await expectSoundChain(db.ledgers.main, 'test.example/ledgers/main');
    const receipts = new Map(results.map((r) => [stored(r).seq, stored(r)]));
    for (const row of rows.slice(0, 700)) {
      const receipt = receipts.get(BigInt(row.seq))!;
      expect(receipt.integrityHash.equals(row.integrity_hash)).toBe(true);
      expect(receipt.previousHash.equals(row.previous_hash)).toBe(true);
      expect(String(receipt.conversationSeq)).toBe(row.conversation_seq);
    }
  });

  it('numbers each conversation 1, 2, 3 … and keeps its summary equal to what a count over the records gives', async () => {
    const batch = Array.from({ length: 90 }, (_, i) =>
      record({
        conversation_id: `n-${i % 4}`,
        agent_seq: i + 1,
        data_classification: i === 50 ? 'restricted' : 'internal',
        actor_type: i % 3 ? 'agent' : 'user',
      }),
    );
    await Promise.all([appendRecords(db.ledgers.main, batch.slice(0, 40)), appendRecords(db.ledgers.main, batch.slice(40))]);
    await asAdmin(db.adminUrl, async (c) => {
      const { rows } = await c.query(
        `SELECT c.conversation_id FROM conversations c JOIN (
           SELECT conversation_id, count(*) n, min(seq) f, max(seq) l, min(occurred_at) a, max(occurred_at) b, max(classification) k,
                  array_agg(conversation_seq ORDER BY seq) = array_agg(row_number ORDER BY seq) AS dense
           FROM (SELECT *, row_number() OVER (PARTITION BY conversation_id ORDER BY seq) FROM records WHERE ledger_id = $1) r GROUP BY 1
         ) r USING (conversation_id)
         WHERE c.ledger_id = $1 AND dense AND c.record_count = n AND c.first_seq = f AND c.last_seq = l AND c.first_at = a AND c.last_at = b AND c.classification = k`,
        [db.ledgers.main],
      );
      expect(rows.length).toBe(9);
    });
  });

  it('gives a retry the first receipt again, alone and in a batch, and stores nothing twice', async () => {
    const prepared = record();
    const first = stored(await appendRecord(db.ledgers.main, prepared));
    const again = await appendRecords(db.ledgers.main, [record(), prepared, record()]);
    expect(again.map((r) => r.kind)).toEqual(['stored', 'duplicate', 'stored']);
    expect(again[1]).toEqual({ ...first, kind: 'duplicate' });
    await expectSoundChain(db.ledgers.main, 'test.example/ledgers/main');
  });

  it('answers another record under a known id as a conflict', async () => {
    const prepared = record();
    await appendRecord(db.ledgers.main, prepared);
    expect(await appendRecord(db.ledgers.main, record({ id: prepared.id, actor_id: 'someone-else' }))).toEqual({ kind: 'conflict' });
  });

  it('stores the same id once when it is sent a hundred times at once', async () => {
    const id = randomUUID();
    const results = await Promise.all(Array.from({ length: 100 }, () => appendRecord(db.ledgers.main, record({ id }))));
    expect(results.filter((r) => r.kind === 'stored').length).toBe(1);
    expect(new Set(results.map((r) => stored(r).seq)).size).toBe(1);
  });

  it('stores nothing of an atomic submission in which one record conflicts', async () => {
    const known = record();
    await appendRecord(db.ledgers.main, known);
    const fresh = record();
    const results = await appendRecords(db.ledgers.main, [fresh, record({ id: known.id, actor_id: 'x' })], { atomic: true });
    expect(results.map((r) => r.kind)).toEqual(['not_stored', 'conflict']);
    expect((await appendRecord(db.ledgers.main, fresh)).kind).toBe('stored');
  });

  it('keeps a record that the database refuses from holding up the others', async () => {
    const poison: PreparedRecord = { ...record(), body: Buffer.alloc(70_000, 'x') };
    const [bad, good] = await Promise.allSettled([appendRecord(db.ledgers.main, poison), appendRecord(db.ledgers.main, record())]);
    expect(bad.status).toBe('rejected');
    expect(good.status === 'fulfilled' && good.value.kind).toBe('stored');
  });

  it('refuses over the bound of the queue, before anything is stored', async () => {
    process.env.INGEST_QUEUE = '100';
    try {
      const results = await Promise.allSettled(Array.from({ length: 150 }, () => appendRecord(db.ledgers.access, record())));
      expect(results.filter((r) => r.status === 'rejected').map((r) => r.reason.code)).toEqual(Array(50).fill('store_busy'));
    } finally {
      delete process.env.INGEST_QUEUE;
    }
  });

  it('commits with the change it belongs to, on disk, or not at all', async () => {
    const of = () =>
      prepareAccessRecord({
        action: 'settings_changed',
        actor_id: 'ada',
        actor_type: 'user',
        details: { a: 'ü' },
        source: { channel: 'dashboard' },
      });
    const before = await prisma().entry.count({ where: { ledger_id: db.ledgers.access } });
    await expect(
      prisma().$transaction(async (tx) => {
        await appendWithin(tx, db.ledgers.access, of());
        throw new Error('the change failed');
      }),
    ).rejects.toThrow('the change failed');
    expect(await prisma().entry.count({ where: { ledger_id: db.ledgers.access } })).toBe(before);
    const setting = await prisma().$transaction(async (tx) => {
      await tx.$queryRaw`SELECT set_config('synchronous_commit', 'off', true)`;
      await appendWithin(tx, db.ledgers.access, of());
      return tx.$queryRaw`SELECT current_setting('synchronous_commit') AS value`;
    });
    expect(setting).toEqual([{ value: 'on' }]);
    await expectSoundChain(db.ledgers.access, 'test.example/ledgers/access');
  });
});

function stored(result: AppendResult) {
  if (result.kind === 'conflict' || result.kind === 'not_stored') throw new Error('what is not stored has no receipt');
  return result;
}
