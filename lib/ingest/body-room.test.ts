import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { closeDatabase, prisma } from '@/lib/db';
import { closeAppenders } from '@/lib/ledger/append-records';
import { agentRecord } from '@/lib/testing/agent-record';
import { freshDatabase, type TestDatabase } from '@/lib/testing/fresh-database';
import { type IngestDoor, openIngestDoor } from '@/lib/testing/open-ingest-door';
import { bodyRoom } from './body-room';

const MB = 1024 * 1024;

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

it('gives a key a part of the room, all keys together no more than the whole, and takes back what is released', () => {
  const rooms = ['a', 'b', 'c', 'd'].map(bodyRoom);
  for (const room of rooms) room.hold(64 * MB);
  expect(() => bodyRoom('a').hold(1)).toThrow(expect.objectContaining({ code: 'rate_limited' }));
  expect(() => bodyRoom('e').hold(1)).toThrow(expect.objectContaining({ code: 'store_busy' }));
  rooms[0].release();
  rooms[0].release();
  const [again, other] = [bodyRoom('a'), bodyRoom('e')];
  again.hold(32 * MB);
  other.hold(32 * MB);
  expect(() => other.hold(1)).toThrow(expect.objectContaining({ code: 'store_busy' }));
  for (const room of [...rooms, again, other]) room.release();
});

it('holds a body until it is answered: words that wait to be looked at and sealed are in memory too', async () => {
  const room = bodyRoom((await prisma().apiKey.findFirstOrThrow({ where: { may_write_user: true, revoked_at: null } })).id);
  room.hold(50 * MB);
  const blocker = new pg.Client({ connectionString: db.adminUrl });
  await blocker.connect();
  await blocker.query('BEGIN');
  await blocker.query('SELECT pg_advisory_xact_lock(1212564294, $1)', [db.ledgers.main]);
  const body = JSON.stringify([agentRecord()]) + ' '.repeat(8 * MB);
  try {
    const waiting = door.post(body);
    await expect
      .poll(
        async () => (await blocker.query("SELECT count(*)::int AS n FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")).rows[0].n,
      )
      .toBe(1);
    expect((await door.post(body)).status).toBe(429);
    await blocker.query('COMMIT');
    expect((await waiting).status).toBe(200);
    expect((await door.post(body)).status).toBe(200);
  } finally {
    await blocker.end();
    room.release();
  }
});

it('is what unfinished bodies of one key share: one more is told 429 and when to come again, and has room when they are gone', async () => {
  const body = Buffer.alloc(15 * MB, 0x20);
  body[0] = 0x5b;
  const sockets: Socket[] = [];
  const start = (key: string) =>
    new Promise<string>((resolve) => {
      const socket = connect(Number(new URL(door.url).port), '127.0.0.1');
      const head = [
        'POST /api/v1/records HTTP/1.1',
        'Host: x',
        `Authorization: Bearer ${key}`,
        'Content-Type: application/json',
        `Content-Length: ${body.length + 1}`,
      ];
      socket.write(`${head.join('\r\n')}\r\n\r\n`);
      // All but the end.
      socket.write(body);
      socket.once('data', (answer) => resolve(answer.toString()));
      socket.once('error', () => resolve(''));
      sockets.push(socket);
    });
  const answers = Array.from({ length: 5 }, () => start(door.key));
  const refused = await Promise.race(answers);
  expect(refused).toMatch(/^HTTP\/1\.1 429 /);
  expect(refused.toLowerCase()).toContain('retry-after:');
  const record = agentRecord();
  expect((await door.post(record, { authorization: `Bearer ${door.agentOnlyKey}` })).status).toBe(201);
  for (const socket of sockets) socket.destroy();
  await expect
    .poll(async () => {
      await sleep(50);
      return (await door.post(`[${' '.repeat(15 * MB)}]`)).status;
    })
    .toBe(422);
});
