import { hash } from 'node:crypto';
import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { canonicalize, type JsonValue } from '@/lib/chain/canonical-json';
import { entryHash } from '@/lib/chain/entry-hash';
import { appendRecord, appendRecords, closeAppenders } from '@/lib/ledger/append-records';
import { nodeSha256 } from '@/lib/ledger/node-sha256';
import { prepareAgentRecord } from '@/lib/ledger/prepare-record';
import type { RecordInput } from '@/lib/schema/record';
import { CLASSIFICATIONS } from '@/lib/schema/vocabulary';
import { PrismaClient } from '@/prisma/generated/client';

/** One way of appending: called with the records of one caller's request. */
export interface Contender {
  append(records: RecordInput[]): Promise<unknown>;
  close(): Promise<unknown>;
}

const SOURCE = { key_id: '0193a1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b', channel: 'api' } as const;

/** The product: canonical body, group commit, one function. */
export function product(ledgerId: number): Contender {
  return {
    append: (records) =>
      records.length === 1
        ? appendRecord(ledgerId, prepareAgentRecord(records[0], SOURCE))
        : appendRecords(
            ledgerId,
            records.map((record) => prepareAgentRecord(record, SOURCE)),
          ),
    close: closeAppenders,
  };
}

const COLUMNS =
  'ledger_id, seq, body, id, occurred_at, action, actor_id, actor_type, conversation_id, conversation_seq, agent_name, resource_type, resource_id, subject_id, outcome, classification';

function columns(ledgerId: number, seq: number, conversationSeq: number, body: string, r: RecordInput): unknown[] {
  return [
    ledgerId,
    seq,
    Buffer.from(body),
    r.id,
    r.timestamp,
    r.action,
    r.actor_id,
    r.actor_type,
    r.conversation_id,
    conversationSeq,
    r.agent_name,
    r.resource_type ?? null,
    r.resource_id ?? null,
    r.subject_id ?? null,
    r.outcome ?? null,
    CLASSIFICATIONS.indexOf(r.data_classification),
  ];
}

const link = (previous: Buffer, seq: number, body: string) =>
  Buffer.from(
    entryHash(
      {
        seq: BigInt(seq),
        receivedAtUs: BigInt(Date.now()) * 1000n,
        conversationSeq: 1n,
        previousHash: previous,
        bodyHash: nodeSha256(Buffer.from(body)),
      },
      nodeSha256,
    ),
  );

/** What most would write first: a head row under FOR UPDATE, five round trips a record, a pool of ten. */
export async function naiveRowLock(adminUrl: string, ledgerId: number): Promise<Contender> {
  const pool = new pg.Pool({ connectionString: adminUrl, max: 10 });
  await pool.query('CREATE TABLE IF NOT EXISTS naive_head (ledger_id int PRIMARY KEY, seq bigint NOT NULL, hash bytea NOT NULL)');
  await pool.query('INSERT INTO naive_head VALUES ($1, -1, $2) ON CONFLICT DO NOTHING', [ledgerId, Buffer.alloc(32)]);
  const insertRecord = `INSERT INTO records (${COLUMNS}) VALUES (${Array.from({ length: 16 }, (_, i) => `$${i + 1}`)})`;
  return {
    close: () => pool.end(),
    append: async (records) => {
      for (const record of records) {
        const client = await pool.connect();
        try {
          await client.query('BEGIN');
          const head = (
            await client.query({
              name: 'head',
              text: 'SELECT seq, hash FROM naive_head WHERE ledger_id = $1 FOR UPDATE',
              values: [ledgerId],
            })
          ).rows[0];
          const seq = Number(head.seq) + 1;
          const body = canonicalize(record as unknown as JsonValue);
          const integrity = link(head.hash, seq, body);
          await client.query({
            name: 'entry',
            text: 'INSERT INTO entries VALUES ($1, $2, $3, $4, 1, $5, $6, $7, $8)',
            values: [
              ledgerId,
              seq,
              record.id,
              Date.now() * 1000,
              hash('sha256', body, 'buffer'),
              hash('sha256', body, 'buffer'),
              head.hash,
              integrity,
            ],
          });
          await client.query({ name: 'record', text: insertRecord, values: columns(ledgerId, seq, 1, body, record) });
          await client.query({
            name: 'move',
            text: 'UPDATE naive_head SET seq = $2, hash = $3 WHERE ledger_id = $1',
            values: [ledgerId, seq, integrity],
          });
          await client.query('COMMIT');
        } catch (error) {
          await client.query('ROLLBACK').catch(() => {});
          throw error;
        } finally {
          client.release();
        }
      }
    },
  };
}

/** The same through the ORM: an interactive transaction a record. */
export async function naivePrisma(adminUrl: string, ledgerId: number): Promise<Contender> {
  const client = new PrismaClient({ adapter: new PrismaPg({ connectionString: adminUrl, max: 10 }) });
  return {
    close: () => client.$disconnect(),
    append: async (records) => {
      for (const record of records) {
        await client.$transaction(
          async (tx) => {
            await tx.$executeRaw`SELECT pg_advisory_xact_lock(77, ${ledgerId}::int)`;
            const last = await tx.entry.findFirst({ where: { ledger_id: ledgerId }, orderBy: { seq: 'desc' } });
            const seq = last ? Number(last.seq) + 1 : 0;
            const body = canonicalize(record as unknown as JsonValue);
            const previous = last ? Buffer.from(last.integrity_hash) : Buffer.alloc(32);
            const digest = new Uint8Array(hash('sha256', body, 'buffer'));
            await tx.entry.create({
              data: {
                ledger_id: ledgerId,
                seq,
                id: record.id,
                received_at_us: Date.now() * 1000,
                conversation_seq: 1,
                body_hash: digest,
                submitted: digest,
                previous_hash: new Uint8Array(previous),
                integrity_hash: new Uint8Array(link(previous, seq, body)),
              },
            });
            await tx.record.create({
              data: {
                ledger_id: ledgerId,
                seq,
                body: new Uint8Array(Buffer.from(body)),
                id: record.id,
                occurred_at: record.timestamp,
                action: record.action,
                actor_id: record.actor_id,
                actor_type: record.actor_type,
                conversation_id: record.conversation_id,
                conversation_seq: 1,
                agent_name: record.agent_name,
                resource_type: record.resource_type,
                resource_id: record.resource_id,
                subject_id: record.subject_id,
                outcome: record.outcome,
                classification: CLASSIFICATIONS.indexOf(record.data_classification),
              },
            });
          },
          { maxWait: 60_000, timeout: 60_000 },
        );
      }
    },
  };
}
