import { hash } from 'node:crypto';
import { once } from 'node:events';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { type PreparedRecord, prepareAgentRecord } from '@/lib/ledger/prepare-record';
import type { RecordInput } from '@/lib/schema/record';

const SOURCE = { key_id: '0193a1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b', channel: 'api' } as const;
const SIGNATURE = Buffer.concat([Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1'), Buffer.alloc(8)]);
const PG_EPOCH_MS = 946_684_800_000;

/** Rows of COPY … (FORMAT binary), made beforehand: the baseline measures the server taking them in, not Node making them. */
export interface CopyPayload {
  entries: Buffer;
  records: Buffer;
  conversations: Buffer;
  count: number;
}

type Field = Buffer | null;
const int4 = (value: number): Buffer => {
  const b = Buffer.alloc(4);
  b.writeInt32BE(value);
  return b;
};
const int2 = (value: number): Buffer => {
  const b = Buffer.alloc(2);
  b.writeInt16BE(value);
  return b;
};
const int8 = (value: number): Buffer => {
  const b = Buffer.alloc(8);
  b.writeBigInt64BE(BigInt(value));
  return b;
};
const text = (value: string | null): Field => (value === null ? null : Buffer.from(value));
const uuid = (value: string): Buffer => Buffer.from(value.replaceAll('-', ''), 'hex');
const time = (ms: number): Buffer => int8((ms - PG_EPOCH_MS) * 1000);
/** The binary form of int8multirange '{[1, end)}': a count, then each range with its length, its flags (lower bound inclusive) and both bounds. */
const numbersBelow = (end: number): Buffer => Buffer.concat([int4(1), int4(25), Buffer.from([0x02]), int4(8), int8(1), int4(8), int8(end)]);
const bool = (value: boolean): Buffer => Buffer.from([value ? 1 : 0]);

function rows(list: Field[][]): Buffer {
  const parts: Buffer[] = [SIGNATURE];
  for (const row of list) {
    parts.push(int2(row.length));
    for (const field of row) parts.push(int4(field === null ? -1 : field.length), field ?? Buffer.alloc(0));
  }
  parts.push(int2(-1));
  return Buffer.concat(parts);
}

/** The same rows that append would write, chain included; `first` is the position of the first. */
export function makePayload(ledgerId: number, first: number, inputs: RecordInput[]): CopyPayload {
  const entries: Field[][] = [];
  const records: Field[][] = [];
  const conversations = new Map<string, { first: number; last: number; count: number; record: PreparedRecord }>();
  let previous: Buffer = Buffer.alloc(32);
  inputs.forEach((input, i) => {
    const r = prepareAgentRecord(input, SOURCE);
    const digest = hash('sha256', r.body, 'buffer');
    const integrity = hash('sha256', Buffer.concat([previous, digest]), 'buffer');
    const seq = first + i;
    const seen = conversations.get(r.conversationId!) ?? { first: seq, last: seq, count: 0, record: r };
    seen.count++;
    seen.last = seq;
    conversations.set(r.conversationId!, seen);
    entries.push([
      int4(ledgerId),
      int8(seq),
      uuid(r.id),
      int8(Date.now() * 1000),
      int8(seen.count),
      digest,
      r.submitted,
      previous,
      integrity,
    ]);
    records.push([
      int4(ledgerId),
      int8(seq),
      r.body,
      uuid(r.id),
      time(r.occurredAt),
      text(r.action),
      text(r.actorId),
      text(r.actorType),
      text(r.conversationId),
      int8(seen.count),
      text(r.agentName),
      text(r.resourceType),
      text(r.resourceId),
      text(r.subjectId),
      text(r.outcome),
      int2(r.classification!),
      text(r.tool),
      text(r.model),
      text(r.domains),
      bool(r.phi),
    ]);
    previous = integrity;
  });
  const summaries = [...conversations].map(([id, c]): Field[] => [
    int4(ledgerId),
    text(id),
    int8(c.count),
    int8(c.first),
    int8(c.last),
    time(c.record.occurredAt),
    time(c.record.occurredAt),
    text(c.record.agentName),
    null,
    null,
    int2(0),
    int8(c.count),
    int8(c.count),
    bool(false),
    bool(false),
    numbersBelow(c.count + 1),
  ]);
  return { entries: rows(entries), records: rows(records), conversations: rows(summaries), count: inputs.length };
}

/** Into the same tables with the same indexes and triggers, one transaction a payload. @returns records a second. */
export async function copyRate(adminUrl: string, payloads: CopyPayload[]): Promise<number> {
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  const copy = async (table: string, payload: Buffer) => {
    const stream = client.query(copyFrom(`COPY ${table} FROM STDIN (FORMAT binary)`));
    stream.end(payload);
    await once(stream, 'finish');
  };
  try {
    const began = performance.now();
    let count = 0;
    for (const payload of payloads) {
      await client.query('BEGIN');
      await copy('entries', payload.entries);
      await copy('records', payload.records);
      await copy('conversations', payload.conversations);
      await client.query('COMMIT');
      count += payload.count;
    }
    return (count / (performance.now() - began)) * 1000;
  } finally {
    await client.end();
  }
}
