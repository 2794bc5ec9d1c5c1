import 'server-only';
import { randomUUID } from 'node:crypto';
import type * as z from 'zod/mini';
import { log } from '@/lib/log';
import type { Permission } from '@/lib/policy/permissions';
import { isRefusal, RefusalError, toProblem } from '@/lib/schema/errors';
import { authenticateKey, type KeyIdentity, soleAuthorization } from './authenticate-key';
import { isFromOwnPage } from './check-origin';
import { clientAddress } from './client-address';
import { isFromAnotherSite } from './foreign-visit';
import { readJsonBody } from './read-json-body';
import { readViewer } from './read-viewer';
import type { Viewer } from './viewer';
import { refuseAtDoor } from './watch-door';

/**
 * The one way in which a route answers: authenticate → origin → parse → use case → parse out. A route states its permission here, where the
 * test of all routes × all roles reads it; the use case enforces it on the ledger in question (lib/access-log), and records the refusal.
 */
export interface RouteSpec<B, A> {
  permission: Permission;
  /** Body of the request; a route without it reads none. */
  body?: z.ZodMiniType<B>;
  /** Bytes that the body may have, where 64 KiB are too few. */
  bodyLimit?: number;
  /** What the answer must look like; members that it does not name are left out. */
  answer?: z.ZodMiniType<A>;
  /** A page asks by itself, so that this is no sign of a person: it does not push back the idle limit. */
  background?: true;
  /** Read keys are refused: what is changed here belongs to a person. */
  sessionOnly?: true;
  /** What an agent's own key is given here; every other route refuses such keys. */
  agent?: (call: { key: KeyIdentity; params: Record<string, string> }) => Promise<unknown>;
}

export interface Call<B> {
  viewer: Viewer;
  body: B;
  params: Record<string, string>;
  query: URLSearchParams;
  request: Request;
}

/** A route without a signed-in person: one-time links, health. */
export interface PublicCall<B> extends Omit<Call<B>, 'viewer'> {
  address: string | null;
}

/** What a handler returns where 200 with JSON is not it. */
export class Answer {
  constructor(
    readonly status: number,
    readonly data: unknown,
    readonly headers: Record<string, string> = {},
  ) {}
}

export interface RouteHandler {
  (request: Request, context: { params: Promise<Record<string, string>> }): Promise<Response>;
  /** Read by the test of all routes × all roles. */
  readonly access: Permission | 'public';
}

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);

export function route<B = undefined, A = unknown>(spec: RouteSpec<B, A>, handle: (call: Call<B>) => Promise<unknown>): RouteHandler {
  return answering(spec.permission, spec, async (request, params) => {
    const key = spec.agent === undefined ? null : await authenticateKey(soleAuthorization(request.headers));
    if (spec.agent !== undefined && key?.kind === 'ingest') return spec.agent({ key, params });
    const viewer = await readViewer(request, { background: spec.background });
    if (viewer === null) throw new RefusalError('unauthenticated');
    const refusal = { viewer, address: viewer.address, permission: spec.permission, screen: screenOf(request, params) };
    if (viewer.keyId !== null && spec.sessionOnly === true) await refuseAtDoor({ ...refusal, code: 'forbidden' });
    // Another site can open an address of ours in the reader's browser, and what it shows would be recorded as their look.
    const own = SAFE.has(request.method) ? !isFromAnotherSite(request.headers) : isFromOwnPage(request.headers);
    if (viewer.keyId === null && !own) await refuseAtDoor({ ...refusal, code: 'origin_mismatch' });
    const body = (spec.body === undefined ? undefined : await readJsonBody(request, spec.body, spec.bodyLimit)) as B;
    return handle({ viewer, body, params, query: new URL(request.url).searchParams, request });
  });
}

