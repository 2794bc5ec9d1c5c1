import 'server-only';
import { promises as dns, type LookupAddress } from 'node:dns';
import http, { type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import https from 'node:https';
import { isIP } from 'node:net';
import { env } from '@/lib/env';
import { isPublicAddress } from './public-address';

/**
 * url_refused: no address that is asked for from here. address_refused: its host is not in the open Internet. unresolvable: its name has no address.
 * unreachable: no answer came over the connection. timeout, too_large: the limits of the request.
 */
export type OutboundFault = 'url_refused' | 'address_refused' | 'unresolvable' | 'unreachable' | 'timeout' | 'too_large';

/** Nothing came back. The message says what an administrator can do something with, and nothing that another host has sent. */
export class OutboundError extends Error {
  override readonly name = 'OutboundError';
  constructor(
    readonly code: OutboundFault,
    message: string,
  ) {
    super(message);
  }
}

export interface OutboundRequest {
  method: 'GET' | 'POST';
  headers?: Record<string, string>;
  body?: string | Uint8Array;
  /** Of the answer's body. */
  maxBytes: number;
  /** From the question for the name to the last byte. */
  timeoutMs: number;
}

/** Whatever the host answered, a redirect too: none is followed. */
export interface OutboundAnswer {
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

/** A connection is kept for the next request within seconds (C2SP tlog-witness, "HTTP Interface"), and was made to an address that was looked at. */
const KEEP = { keepAlive: true, timeout: 3_000, maxFreeSockets: 16 };
const agents = { 'http:': new http.Agent(KEEP), 'https:': new https.Agent(KEEP) };

/**
 * Asks a host outside, at an address that somebody entered. The name is resolved once, every address of it must be public, and the connection goes to what
 * was looked at: a name that answers otherwise the second time gains nothing. What OUTBOUND_ALLOW lists (host or host:port) may be private, and may be
 * asked without TLS.
 * @throws OutboundError
 */
export async function guardedFetch(address: string, request: OutboundRequest): Promise<OutboundAnswer> {
  const { url, allowed } = readAddress(address);
  const signal = AbortSignal.timeout(request.timeoutMs);
  try {
    const addresses = await unlessAborted(signal, resolve(url, allowed));
    return await send(url, addresses, request, signal);
  } catch (error) {
    if (error instanceof OutboundError) throw error;
    if (signal.aborted) throw new OutboundError('timeout', `${url.host} did not answer within ${request.timeoutMs / 1000} s.`);
    const code = (error as NodeJS.ErrnoException).code;
    throw new OutboundError('unreachable', `${url.host} could not be reached${code === undefined ? '' : ` (${code})`}.`);
  }
}

/**
 * Whether an address may be entered at all; its name is not resolved yet.
 * @throws OutboundError url_refused
 */
export function assertAddress(address: string): void {
  readAddress(address);
}

function readAddress(address: string): { url: URL; allowed: boolean } {
  const refuse = (why: string) => new OutboundError('url_refused', why);
  if (!URL.canParse(address)) throw refuse('This is no address of the form https://host/path.');
  const url = new URL(address);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw refuse('An address begins with https://.');
  if (url.username !== '' || url.password !== '') throw refuse('An address bears no user name and no password.');
  const allowed = isListed(url);
  if (url.protocol === 'http:' && !allowed)
    throw refuse('An address begins with https://; without TLS only hosts of OUTBOUND_ALLOW are asked.');
  return { url, allowed };
}

/** As the list spells it: `witness.internal`, `witness.internal:8080`, `127.0.0.1:8080`, `[::1]:8080`, `::1`. */
function isListed(url: URL): boolean {
  const port = url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port;
  const names = new Set([url.hostname, bare(url.hostname), `${url.hostname}:${port}`]);
  return env()
    .OUTBOUND_ALLOW.split(',')
    .some((entry) => names.has(entry.trim().toLowerCase()));
}

function bare(hostname: string): string {
  return hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
}

async function resolve(url: URL, allowed: boolean): Promise<LookupAddress[]> {
  const host = bare(url.hostname);
  const family = isIP(host);
  let addresses: LookupAddress[];
  try {
    addresses = family === 0 ? await dns.lookup(host, { all: true, verbatim: true }) : [{ address: host, family }];
  } catch (error) {
    throw new OutboundError('unresolvable', `${host} has no address (${(error as NodeJS.ErrnoException).code ?? 'unknown'}).`);
  }
  if (addresses.length === 0) throw new OutboundError('unresolvable', `${host} has no address.`);
  // A name with one private address beside public ones is refused whole: which of them is taken would be up to chance.
  if (!allowed && !addresses.every(({ address }) => isPublicAddress(address)))
    throw new OutboundError('address_refused', `${url.host} is not in the open Internet. Where that is meant, OUTBOUND_ALLOW lists it.`);
  return addresses;
}

function send(url: URL, addresses: LookupAddress[], request: OutboundRequest, signal: AbortSignal): Promise<OutboundAnswer> {
  const body = request.body === undefined ? undefined : Buffer.from(request.body as string);
  const secure = url.protocol === 'https:';
  const attempt = () =>
    new Promise<OutboundAnswer>((done, fail) => {
      const asking = (secure ? https : http).request(url, {
        method: request.method,
        agent: secure ? agents['https:'] : agents['http:'],
        signal,
        lookup: (_host, options, give) => (options.all ? give(null, addresses) : give(null, addresses[0].address, addresses[0].family)),
        headers: {
          'accept-encoding': 'identity',
          ...request.headers,
          ...(body === undefined ? {} : { 'content-length': String(body.length) }),
        },
      });
      asking.once('error', (error: NodeJS.ErrnoException) => {
        // A kept connection that the other side closed meanwhile: the request was not read.
        if (asking.reusedSocket && (error.code === 'ECONNRESET' || error.code === 'EPIPE')) fail(new StaleConnection());
        else fail(error);
      });
      asking.once('response', (answer) => readBody(answer, request.maxBytes, url.host).then(done, fail));
      asking.end(body);
    });
  return attempt().catch((error: unknown) => {
    if (error instanceof StaleConnection) return attempt();
    throw error;
  });
}

class StaleConnection extends Error {}

async function readBody(answer: IncomingMessage, maxBytes: number, host: string): Promise<OutboundAnswer> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of answer as AsyncIterable<Buffer>) {
    bytes += piece.length;
    if (bytes > maxBytes) {
      answer.destroy();
      throw new OutboundError('too_large', `${host} answered with more than ${maxBytes} bytes.`);
    }
    pieces.push(piece);
  }
  return { status: answer.statusCode ?? 0, headers: answer.headers, body: Buffer.concat(pieces) };
}

function unlessAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  return new Promise((done, fail) => {
    signal.addEventListener('abort', () => fail(signal.reason), { once: true });
    work.then(done, fail);
  });
}
