import 'server-only';
import type * as z from 'zod/mini';
import type { JsonFault } from '@/lib/chain/read-json';
import { readJson } from '@/lib/chain/read-json';
import { RefusalError } from '@/lib/schema/errors';

const LIMIT = 65_536;
/** Bytes of a body that is too large that are read all the same: whoever is still writing would otherwise lose the answer with the connection. */
const PASSED_OVER = 16 * 1024 * 1024;

/**
 * A small JSON body, read as strictly as records are, then parsed.
 * @throws RefusalError that names the first fault and its pointer.
 */
export async function readJsonBody<T>(request: Request, shape: z.ZodMiniType<T>, limit = LIMIT): Promise<T> {
  const [type = '', ...parameters] = (request.headers.get('content-type') ?? '').toLowerCase().split(';');
  if (type.trim() !== 'application/json') throw new RefusalError('content_type_unsupported');
  const charset = parameters.map((p) => p.trim()).find((p) => p.startsWith('charset='));
  if (charset !== undefined && charset !== 'charset=utf-8') throw new RefusalError('charset_unsupported');
  const bytes = await readLimited(request, limit);
  if (bytes.length === 0) throw new RefusalError('body_empty');
  const result = shape.safeParse(readStrict(bytes), { reportInput: true });
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  const path = issue.code === 'unrecognized_keys' ? [...issue.path, ...issue.keys.slice(0, 1)] : issue.path;
  throw new RefusalError(
    codeOf(issue),
    undefined,
    path.map((step) => `/${String(step).replace(/~/g, '~0').replace(/\//g, '~1')}`).join(''),
  );
}

function readStrict(bytes: Uint8Array): unknown {
  try {
    return readJson(bytes);
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'JsonFault') throw error;
    const fault = error as JsonFault;
    throw new RefusalError(fault.code, undefined, fault.pointer);
  }
}

async function readLimited(request: Request, limit: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of request.body ?? []) {
    size += part.length;
    if (size <= limit) parts.push(part);
    else if (size > limit + PASSED_OVER) break;
  }
  if (size > limit) throw new RefusalError('body_too_large');
  return Buffer.concat(parts);
}

function codeOf(issue: z.core.$ZodIssue): 'required' | 'unknown_field' | 'type_invalid' | 'enum' | 'too_long' | 'out_of_range' | 'format' {
  switch (issue.code) {
    case 'unrecognized_keys':
      return 'unknown_field';
    case 'invalid_type':
      return issue.input === undefined ? 'required' : 'type_invalid';
    case 'invalid_value':
      return issue.input === undefined ? 'required' : 'enum';
    case 'too_big':
      return issue.origin === 'string' || issue.origin === 'array' ? 'too_long' : 'out_of_range';
    case 'too_small':
      return 'out_of_range';
    default:
      return 'format';
  }
}
