import type { Instrumentation } from 'next';

/** Next itself prints nothing (`quiet` in lib/server/start.ts): every error of a request is logged here, once and like all others. */
export const onRequestError: Instrumentation.onRequestError = async (error, request, context) => {
  const { logRequestError } = await import('@/lib/auth/log-request-error');
  logRequestError(error, { route: context.routePath, method: request.method, kind: context.routeType });
};
