import type { ErrorCode } from '../../schema/errors';
import { AuditError } from './audit-error';
import type { Receipt } from './record';
import { isRetryable, parseRetryAfter } from './retry-delay';

export interface Endpoint {
  /** Full address of `POST /api/v1/records`. */
  address: string;
  key: string;
  /** Bodies of at least this many bytes are sent gzipped. */
  gzipFrom: number;
  requestTimeoutMs: number;
  fetch: typeof fetch;
}

/** One record's fate, in the order of the batch. */
export type ItemAnswer =
  | { kind: 'receipt'; receipt: Receipt }
  | { kind: 'refused'; error: AuditError }
  | { kind: 'retry'; error: AuditError };

export type BatchAnswer =
  | { kind: 'items'; items: ItemAnswer[] }
  /** The whole request was refused and a repeat of it would be refused again. */
  | { kind: 'refused'; error: AuditError }
  | { kind: 'retry'; error: AuditError; retryAfterMs: number | null };

/**
 * Sends one batch once. Never throws: whatever happens on the way is an answer.
 * @param ids the records' ids, to see that the answer speaks of what was sent
 * @param json the records as a JSON array
 */
export async function postBatch(endpoint: Endpoint, ids: readonly string[], json: string, abort: AbortSignal): Promise<BatchAnswer> {
  // One controller a request: signals combined with AbortSignal.any pile up on a long-lived one in Node 20.
  const request = new AbortController();
  const stop = () => request.abort(abort.reason);
  const timer = setTimeout(() => request.abort(new Error(`no answer within ${endpoint.requestTimeoutMs} ms`)), endpoint.requestTimeoutMs);
  abort.addEventListener('abort', stop, { once: true });
  try {
    const response = await send(endpoint, json, request.signal);
    if (response.status === 0 || (response.status >= 300 && response.status < 400)) {
      await response.body?.cancel();
      return { kind: 'refused', error: new AuditError('redirected', undefined, { status: response.status }) };
    }
    if (response.ok) return readItems(await response.json(), ids);
    const error = await readProblem(response);
    if (!isRetryable(response.status)) return { kind: 'refused', error };
    return { kind: 'retry', error, retryAfterMs: parseRetryAfter(response.headers.get('retry-after'), Date.now()) };
  } catch (cause) {
    // A dropped connection says nothing about whether the ledger has the records: the same ids make a repeat harmless.
    return { kind: 'retry', error: new AuditError('undelivered', undefined, { cause }), retryAfterMs: null };
  } finally {
    clearTimeout(timer);
    abort.removeEventListener('abort', stop);
  }
}

async function send(endpoint: Endpoint, json: string, signal: AbortSignal): Promise<Response> {
  const headers: Record<string, string> = {
    authorization: `Bearer ${endpoint.key}`,
    'content-type': 'application/json',
    'user-agent': 'holdfast-sdk/0.1.0',
    'x-holdfast-channel': 'sdk',
  };
  let body: Uint8Array<ArrayBuffer> = new TextEncoder().encode(json);
  if (body.length >= endpoint.gzipFrom) {
    body = await gzip(body);
    headers['content-encoding'] = 'gzip';
  }
  // Not followed: a redirect must not carry the key to another host.
  return endpoint.fetch(endpoint.address, { method: 'POST', headers, body, redirect: 'manual', signal });
}

async function gzip(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream('gzip'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

function readItems(answer: unknown, ids: readonly string[]): BatchAnswer {
  const items = isObject(answer) && Array.isArray(answer.items) ? answer.items : null;
  if (items === null || items.length !== ids.length) return badAnswer();
  const read: ItemAnswer[] = [];
  for (const [index, item] of items.entries()) {
    if (!isObject(item) || typeof item.status !== 'number') return badAnswer();
    if (item.status === 200 || item.status === 201) {
      if (typeof item.id !== 'string' || item.id.toLowerCase() !== ids[index]?.toLowerCase()) return badAnswer();
      const { status, index: _, ...receipt } = item;
      read.push({ kind: 'receipt', receipt: { ...receipt, duplicate: status === 200 } as Receipt });
    } else {
      const error = problemError(item, item.status);
      read.push({ kind: isRetryable(item.status) ? 'retry' : 'refused', error });
    }
  }
  return { kind: 'items', items: read };
}

/** A 200 from something else (a captive portal, a proxy's page): worth trying again, since it may go away. */
function badAnswer(): BatchAnswer {
  return { kind: 'retry', error: new AuditError('bad_answer'), retryAfterMs: null };
}

export async function readProblem(response: Response): Promise<AuditError> {
  const text = await response.text();
  let problem: unknown = null;
  try {
    problem = JSON.parse(text);
  } catch {
    // A proxy's own error page; the status has to do.
  }
  return problemError(isObject(problem) ? problem : {}, response.status);
}

/** @see RFC 9457: `code`, `pointer` and `request_id` are our extension members. */
function problemError(problem: Record<string, unknown>, status: number): AuditError {
  const known = typeof problem.code === 'string';
  const detail = typeof problem.detail === 'string' ? problem.detail : typeof problem.title === 'string' ? problem.title : undefined;
  return new AuditError(known ? (problem.code as ErrorCode) : 'refused', detail ?? (known ? undefined : `HTTP ${status}`), {
    status,
    ...(typeof problem.pointer === 'string' ? { pointer: problem.pointer } : {}),
    ...(typeof problem.request_id === 'string' ? { requestId: problem.request_id } : {}),
  });
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
