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

/** The status that the answer under way gets, whatever the framework says. Takes effect unless the head has left already; outside a request it does nothing. */
export function overrideStatus(status: number, headers: Record<string, string> = {}): void {
  const context = requestContext.getStore();
  if (context !== undefined && !context.response.headersSent) context.override = { status, headers };
}
