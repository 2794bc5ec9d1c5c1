import 'server-only';
import { randomUUID } from 'node:crypto';
import type { Readable } from 'node:stream';
import { authenticateKey, type KeyIdentity } from '@/lib/auth/authenticate-key';
import { log } from '@/lib/log';
import { isRefusal, RefusalError, toProblem } from '@/lib/schema/errors';
import { type BodyRoom, bodyRoom } from './body-room';
import { readBody, readBodyForm } from './read-body';
import { receiveRecords } from './receive-records';
import { reportRefusal } from './report-refusal';

/** A request as both doors see it: the plain listener and Next's route. */
export interface IngestRequest {
  header(name: 'authorization' | 'content-type' | 'content-encoding' | 'x-holdfast-channel'): string | undefined;
  /** How many Authorization headers were sent; more than one is refused, since a proxy may have judged another of them. */
  authorizations: number;
  query: URLSearchParams;
  body: Readable;
  address: string | null;
  /** How long a sender may stall, in milliseconds; for tests. */
  bodyPatienceMs?: number;
}

export interface HttpAnswer {
  status: number;
  headers: Record<string, string>;
  body: string;
}

/** POST /api/v1/records. Never throws: what goes wrong is an answer. */
export async function answerIngest(request: IngestRequest): Promise<HttpAnswer> {
  const requestId = randomUUID();
  let key: KeyIdentity | null = null;
  let room: BodyRoom | null = null;
  try {
    if (request.authorizations > 1) throw new RefusalError('bad_request', 'Exactly one Authorization header is allowed.');
    key = await authenticateKey(request.header('authorization'));
    if (key === null) {
      const missing = request.header('authorization') === undefined;
      throw new RefusalError(
        'unauthenticated',
        missing ? 'An ingest key is required: Authorization: Bearer hf_…' : 'The key is not valid.',
      );
    }
    if (key.kind !== 'ingest') throw new RefusalError('forbidden', 'This key reads; records are sent with an ingest key.');
    const atomic = readAtomic(request.query);
    const form = readBodyForm(request.header('content-type'), request.header('content-encoding'));
    room = bodyRoom(key.keyId);
    const bytes = await readBody(request.body, form, room, request.bodyPatienceMs);
    const channel = request.header('x-holdfast-channel') === 'sdk' ? 'sdk' : 'api';
    const { status, body, refusals } = await receiveRecords(bytes, { key, ndjson: form.ndjson, atomic, channel, requestId });
    for (const code of refusals) reportRefusal({ code, key, address: request.address });
    return {
      status,
      headers: { 'Content-Type': status < 300 ? 'application/json' : 'application/problem+json', 'X-Request-Id': requestId },
      body: JSON.stringify(body),
    };
  } catch (error) {
    if (!isRefusal(error)) log.error({ err: error, request_id: requestId }, 'ingest failed');
    const code = isRefusal(error) ? error.code : 'internal';
    const problem = toProblem(
      isRefusal(error) ? { code, detail: error.message, ...(error.pointer === undefined ? {} : { pointer: error.pointer }) } : { code },
      requestId,
    );
    reportRefusal({ code, key, address: request.address });
    return {
      status: problem.status,
      headers: { 'Content-Type': 'application/problem+json', 'X-Request-Id': requestId, ...extra(problem.status, error) },
      body: JSON.stringify(problem),
    };
  } finally {
    room?.release();
  }
}

function readAtomic(query: URLSearchParams): boolean {
  const value = query.get('atomic') ?? 'false';
  if (value !== 'true' && value !== 'false') throw new RefusalError('bad_request', 'atomic must be true or false.');
  return value === 'true';
}

/** Retry-After stays at a few seconds: OpenTelemetry's exporters give up on long ones. */
function extra(status: number, error: unknown): Record<string, string> {
  if (status === 401) return { 'WWW-Authenticate': 'Bearer realm="holdfast"' };
  if (status === 429 || status === 503)
    return { 'Retry-After': String((error as { retryAfter?: number }).retryAfter ?? 1 + Math.floor(Math.random() * 3)) };
  // Nobody knows when the rest of that body will come: the connection cannot be used again.
  if (status === 408) return { Connection: 'close' };
  return {};
}
