import { randomUUID } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { closeDatabase, prisma } from '@/lib/db';
import { closeAppenders } from '@/lib/ledger/append-records';
import type { RecordInput } from '@/lib/schema/record';
import { agentRecord } from '@/lib/testing/agent-record';
import { freshDatabase, type TestDatabase } from '@/lib/testing/fresh-database';
import { type IngestDoor, openIngestDoor } from '@/lib/testing/open-ingest-door';
import { readSoundLedger } from '@/lib/testing/read-sound-ledger';

let db: TestDatabase;
let door: IngestDoor;
beforeAll(async () => {
  db = await freshDatabase();
  door = await openIngestDoor(db, ['triage']);
});
afterAll(async () => {
  await door.close();
  await closeAppenders();
  await closeDatabase();
  await db.drop();
});

interface Item {
  index: number;
  status: number;
  code?: string;
  pointer?: string;
  id?: string;
  seq?: string;
  integrity_hash?: string;
  previous_hash?: string;
  duplicate?: boolean;
}
interface Answer {
  status: number;
  body: { items: Item[]; accepted: number; duplicates: number; refused: number; code?: string };
}
async function send(body: unknown, headers: Record<string, string> = {}, query = ''): Promise<Answer> {
  const response = await fetch(door.url + query, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${door.key}`, ...headers },
    body: typeof body === 'string' || body instanceof Uint8Array ? (body as BodyInit) : JSON.stringify(body),
  });
  return { status: response.status, body: await response.json() };
}
const NDJSON = { 'content-type': 'application/x-ndjson' };
const count = () => prisma().entry.count({ where: { ledger_id: db.ledgers.main } });
const statuses = (answer: Answer) => answer.body.items.map((item) => item.status);

describe('a batch', () => {
  it('gives a receipt for each record, in the order in which they were sent, as one stretch of the chain', async () => {
    const records = Array.from({ length: 1000 }, (_, i) => agentRecord({ conversation_id: `c-${i % 7}` }));
    const { status, body } = await send(records);
    expect({ status, accepted: body.accepted, refused: body.refused }).toEqual({ status: 200, accepted: 1000, refused: 0 });
    expect(body.items.map((item) => item.id)).toEqual(records.map((record) => record.id));
    expect(body.items.map((item) => item.index)).toEqual(records.map((_, i) => i));
    for (let i = 1; i < 1000; i++) expect(body.items[i].previous_hash).toBe(body.items[i - 1].integrity_hash);
    const lines = new Map((await readSoundLedger(db.adminUrl, db.ledgers.main)).map((line) => [line.id, line]));
    for (const item of body.items) expect(lines.get(item.id!)).toMatchObject({ seq: item.seq, integrityHash: item.integrity_hash });
  });

  it('of more than 1,000 records, or of none, is refused as a whole', async () => {
    const before = await count();
    const many = Array.from({ length: 1001 }, () => agentRecord());
    for (const [body, headers] of [
      [many, {}],
      [[], {}],
      [' [ ] ', {}],
      [many.map((record) => JSON.stringify(record)).join('\n'), NDJSON],
      ['\n\n', NDJSON],
    ] as const) {
      const answer = await send(body, headers);
      expect({ status: answer.status, code: answer.body.code }).toEqual({ status: 422, code: 'batch_size' });
    }
    expect(await count()).toBe(before);
  });

  it('of millions of faulty elements costs no more than one of 1,001', async () => {
    const element = '{"__proto__":1},';
    const answer = await send(`[${element.repeat(1_000_000)}1]`);
    // Element 1,002 and all behind it were never looked at: the last of them would have been a fault of syntax.
    const unread = await send(`[${element.repeat(1_001)}}`);
    for (const { status, body } of [answer, unread]) expect({ status, code: body.code }).toEqual({ status: 422, code: 'batch_size' });
    const lines = await send('x\n'.repeat(1_000_000), NDJSON);
    expect({ status: lines.status, code: lines.body.code }).toEqual({ status: 422, code: 'batch_size' });
  });

  it('of lines is read line by line, and a faulty line is answered in its place', async () => {
    const good = [agentRecord(), agentRecord(), agentRecord()];
    const lines = [
      JSON.stringify(good[0]),
      '',
      '{"id":',
      `${JSON.stringify(good[1])}\r`,
      '{"a":1,"a":2}',
      '[1]',
      JSON.stringify({ ...agentRecord(), note: 1 }),
      JSON.stringify(good[2]),
    ];
    const answer = await send(lines.join('\n'), NDJSON);
    expect(statuses(answer)).toEqual([201, 400, 201, 400, 400, 422, 201]);
    expect(answer.body.items.flatMap((item) => item.code ?? [])).toEqual([
      'json_syntax',
      'duplicate_key',
      'body_not_object',
      'unknown_field',
    ]);
    expect(answer.body.items.filter((item) => item.status === 201).map((item) => item.id)).toEqual(good.map((record) => record.id));
    expect(answer.body).toMatchObject({ accepted: 3, refused: 4 });
  });

  it('may be gzip, as an array and as lines', async () => {
    const records = [agentRecord(), agentRecord()];
    expect(statuses(await send(gzipSync(JSON.stringify(records)), { 'content-encoding': 'gzip' }))).toEqual([201, 201]);
    const lines = records.map((record) => JSON.stringify({ ...record, id: randomUUID() })).join('\n');
    expect(statuses(await send(gzipSync(lines), { ...NDJSON, 'content-encoding': 'gzip' }))).toEqual([201, 201]);
  });

  it('judges each record on its own: what is refused keeps nobody out, and nothing moves from its place', async () => {
    const known = agentRecord();
    await send([known]);
    const [one, two] = [agentRecord(), agentRecord()];
    const answer = await send([
      one,
      { ...agentRecord(), action: 'unheard_of' },
      known,
      { ...known, actor_id: 'someone-else' },
      agentRecord({ agent_name: 'another' }),
      two,
      one,
      { ...one, actor_id: 'someone-else' },
      agentRecord({ details: { pad: 'x'.repeat(65_536) } }),
    ]);
    expect(statuses(answer)).toEqual([201, 422, 200, 409, 403, 201, 200, 409, 422]);
    expect(answer.body.items.map((item) => item.code)).toEqual([
      undefined,
      'enum',
      undefined,
      'idempotency_conflict',
      'agent_mismatch',
      undefined,
      undefined,
      'idempotency_conflict',
      'record_too_large',
    ]);
    expect(answer.body).toMatchObject({ accepted: 2, duplicates: 2, refused: 5 });
    expect(answer.body.items[6]).toMatchObject({ id: one.id, duplicate: true, seq: answer.body.items[0].seq });
    expect(answer.body.items[4]).toMatchObject({ pointer: '/agent_name' });
  });
});

describe('with atomic=true', () => {
  const atomic = (records: unknown[]) => send(records, {}, '?atomic=true');
  const rest = (): RecordInput[] => [agentRecord(), agentRecord()];

  it('nothing is stored when one record is refused for what it is', async () => {
    const before = await count();
    const answer = await atomic([...rest(), { ...agentRecord(), action: 'unheard_of' }]);
    expect({ status: answer.status, code: answer.body.code }).toEqual({ status: 422, code: 'batch_refused' });
    expect(answer.body.items.map((item) => item.code)).toEqual(['batch_refused', 'batch_refused', 'enum']);
    expect(answer.body).toMatchObject({ accepted: 0, duplicates: 0, refused: 3 });
    expect(await count()).toBe(before);
  });

  it('nothing is stored when one id belongs to another record, in the ledger or in the batch itself', async () => {
    const known = agentRecord();
    await send([known]);
    const before = await count();
    const twin = agentRecord();
    for (const batch of [
      [...rest(), { ...known, actor_id: 'someone-else' }],
      [...rest(), twin, { ...twin, actor_id: 'someone-else' }],
    ]) {
      const answer = await atomic(batch);
      expect({ status: answer.status, code: answer.body.code }).toEqual({ status: 422, code: 'batch_refused' });
      expect(answer.body.items.at(-1)!.code).toBe('idempotency_conflict');
      expect(answer.body.accepted).toBe(0);
    }
    expect(await count()).toBe(before);
  });

  it('a batch that is sent again, whole or with more behind it, gets its receipts again', async () => {
    const batch = rest();
    const first = await atomic(batch);
    expect(statuses(first)).toEqual([201, 201]);
    const again = await atomic([...batch, agentRecord()]);
    expect(statuses(again)).toEqual([200, 200, 201]);
    expect(again.body.items.slice(0, 2).map((item) => item.seq)).toEqual(first.body.items.map((item) => item.seq));
    expect(again.body).toMatchObject({ accepted: 1, duplicates: 2, refused: 0 });
  });

  it('is what many at once keep to: each batch is there whole or not at all', async () => {
    const shared = agentRecord();
    const batches = Array.from({ length: 20 }, (_, i) => [...rest(), { ...shared, actor_id: `writer-${i}` }]);
    const answers = await Promise.all(batches.map(atomic));
    expect(answers.filter((answer) => answer.status === 200).length).toBe(1);
    const stored = new Set((await readSoundLedger(db.adminUrl, db.ledgers.main)).map((line) => line.id));
    for (const [i, batch] of batches.entries())
      expect(batch.slice(0, 2).map((record) => stored.has(record.id))).toEqual(Array(2).fill(answers[i].status === 200));
  });

  it('another value of it is refused', async () => {
    expect((await send(rest(), {}, '?atomic=yes')).body.code).toBe('bad_request');
  });
});
