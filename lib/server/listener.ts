import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { runWithStatus } from '@/lib/access-log/request-status';
import { countAuthorization } from '@/lib/auth/authenticate-key';
import { addressOf } from '@/lib/auth/client-address';
import { pool } from '@/lib/db';
import { answerIngest } from '@/lib/ingest/answer-request';
import { type ErrorCode, toProblem } from '@/lib/schema/errors';

type Pages = (request: IncomingMessage, response: ServerResponse) => Promise<void> | void;

const INGEST = '/api/v1/records';

interface ListenerOptions {
  /** How long a sender may stall within a body, in milliseconds. */
  bodyPatienceMs?: number;
  /** False where this process never serves pages. */
  pages?: boolean;
}

/**
 * The process's one door. Ingest is taken here, before Next, which costs about a millisecond of CPU a request where this takes a tenth; the route
 * file calls the same code, for `next dev` and hosts that run no process of ours.
 */
export function createListener(options: ListenerOptions = {}): { server: Server; servePages(pages: Pages): void } {
  let pages: Pages | null = null;
  const server = createServer({ requestTimeout: 60_000, headersTimeout: 15_000, keepAliveTimeout: 65_000 }, (request, response) => {
    const url = request.url ?? '/';
    if (request.method === 'POST' && isIngest(url)) ingest(server, request, response, url, options);
    else if (url === '/api/health') health(response);
    else if (options.pages === false) refuse(response, 'not_found', 'This process takes records only; the pages are served by another.');
    else if (pages === null) refuse(response, 'store_busy', 'Holdfast is starting; the pages are not ready yet.');
    else if (!isReadable(url)) refuse(response, 'bad_request', 'The percent-encoding of the address is broken.');
    else {
      if (url.startsWith('/api/')) explainMethod(response);
      endWithBody(request, response);
      runWithStatus(response, () => pages!(request, response));
    }
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => answerBrokenRequest(error, socket as Socket));
  return {
    server,
    servePages(handler) {
      pages = handler;
    },
  };
}

/**
 * Every spelling of the address is meant: `/api/v1/./records` would reach the route through Next, which cuts a body off at 10 MB and says nothing of it
 * to whoever reads the rest.
 */
function isIngest(url: string): boolean {
  if (url === INGEST || url.startsWith(`${INGEST}?`)) return true;
  const whole = url.startsWith('/') ? `http://here${url}` : url;
  return URL.canParse(whole) && new URL(whole).pathname === INGEST;
}

/** Next answers an address that cannot be decoded with a bare 500. */
function isReadable(url: string): boolean {
  try {
    decodeURIComponent(url.split('?', 1)[0]!);
    return true;
  } catch {
    return false;
  }
}

async function ingest(
  server: Server,
  request: IncomingMessage,
  response: ServerResponse,
  url: string,
  options: ListenerOptions,
): Promise<void> {
  const question = url.indexOf('?');
  const answer = await answerIngest({
    header: (name) => request.headers[name] as string | undefined,
    authorizations: countAuthorization(request.rawHeaders),
    query: new URLSearchParams(question === -1 ? '' : url.slice(question)),
    body: request,
    address: addressOf(request.headers['x-forwarded-for']?.toString(), request.socket.remoteAddress),
    ...options,
  });
  if (response.destroyed) return;
  response.writeHead(answer.status, {
    ...answer.headers,
    'Content-Length': Buffer.byteLength(answer.body),
    'Cache-Control': 'private, no-store',
    'X-Content-Type-Options': 'nosniff',
    // While the process stops, an answer ends its connection: the sender goes on elsewhere, and nothing is cut off in the middle.
    ...(server.listening ? {} : { Connection: 'close' }),
  });
  response.end(answer.body);
  if (!request.complete) passOver(request);
}

const REST_BYTES = 64 * 1024 * 1024;
const REST_MS = 5_000;

/**
 * What is left of a body that was refused early. To close at once would reset the connection under a sender that is still writing, and the
 * answer would be lost with it; to read for ever would be worse.
 */
function passOver(request: IncomingMessage): void {
  let left = REST_BYTES;
  const timer = setTimeout(() => request.destroy(), REST_MS);
  request.on('data', (chunk: Buffer) => {
    left -= chunk.length;
    if (left < 0) request.destroy();
  });
  request.once('close', () => clearTimeout(timer));
  request.resume();
}

/**
 * An answer that comes before its request was read to the end is the last of its connection: Next leaves the rest of the body where it is, and the next
 * request would wait behind it for ever.
 */
function endWithBody(request: IncomingMessage, response: ServerResponse): void {
  const writeHead = response.writeHead;
  response.writeHead = ((...sent: unknown[]) => {
    response.writeHead = writeHead;
    if (!request.complete) response.shouldKeepAlive = false;
    return Reflect.apply(writeHead, response, sent);
  }) as typeof response.writeHead;
}

/** Next answers a method that a route does not have with 405 and nothing; here it says so like every other refusal. */
function explainMethod(response: ServerResponse): void {
  const end = response.end;
  response.end = ((...sent: unknown[]) => {
    response.end = end;
    if (response.statusCode !== 405 || response.headersSent) return Reflect.apply(end, response, sent);
    response.setHeader('Content-Type', 'application/problem+json');
    response.setHeader('Cache-Control', 'private, no-store');
    return response.end(JSON.stringify(toProblem({ code: 'method_not_allowed' }, '')));
  }) as typeof response.end;
}

/** For a load balancer: 200 while records can be stored. */
async function health(response: ServerResponse): Promise<void> {
  const ok = await pool('ingest')
    .query('SELECT 1')
    .then(
      () => true,
      () => false,
    );
  response.writeHead(ok ? 200 : 503, {
    'Content-Type': 'application/json',
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    ...(ok ? {} : { 'Retry-After': '2' }),
  });
  response.end(JSON.stringify({ status: ok ? 'ok' : 'database unreachable' }));
}

function refuse(response: ServerResponse, code: ErrorCode, detail: string): void {
  const problem = toProblem({ code, detail }, '');
  response.writeHead(problem.status, {
    'Content-Type': 'application/problem+json',
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    ...(problem.status === 503 ? { 'Retry-After': '2' } : {}),
  });
  response.end(JSON.stringify(problem));
}

/** What Node's parser refuses (two framings at once, broken headers) or gives up waiting for still gets a problem that says so. */
function answerBrokenRequest(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const late = error.code === 'ERR_HTTP_REQUEST_TIMEOUT';
  const large = error.code === 'HPE_HEADER_OVERFLOW';
  const problem = toProblem(
    late
      ? { code: 'request_timeout' }
      : {
          code: 'bad_request',
          detail: large ? 'The headers are too large.' : 'The request could not be parsed: conflicting framing headers or malformed HTTP.',
        },
    '',
  );
  const body = JSON.stringify(problem);
  socket.end(
    `HTTP/1.1 ${problem.status} ${problem.code}\r\nContent-Type: application/problem+json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}
