import 'server-only';
import { AsyncLocalStorage } from 'node:async_hooks';
import type { ServerResponse } from 'node:http';

/**
 * What the listener knows about a request and Next does not hand on: the socket, and the answer before its head is written.
 * On globalThis, because the listener and Next's bundles load this module apart.
 */
export interface RequestContext {
  response: ServerResponse;
  override?: { status: number; headers: Record<string, string> };
}

const holder = globalThis as typeof globalThis & { __holdfastRequest?: AsyncLocalStorage<RequestContext> };
holder.__holdfastRequest ??= new AsyncLocalStorage<RequestContext>();

export const requestContext: AsyncLocalStorage<RequestContext> = holder.__holdfastRequest;
