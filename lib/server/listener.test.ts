import { request } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { closeDatabase } from '@/lib/db';
import { closeAppenders } from '@/lib/ledger/append-records';
import { agentRecord } from '@/lib/testing/agent-record';
import { freshDatabase, type TestDatabase } from '@/lib/testing/fresh-database';
import { type IngestDoor, openIngestDoor } from '@/lib/testing/open-ingest-door';
import { createListener } from './listener';

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

/** The address goes out as it is written here; fetch would tidy it up. */
const post = (path: string) =>
  new Promise<number>((resolve, reject) => {
    const headers = { authorization: `Bearer ${door.key}`, 'content-type': 'application/json' };
    const sent = request({ host: '127.0.0.1', port: new URL(door.url).port, method: 'POST', path, headers }, (answer) => {
      answer.resume();
      resolve(answer.statusCode!);
    });
    sent.on('error', reject);
    sent.end(JSON.stringify(agentRecord()));
  });

it.each([
  '/api/v1/records',
  '/api/v1/records?atomic=true',
  '/api/v1/./records',
  '/api/v1/%2e/records',
  '/api/v1/x/../records?atomic=true',
  '/api/v1/records#x',
  'http://127.0.0.1/api/v1/records',
])('takes records at %s itself, whatever the spelling', async (path) => {
  expect(await post(path)).toBe(201);
});

// There are no pages here: what is not its own would be theirs.
it.each(['/api/v1/records/', '/api/v1/records%2f', '/api/v1/record', '//api/v1/records', '/', '*', 'http://['])(
  'takes none at %s',
  async (path) => {
    expect(await post(path)).toBe(503);
  },
);

it('ends a connection whose answer came before its body was read: nobody waits behind what is left of it', async () => {
  const { server, servePages } = createListener();
  servePages((_, response) => void response.end('refused'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  let told = '';
  const ended = new Promise<void>((resolve) => socket.on('close', () => resolve()));
  socket.on('data', (bytes) => {
    told += bytes;
  });
  socket.write(`POST /x HTTP/1.1\r\nHost: here\r\nContent-Length: 1000\r\n\r\nten bytes.`);
  await ended;
  expect(told).toMatch(/^HTTP\/1.1 200/);
  expect(told).toContain('Connection: close');
  await new Promise<void>((resolve) => server.close(() => resolve()));
});
