import { hash } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { canonicalize, type JsonValue } from '@/lib/chain/canonical-json';
import { closeDatabase, prisma } from '@/lib/db';
import { closeAppenders } from '@/lib/ledger/append-records';
import type { RecordInput } from '@/lib/schema/record';
import { LIMITS } from '@/lib/schema/vocabulary';
import { agentRecord } from '@/lib/testing/agent-record';
import { anyAgentRecord } from '@/lib/testing/any-agent-record';
import { freshDatabase, type TestDatabase } from '@/lib/testing/fresh-database';
import { type IngestDoor, openIngestDoor } from '@/lib/testing/open-ingest-door';
import { readSoundLedger } from '@/lib/testing/read-sound-ledger';

let db: TestDatabase;
let door: IngestDoor;
let keyId: string;
beforeAll(async () => {
  db = await freshDatabase();
  door = await openIngestDoor(db, ['triage']);
  await door.post(agentRecord());
  keyId = JSON.parse((await body((await prisma().record.findFirstOrThrow()).id)).toString()).source.key_id;
});
afterAll(async () => {
  await door.close();
  await closeAppenders();
  await closeDatabase();
  await db.drop();
});

async function body(id: string): Promise<Buffer> {
  return Buffer.from((await prisma().record.findFirstOrThrow({ where: { ledger_id: db.ledgers.main, id } })).body);
}

/** What the format says the body of a record is, from what was sent. */
function expectedBody(sent: RecordInput): string {
  const whole = sent.timestamp.replace(/Z$/, '').split('.');
  return canonicalize({
    ...sent,
    ...(sent.domains === undefined ? {} : { domains: [...new Set(sent.domains)].sort() }),
    timestamp: `${whole[0]}.${(whole[1] ?? '').padEnd(3, '0')}Z`,
    v: 1,
    source: { key_id: keyId, channel: 'api' },
    submitted: hash('sha256', canonicalize(sent as unknown as JsonValue), 'hex'),
  } as unknown as JsonValue);
}

describe('the body that is stored', () => {
  it('is to the byte the canonical form of what was sent, for any record that is accepted', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyAgentRecord('triage'), { minLength: 1, maxLength: 40 }), async (records) => {
        const answer = await (await door.post(records)).json();
        expect(answer.items.map((item: { status: number; code?: string }) => item.code ?? item.status)).toEqual(records.map(() => 201));
        const rows = await prisma().record.findMany({ where: { id: { in: records.map((record) => record.id) } } });
        const found = new Map(rows.map((row) => [row.id, Buffer.from(row.body).toString()]));
        for (const record of records) expect(found.get(record.id)).toBe(expectedBody(record));
      }),
      { numRuns: 25 },
    );
    await readSoundLedger(db.adminUrl, db.ledgers.main);
  });

  it('does not depend on how the sender spelled it: order, white space, escapes', async () => {
    const record = agentRecord({ details: { name: 'ü/\u2028', n: 1.5, 'a"b': [true] } });
    const spelled = `\n {"details" : { "a\\u0022b":[true ], "n":15e-1,\r\n"name":"\\u00fc\\/\\u2028"},${JSON.stringify({ ...record, details: undefined }).slice(1)}\t`;
    expect((await door.post(spelled)).status).toBe(201);
    expect((await body(record.id)).toString()).toBe(expectedBody(record));
    const again = await door.post(record);
    expect({ status: again.status, duplicate: (await again.json()).duplicate }).toEqual({ status: 200, duplicate: true });
  });

  it.each([
    ['two, three and four bytes', 'é€𝄞👩‍⚕️'],
    ['line and paragraph separators', 'a\u2028b\u2029c'],
    ['controls', '\u0001\b\t\n\f\r\u001f\u007f\u0085'],
    ['direction marks and invisible ones', '\u202e\u200b\u2066\u{e0041}\ufeff'],
    ['noncharacters', '\uffff\ufffe\u{10ffff}'],
    ['letters that are composed in two ways', 'é e\u0301'],
    ['what ends scripts and quotes', `</script>'"\\\\`],
  ])('keeps %s', async (_name, text) => {
    const record = agentRecord({ purpose: text, details: { [text]: text } });
    expect((await door.post(record)).status).toBe(201);
    const stored = await body(record.id);
    expect(stored.toString()).toBe(expectedBody(record));
    expect(JSON.parse(stored.toString())).toMatchObject({ purpose: text, details: { [text]: text } });
  });

  it.each(['x', 'é', '𝄞'])('may have 65,536 bytes and not one more, whatever the letters (%s)', async (letter) => {
    const empty = Buffer.byteLength(expectedBody(agentRecord({ details: { pad: '' } })));
    const room = LIMITS.recordBytes - empty;
    const width = Buffer.byteLength(letter);
    const fill = (bytes: number) => 'x'.repeat(bytes % width) + letter.repeat(Math.floor(bytes / width));
    const fits = agentRecord({ details: { pad: fill(room) } });
    expect((await door.post(fits)).status).toBe(201);
    expect((await body(fits.id)).length).toBe(LIMITS.recordBytes);
    const over = agentRecord({ details: { pad: fill(room + 1) } });
    const answer = await door.post(over);
    expect({ status: answer.status, code: (await answer.json()).code }).toEqual({ status: 422, code: 'record_too_large' });
    expect(await prisma().entry.findFirst({ where: { id: over.id } })).toBeNull();
  });
});

describe('a retry', () => {
  it('after a reply that was lost gives the first receipt again, alone and in a batch, to the letter', async () => {
    const record = agentRecord({ conversation_id: 'retried' });
    const first = await (await door.post(record)).json();
    await door.post(agentRecord({ conversation_id: 'retried' }));
    const again = await door.post(record);
    expect(again.status).toBe(200);
    expect(await again.json()).toEqual({ ...first, duplicate: true });
    const { items } = await (await door.post([agentRecord(), record])).json();
    expect(items[1]).toEqual({ index: 1, status: 200, ...first, duplicate: true });
  });
});
