import { type ChildProcess, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import pg from 'pg';
import { hashApiKey, newApiKey } from '@/lib/auth/api-key-format';
import { appendRecords } from '@/lib/ledger/append-records';
import { prepareAgentRecord } from '@/lib/ledger/prepare-record';
import { createListener } from '@/lib/server/listener';
import type { BenchDatabase } from './bench-database';
import { drive } from './http-client';
import { makeRecords } from './make-records';
import { fixed, median, type Row, thousands } from './tables';

type Door = 'product' | 'bare';

/** @returns whether this process is one of the servers that benchHttp starts. */
export async function serveAsDoor(): Promise<boolean> {
  const spec = process.env.HOLDFAST_BENCH_DOOR;
  if (!spec) return false;
  const { door, ledgerId }: { door: Door; ledgerId: number } = JSON.parse(spec);
  const server = door === 'product' ? createListener().server : bareServer(ledgerId);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  process.send?.((server.address() as AddressInfo).port);
  process.once('disconnect', () => process.exit(0));
  return true;
}

/** What the same append costs behind nothing but node:http and JSON.parse: no key, no strict reading, no validation. */
function bareServer(ledgerId: number): Server {
  const source = { key_id: randomUUID(), channel: 'api' } as const;
  return createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', async () => {
      const parsed = JSON.parse(Buffer.concat(chunks).toString());
      const records = (Array.isArray(parsed) ? parsed : [parsed]).map((record) => prepareAgentRecord(record, source));
      const results = await appendRecords(ledgerId, records);
      const body = JSON.stringify(
        results.map((r) => ({ ...r, seq: String('seq' in r ? r.seq : ''), conversationSeq: '', receivedAtUs: '' })),
      );
      response.writeHead(201, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) });
      response.end(body);
    });
  });
}

/** Single records and batches over HTTP, by the product's listener and by a bare server with the same append, in turn. */
export async function benchHttp(
  db: BenchDatabase,
  options: { rounds: number; seconds: number; say: (line: string) => void },
): Promise<Row[]> {
  const client = new pg.Client({ connectionString: db.adminUrl });
  await client.connect();
  const rates = new Map<string, number[]>();
  const agents = Array.from({ length: 6 }, (_, i) => `agent-${i}`);
  let seed = 7000;
  for (let round = 0; round < options.rounds; round++) {
    for (const perRequest of [1, 100, 1000]) {
      for (const door of ['product', 'bare'] as const) {
        const ledgerId = await db.newLedger();
        const key = newApiKey('live');
        await client.query(
          "INSERT INTO api_keys (ledger_id, kind, name, hint, secret_hash, agent_names, may_write_user) VALUES ($1, 'ingest', 'bench', 'hf', $2, $3, true)",
          [ledgerId, hashApiKey(key), agents],
        );
        const { child, port } = await startDoor(door, ledgerId, db.appUrl);
        const records = makeRecords(Math.min(200_000, 30_000 * options.seconds), ++seed);
        const bodies: Buffer[] = [];
        for (let i = 0; i + perRequest <= records.length; i += perRequest) {
          bodies.push(Buffer.from(JSON.stringify(perRequest === 1 ? records[i] : records.slice(i, i + perRequest))));
        }
        const headers = `POST /api/v1/records HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\nAuthorization: Bearer ${key}\r\n`;
        const request = () => bodies.pop() ?? null;
        await drive(port, { connections: 4, seconds: 0.5, headers, request });
        const result = await drive(port, {
          connections: perRequest === 1 ? 128 : 16,
          seconds: options.seconds,
          headers,
          request,
        });
        if (child.connected) child.disconnect();
        if (result.failures > 0) throw new Error(`${result.failures} requests of ${door} failed`);
        const rate = (result.requests * perRequest) / result.seconds;
        const name = `${door} ${perRequest}`;
        rates.set(name, [...(rates.get(name) ?? []), rate]);
        options.say(`HTTP ${name}: ${thousands(rate)} records/s`);
      }
    }
  }
  await client.end();
  return [1, 100, 1000].map((perRequest) => {
    const product = median(rates.get(`product ${perRequest}`)!);
    const bare = median(rates.get(`bare ${perRequest}`)!);
    return [String(perRequest), thousands(product), thousands(bare), fixed(product / bare, 2)];
  });
}

async function startDoor(door: Door, ledgerId: number, url: string): Promise<{ child: ChildProcess; port: number }> {
  const child = fork(process.argv[1], [], {
    env: {
      ...process.env,
      DATABASE_URL: url,
      LOG_LEVEL: 'error',
      KEY_RATE: '10000000',
      INGEST_QUEUE: '100000',
      HOLDFAST_BENCH_DOOR: JSON.stringify({ door, ledgerId }),
    },
  });
  const port = await new Promise<number>((resolve, reject) => {
    child.once('message', (message) => resolve(Number(message)));
    child.once('exit', (code) => reject(new Error(`a server ended with ${code}`)));
  });
  return { child, port };
}
