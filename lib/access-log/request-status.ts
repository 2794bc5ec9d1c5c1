import 'server-only';
import type { ServerResponse } from 'node:http';
import { type RequestContext, requestContext } from '@/lib/auth/request-context';

/**
 * Next answers 500 for whatever a page throws. A refusal has a status of its own, which a client and a monitor must see: it is noted here while the
 * page renders and put in when the head of the answer is written.
 */
export function runWithStatus<T>(response: ServerResponse, work: () => T): T {
  const context: RequestContext = { response };
  const writeHead = response.writeHead;
  // Every way of sending a head ends here, the implicit one of the first write too.
  response.writeHead = function (this: ServerResponse, ...sent: unknown[]) {
    response.writeHead = writeHead;
    if (context.override !== undefined) {
      sent[0] = context.override.status;
      if (typeof sent[1] === 'string') sent.splice(1, 1);
      for (const [name, value] of Object.entries(context.override.headers)) this.setHeader(name, value);
    }
    return Reflect.apply(writeHead, this, sent);
  } as typeof response.writeHead;
  return requestContext.run(context, work);
}
