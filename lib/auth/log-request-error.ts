import 'server-only';
import { log } from '@/lib/log';
import { isRefusal } from '@/lib/schema/errors';

/** Where an error came up, as Next tells it: the pattern of the route, never the address, which can hold one-time links and filters. */
export interface FailedRequest {
  route: string;
  method: string;
  /** page, route handler, proxy … */
  kind: string;
}

/**
 * What a page threw. A refusal (403, 404, 503) is an answer, recorded in the access ledger and told to the reader: one line for those who debug. Anything
 * else is a bug, with its stack and the reference that the reader is shown.
 */
export function logRequestError(error: unknown, { route, method, kind }: FailedRequest): void {
  if (isRefusal(error)) {
    log.debug({ code: error.code, route, method }, 'a page was refused');
    return;
  }
  const reference = (error as { digest?: unknown } | null)?.digest;
  const err = error instanceof Error ? error : new Error(String(error));
  log.error({ err, route, method, kind, ...(typeof reference === 'string' ? { reference } : {}) }, 'a page failed');
}
