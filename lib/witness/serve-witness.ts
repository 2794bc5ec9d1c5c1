import 'server-only';
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { toHex } from '@/lib/chain/bytes';
import { MAX_REQUEST_BYTES } from '@/lib/chain/witness-request';
import { type Cosigned, cosignCheckpoint } from './cosign-checkpoint';
import type { Witness } from './open-witness';

interface Answer {
  status: number;
  type: string;
  body: string;
  headers?: Record<string, string>;
}

/** A line for whoever runs the witness. Of a request nothing but an origin that is known is repeated. */
export type Tell = (line: string) => void;

const TEXT = 'text/plain; charset=utf-8';
const JSON_TYPE = 'application/json; charset=utf-8';
const CHECKPOINT = /^\/([0-9a-f]{64})\/checkpoint$/;

/**
 * The HTTP side of a witness (C2SP tlog-witness): POST /add-checkpoint, GET /<origin hash>/checkpoint, and GET / for people. Submission and monitoring
 * prefix are the same, and the caller listens. TLS is for what stands before it.
 */
export function createWitnessServer(witness: Witness, tell: Tell, clock: () => Date = () => new Date()): Server {
  const server = createServer({
    requestTimeout: 20_000,
    headersTimeout: 10_000,
    keepAliveTimeout: 65_000,
    connectionsCheckingInterval: 5_000,
  });
  server.maxConnections = 512;
  server.on('request', (request, response) => {
    respond(witness, tell, clock, request, response).catch((error: unknown) => {
      // Its own fault (a disk that is full, a memory that is damaged): nothing was cosigned, and nothing is said of it outside.
      if (!response.destroyed) tell(`could not answer: ${(error as Error).message}`);
      if (response.headersSent) response.destroy();
      else send(response, { status: 500, type: TEXT, body: 'The witness could not answer.\n', headers: { connection: 'close' } });
    });
  });
  return server;
}

async function respond(witness: Witness, tell: Tell, clock: () => Date, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = (request.url ?? '').replace(/\?.*$/, '');
  if (path === '/add-checkpoint') {
    if (request.method !== 'POST') return send(response, methodRefused('POST'));
    const body = await readBody(request);
    if (body === null) return send(response, { ...text(413, 'The request is too large.'), headers: { connection: 'close' } });
    const cosigned = await cosignCheckpoint(witness, body, clock());
    if (cosigned.status === 200) tell(`cosigned a checkpoint of ${cosigned.size} entries`);
    else if (cosigned.status === 422) tell(`refused a checkpoint that a trusted key has signed: ${cosigned.say}`);
    return send(response, answerOf(cosigned));
  }
  const wanted = CHECKPOINT.exec(path);
  if (path !== '/' && wanted === null) return send(response, text(404, 'There is nothing here.'));
  if (request.method !== 'GET' && request.method !== 'HEAD') return send(response, methodRefused('GET, HEAD'));
  send(response, wanted === null ? describe(witness) : newest(witness, wanted[1]), request.method === 'HEAD');
}

function answerOf(cosigned: Cosigned): Answer {
  if (cosigned.status === 200) return { status: 200, type: TEXT, body: cosigned.lines };
  // The content type exactly as the protocol has it: clients compare it.
  if (cosigned.status === 409) return { status: 409, type: 'text/x.tlog.size', body: `${cosigned.size}\n` };
  return text(cosigned.status, cosigned.say);
}

/** Its name, its keys and what it holds: what an auditor compares, and what a log's administrator enters. */
function describe({ name, vkeys, logs, memory }: Witness): Answer {
  const held = [...logs.keys()].map((origin) => {
    const last = memory.read(origin);
    return {
      origin,
      checkpoint: `/${originHash(origin)}/checkpoint`,
      size: last === null ? null : String(last.size),
      root: last === null ? null : toHex(last.root),
      cosigned_at: last === null ? null : new Date(Number(last.timestamp) * 1000).toISOString(),
    };
  });
  return { status: 200, type: JSON_TYPE, body: `${JSON.stringify({ name, vkeys, logs: held }, null, 2)}\n` };
}

function newest({ logs, memory }: Witness, hash: string): Answer {
  const origin = [...logs.keys()].find((one) => originHash(one) === hash);
  const last = origin === undefined ? null : memory.read(origin);
  return last === null ? text(404, 'No checkpoint of that log was cosigned here.') : { status: 200, type: TEXT, body: last.note };
}

function originHash(origin: string): string {
  return createHash('sha256').update(origin).digest('hex');
}

/** null above the limit; what follows is not read. */
async function readBody(request: IncomingMessage): Promise<Buffer | null> {
  if (Number(request.headers['content-length'] ?? 0) > MAX_REQUEST_BYTES) return null;
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += piece.length;
    if (bytes > MAX_REQUEST_BYTES) return null;
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

function text(status: number, say: string): Answer {
  return { status, type: TEXT, body: `${say}\n` };
}

function methodRefused(allow: string): Answer {
  return { ...text(405, `Only ${allow} is answered here.`), headers: { allow } };
}

function send(response: ServerResponse, { status, type, body, headers }: Answer, headOnly = false): void {
  response.writeHead(status, {
    'content-type': type,
    'content-length': String(Buffer.byteLength(body)),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...headers,
  });
  response.end(headOnly ? undefined : body);
}