/** For people who cannot sign in yet. Mutations must come from a page of ours all the same. */
export function publicRoute<B = undefined, A = unknown>(
  spec: Pick<RouteSpec<B, A>, 'body' | 'answer'>,
  handle: (call: PublicCall<B>) => Promise<unknown>,
): RouteHandler {
  return answering('public', spec, async (request, params) => {
    const address = clientAddress(request.headers);
    if (!SAFE.has(request.method) && !isFromOwnPage(request.headers))
      await refuseAtDoor({ code: 'origin_mismatch', viewer: null, address, permission: 'public', screen: screenOf(request, params) });
    const body = (spec.body === undefined ? undefined : await readJsonBody(request, spec.body)) as B;
    const query = new URL(request.url).searchParams;
    return handle({ body, params, query, request, address });
  });
}

/** `/api/v1/records/{id}`: what the parameters were is the client's to choose. */
function screenOf(request: Request, params: Record<string, string | string[]>): string {
  const names = new Map(Object.entries(params).flatMap(([name, value]) => [value].flat().map((one) => [one, name])));
  const segments = new URL(request.url).pathname.split('/');
  return segments
    .map((segment) => (names.has(decodeURIComponent(segment)) ? `{${names.get(decodeURIComponent(segment))}}` : segment))
    .join('/');
}

function answering(
  access: Permission | 'public',
  spec: { answer?: z.ZodMiniType },
  work: (request: Request, params: Record<string, string>) => Promise<unknown>,
): RouteHandler {
  const handler = async (request: Request, context: { params: Promise<Record<string, string>> }): Promise<Response> => {
    const requestId = randomUUID();
    try {
      const done = await work(request, await readParams(context));
      if (done instanceof Response) return done;
      const { status, data, headers } = done instanceof Answer ? done : new Answer(200, done);
      return json(status, spec.answer === undefined ? data : spec.answer.parse(data), { ...headers, 'X-Request-Id': requestId });
    } catch (error) {
      return refusalResponse(error, requestId);
    }
  };
  return Object.assign(handler, { access });
}

async function readParams(context: { params: Promise<Record<string, string>> }): Promise<Record<string, string>> {
  try {
    // An address without parameters has none at all.
    return (await context.params) ?? {};
  } catch {
    // A segment whose percent-encoding is broken names nothing.
    throw new RefusalError('not_found');
  }
}

const BUSY = 'Too much is being asked for at once. Ask again in a few seconds.';

/** All connections to the database were taken for longer than a reader waits: Prisma's code for transactions that go wrong, and what it says of one that was not begun. */
function isBusy(error: unknown): boolean {
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown };
  return code === 'P2028' && String(message).includes('Unable to start a transaction in the given time');
}

/** RFC 9457. What is not a refusal is a bug: it is logged with the id that the client is given, and told as nothing but that. */
export function refusalResponse(error: unknown, requestId: string): Response {
  const busy = isBusy(error);
  if (busy) log.warn({ err: error, request_id: requestId }, 'a request found no connection to the database in time');
  else if (!isRefusal(error)) log.error({ err: error, request_id: requestId }, 'a request failed');
  const refusal = busy
    ? { code: 'rate_limited' as const, detail: BUSY }
    : isRefusal(error)
      ? { code: error.code, detail: error.message, ...(error.pointer === undefined ? {} : { pointer: error.pointer }) }
      : { code: 'internal' as const };
  const problem = toProblem(refusal, requestId);
  const headers: Record<string, string> = { 'X-Request-Id': requestId };
  if (problem.status === 401) headers['WWW-Authenticate'] = 'Bearer realm="holdfast"';
  const wait = (error as { retryAfter?: unknown } | null)?.retryAfter;
  if (typeof wait === 'number') headers['Retry-After'] = String(Math.ceil(wait));
  else if (busy) headers['Retry-After'] = '2';
  else if (problem.status === 503) headers['Retry-After'] = '1';
  return json(problem.status, problem, headers, 'application/problem+json');
}

function json(status: number, data: unknown, headers: Record<string, string>, type = 'application/json'): Response {
  return new Response(JSON.stringify(data ?? null), {
    status,
    headers: {
      'Content-Type': `${type}; charset=utf-8`,
      'Cache-Control': 'private, no-store',
      'X-Content-Type-Options': 'nosniff',
      ...headers,
    },
  });
}
