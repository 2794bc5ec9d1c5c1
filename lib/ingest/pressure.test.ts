import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { closeDatabase } from '@/lib/db';
import { closeAppenders } from '@/lib/ledger/append-records';
import { agentRecord } from '@/lib/testing/agent-record';
import { asAdmin, freshDatabase, type TestDatabase } from '@/lib/testing/fresh-database';
import { type IngestDoor, openIngestDoor } from '@/lib/testing/open-ingest-door';
import { readSoundLedger } from '@/lib/testing/read-sound-ledger';
import { takeQuota } from './limit-rate';

let db: TestDatabase;
let door: IngestDoor;
beforeAll(async () => {
  db = await freshDatabase();
  door = await openIngestDoor(db, ['triage']);
});
afterEach(() => {
  for (const name of ['INGEST_QUEUE', 'KEY_RATE']) delete process.env[name];
});
afterAll(async () => {
  await door.close();
  await closeAppenders();
  await closeDatabase();
  await db.drop();
});

const stored = async () => new Set((await readSoundLedger(db.adminUrl, db.ledgers.main)).map((line) => line.id));

describe('a body that does not come', () => {
  let hasty: IngestDoor;
  beforeAll(async () => {
    hasty = await openIngestDoor(db, ['triage'], { bodyPatienceMs: 200 });
  });
  afterAll(() => hasty.close());

  /** Sends the head and the first bytes of a body, and then nothing, or a byte now and then. */
  const stall = (first: string | Buffer, headers: string[], drip = false) =>
    new Promise<string>((resolve) => {
      const socket = connect(Number(new URL(hasty.url).port), '127.0.0.1', () => {
        const head = ['POST /api/v1/records HTTP/1.1', 'Host: x', `Authorization: Bearer ${hasty.key}`, 'Content-Length: 5000', ...headers];
        socket.write(`${head.join('\r\n')}\r\n\r\n`);
        socket.write(first);
      });
      const dripping = drip ? setInterval(() => socket.write(' '), 20) : undefined;
      let text = '';
      socket.on('data', (chunk) => {
        text += chunk;
      });
      socket.on('close', () => {
        clearInterval(dripping);
        resolve(text);
      });
      // A byte that is sent after the other side has closed is answered by a reset; what was said before it counts.
      socket.on('error', () => {});
    });
  const JSON_TYPE = 'Content-Type: application/json';

  it.each([
    ['stalled', '{"id":', [JSON_TYPE], false],
    ['never begun', '', [JSON_TYPE], false],
    ['stalled within gzip', gzipSync('{"id":"x"}').subarray(0, 12), [JSON_TYPE, 'Content-Encoding: gzip'], false],
    ['sent a byte at a time', '{"id":', [JSON_TYPE], true],
  ] as const)('%s is answered 408 on a connection that ends', async (_name, first, headers, drip) => {
    const answer = await stall(first as string | Buffer, [...headers], drip);
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    expect(answer).toContain('"code":"request_timeout"');
    expect(answer.toLowerCase()).toContain('connection: close');
  });
});

describe('a body that is refused before its end', () => {
  it.each([9, 12, 24])('of %i MB is answered to a sender that goes on writing', async (megabytes) => {
    const body = Buffer.alloc(megabytes * 1024 * 1024, 0x20);
    body[0] = 0x7b;
    const answers = await Promise.all(Array.from({ length: 3 }, () => door.post(new Uint8Array(body))));
    for (const answer of answers)
      expect({ status: answer.status, code: (await answer.json()).code }).toEqual({ status: 413, code: 'body_too_large' });
  });

  it('does not end the connection under its sender: the rest is passed over, and the next request on it is answered', async () => {
    const half = Buffer.alloc(8_500_000, 0x20);
    half[0] = 0x7b;
    const socket = connect(Number(new URL(door.url).port), '127.0.0.1');
    let text = '';
    const said = (words: string) =>
      new Promise<void>((resolve, reject) => {
        const look = () => text.includes(words) && resolve();
        socket.on('data', (chunk) => {
          text += chunk;
          look();
        });
        socket.on('close', () => reject(new Error(`closed after ${text}`)));
        socket.on('error', reject);
        look();
      });
    const head = ['Host: x', `Authorization: Bearer ${door.key}`, 'Content-Type: application/json', `Content-Length: ${2 * half.length}`];
    socket.write(`POST /api/v1/records HTTP/1.1\r\n${head.join('\r\n')}\r\n\r\n`);
    socket.write(half);
    await said('"code":"body_too_large"');
    socket.write(half.fill(0x20));
    socket.write('GET /api/health HTTP/1.1\r\nHost: x\r\n\r\n');
    await said('"status":"ok"');
    socket.removeAllListeners('close').destroy();
  });

  it('for its key is answered too', async () => {
    const answer = await door.post(new Uint8Array(8 * 1024 * 1024), { authorization: `Bearer ${door.revokedKey}` });
    expect(answer.status).toBe(401);
  });
});

