import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a store says of an object that it was given. */
export interface StoreManners {
  versionId: string | null;
  /** What HEAD shows; null for no lock. */
  mode: string | null;
  /** Milliseconds by which its retain-until differs from what was asked. */
  retainShift: number;
  /** What GET gives in place of the body. */
  body: Buffer | null;
  /** What is answered in place of everything. */
  status: number | null;
}

export const GOOD_MANNERS: StoreManners = { versionId: 'v1', mode: 'COMPLIANCE', retainShift: 0, body: null, status: null };

export interface FakeStore {
  endpoint: string;
  manners: StoreManners;
  /** `PUT /bucket/key` and so on. */
  asked: { what: string; headers: Record<string, string | string[] | undefined> }[];
  close(): Promise<void>;
}

/** As much of S3 as it takes to be lied to: one object at a time, and of its lock it says what it is told to say. */
export async function startFakeStore(): Promise<FakeStore> {
  let held = Buffer.alloc(0);
  let until = new Date(0);
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    store.asked.push({ what: `${request.method} ${request.url}`, headers: request.headers });
    const { versionId, mode, retainShift, body, status } = store.manners;
    if (status !== null)
      return void response.writeHead(status, { 'content-type': 'application/xml' }).end('<Error><Code>SlowDown</Code></Error>');
    if (request.method === 'PUT') {
      held = Buffer.concat(chunks);
      until = new Date(String(request.headers['x-amz-object-lock-retain-until-date']));
      return void response.writeHead(200, versionId === null ? {} : { 'x-amz-version-id': versionId }).end();
    }
    const given = body ?? held;
    response.writeHead(200, {
      etag: `"${createHash('md5').update(given).digest('hex')}"`,
      'content-length': String(given.length),
      ...(mode === null
        ? {}
        : {
            'x-amz-object-lock-mode': mode,
            'x-amz-object-lock-retain-until-date': new Date(until.getTime() + retainShift).toISOString(),
          }),
    });
    response.end(request.method === 'HEAD' ? undefined : given);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const store: FakeStore = {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    manners: { ...GOOD_MANNERS },
    asked: [],
    close: () => {
      server.closeAllConnections();
      return new Promise((done) => server.close(() => done()));
    },
  };
  return store;
}