describe('a key over its quota', () => {
  it('is told 429 and when to come again, and everything that was acknowledged is there', async () => {
    process.env.KEY_RATE = '20';
    const records = Array.from({ length: 400 }, () => agentRecord());
    const answers = await Promise.all(records.map((record) => door.post(record)));
    const statuses = answers.map((answer) => answer.status);
    expect(new Set(statuses)).toEqual(new Set([201, 429]));
    // 200 are a full bucket; what was refilled meanwhile passes as well.
    expect(statuses.filter((status) => status === 201).length).toBeGreaterThanOrEqual(200);
    for (const answer of answers.filter(({ status }) => status === 429)) {
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
      expect((await answer.json()).code).toBe('rate_limited');
    }
    const there = await stored();
    expect(records.map((record) => there.has(record.id))).toEqual(statuses.map((status) => status === 201));
  });

  it('counts the records of a batch, waits as long as it is told to, and no longer', () => {
    process.env.KEY_RATE = '100';
    expect(takeQuota('key-a', 1000, 0)).toBe(0);
    const wait = takeQuota('key-a', 300, 0);
    expect(wait).toBe(3);
    expect(takeQuota('key-a', 300, wait * 1000 - 1)).toBe(1);
    expect(takeQuota('key-a', 300, wait * 1000)).toBe(0);
    expect(takeQuota('key-b', 300, 0)).toBe(0);
  });

  it('can send a batch that is larger than its bucket, and pays for it afterwards', () => {
    process.env.KEY_RATE = '10';
    expect(takeQuota('key-c', 1000, 0)).toBe(0);
    expect(takeQuota('key-c', 1, 0)).toBe(91);
    expect(takeQuota('key-c', 1, 91_000)).toBe(0);
  });

  it('gains nothing when the clock is set back', () => {
    process.env.KEY_RATE = '10';
    expect(takeQuota('key-d', 100, 1_000_000)).toBe(0);
    expect(takeQuota('key-d', 10, 0)).toBe(1);
    expect(takeQuota('key-d', 10, 1_000)).toBe(0);
  });
});

describe('little that unpacks to much', () => {
  const gzipped = (body: string | Buffer, type = 'application/json') =>
    door.post(new Uint8Array(gzipSync(body)), { 'content-encoding': 'gzip', 'content-type': type });
  const MB = 1024 * 1024;

  it.each([
    ['white space', `[${' '.repeat(15 * MB)}]`, 'application/json'],
    ['white space that no record follows', Buffer.alloc(MB, 0x20), 'application/json'],
    ['empty lines', Buffer.alloc(15 * MB, 0x0a), 'application/x-ndjson'],
    ['numbers', `[{"details":{"a":[${'1,'.repeat(7 * MB)}1]}}]`, 'application/json'],
  ])('is refused before it is read (%s)', async (_name, body, type) => {
    const answer = await gzipped(body, type);
    expect({ status: answer.status, ...(await answer.json()) }).toMatchObject({
      status: 413,
      code: 'body_too_large',
      detail: expect.stringContaining('100 times'),
    });
  });

  it('is read where it is records, however alike, or as small as one record', async () => {
    const alike = Array.from({ length: 1_000 }, () =>
      agentRecord({ conversation_id: 'alike', details: { tool: 'x', label: 'y'.repeat(600) } }),
    );
    expect((await gzipped(JSON.stringify(alike))).status).toBe(200);
    expect((await gzipped(JSON.stringify(agentRecord({ details: { label: 'y'.repeat(60_000) } })))).status).toBe(201);
    expect((await gzipped(' '.repeat(100_000))).status).toBe(400);
  });

  it('is paid for from the quota before it is read: a kilobyte counts as a record', async () => {
    process.env.KEY_RATE = '10';
    const { agentOnlyKey } = door;
    const post = (body: string) => door.post(body, { authorization: `Bearer ${agentOnlyKey}` });
    expect((await post(`${' '.repeat(90_000)}x`)).status).toBe(400);
    const answer = await post(`${' '.repeat(90_000)}x`);
    expect({ status: answer.status, code: (await answer.json()).code }).toEqual({ status: 429, code: 'rate_limited' });
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
  });
});

describe('more than may wait', () => {
  it('is answered 503 store_busy and when to come again, is not stored, and is taken later under the same ids', async () => {
    process.env.INGEST_QUEUE = '100';
    const batches = Array.from({ length: 6 }, () => Array.from({ length: 50 }, () => agentRecord()));
    // While the ledger is locked nothing leaves the queue but the two batches that are on their way.
    const answers = await asAdmin(db.adminUrl, async (client) => {
      await client.query('SELECT pg_advisory_lock(1212564294, $1)', [db.ledgers.main]);
      const sent = batches.map((batch) => door.post(batch));
      await Promise.race(sent);
      await client.query('SELECT pg_advisory_unlock_all()');
      return Promise.all(sent);
    });
    const refused = answers.flatMap((answer, i) => (answer.status === 503 ? [i] : []));
    expect(refused.length).toBeGreaterThan(0);
    expect(answers.map((answer) => answer.status).filter((status) => status !== 503)).toEqual(Array(6 - refused.length).fill(200));
    const there = await stored();
    for (const [i, answer] of answers.entries()) {
      expect(batches[i].every((record) => there.has(record.id) === (answer.status === 200))).toBe(true);
      if (answer.status !== 503) continue;
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
      expect((await answer.json()).code).toBe('store_busy');
    }
    for (const i of refused) {
      const again = await (await door.post(batches[i])).json();
      expect(again).toMatchObject({ accepted: 50, duplicates: 0 });
    }
  });
});
