import { createHash, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** How one request is answered otherwise than well. */
export type Misdeed =
  /** Answered with that status, nothing done. */
  | { status: number }
  /** Done, and the connection cut before the answer. */
  | { loseAnswer: true }
  /** Nothing done, the connection cut. */
  | { cut: true }
  /** No answer until the client goes away. */
  | { hang: true }
  /** A body of so many bytes: as if that were all (200, its length agrees), or cut off on the way. */
  | { bytes: number; cutOff: boolean }
  /** Other bytes of the same length. */
  | { garble: true }
  /** Put without a lock, with one that its owner can lift, or that ends early; all without a word. */
  | { lock: 'none' | 'GOVERNANCE' | 'short' };

export interface Asked {
  method: string;
  /** Without the bucket. */
  key: string;
  query: URLSearchParams;
  headers: IncomingMessage['headers'];
}

interface Version {
  id: string;
  marker: boolean;
  bytes: Buffer;
  meta: Record<string, string>;
  mode: string | null;
  until: string | null;
  hold: boolean;
}

export interface FaultyS3 {
  endpoint: string;
  asked: Asked[];
  /** Asked before each request; null for a good answer. */
  misbehave: (asked: Asked) => Misdeed | null;
  versioning: 'Enabled' | 'Suspended' | null;
  objectLock: boolean;
  versions: Map<string, Version[]>;
  /** As somebody who empties the bucket does: the newest is a marker, the locked version stays. */
  markDeleted(key: string): void;
  close(): Promise<void>;
}

/** As much of S3 as an archive asks of it, well behaved until it is told otherwise. Any bucket, path-style addresses. */
export async function startFaultyS3(): Promise<FaultyS3> {
  const versions = new Map<string, Version[]>();
  const s3: FaultyS3 = {
    endpoint: '',
    asked: [],
    misbehave: () => null,
    versioning: 'Enabled',
    objectLock: true,
    versions,
    markDeleted: (key) => void versions.get(key)?.push(newVersion({ marker: true })),
    close: () => {
      server.closeAllConnections();
      return new Promise((done) => server.close(() => done()));
    },
  };
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const url = new URL(request.url ?? '/', 'http://stub');
    const key = decodeURIComponent(url.pathname.split('/').slice(2).join('/'));
    const asked: Asked = { method: request.method ?? '', key, query: url.searchParams, headers: request.headers };
    s3.asked.push(asked);
    const misdeed = s3.misbehave(asked);
    if (misdeed !== null && 'hang' in misdeed) return;
    if (misdeed !== null && 'cut' in misdeed) return void request.socket.destroy();
    if (misdeed !== null && 'status' in misdeed) return void fail(response, misdeed.status, CODES[misdeed.status] ?? 'InternalError');
    const answer = misdeed !== null && 'loseAnswer' in misdeed ? null : response;
    handle(s3, asked, Buffer.concat(chunks), answer, misdeed ?? {});
    if (answer === null) request.socket.destroy();
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  s3.endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return s3;
}

const CODES: Record<number, string> = { 409: 'OperationAborted', 503: 'SlowDown' };

function newVersion(over: Partial<Version>): Version {
  return { id: randomUUID(), marker: false, bytes: Buffer.alloc(0), meta: {}, mode: null, until: null, hold: false, ...over };
}

function handle(
  s3: FaultyS3,
  { method, key, query, headers }: Asked,
  body: Buffer,
  response: ServerResponse | null,
  misdeed: Partial<Misdeed>,
): void {
  const end = (status: number, head: Record<string, string> = {}, data?: string | Buffer) => response?.writeHead(status, head).end(data);
  const xml = (text: string) => end(200, { 'content-type': 'application/xml' }, text);
  const of = s3.versions.get(key) ?? [];
  if (key === '') {
    if (query.has('versioning'))
      return void xml(
        `<VersioningConfiguration>${s3.versioning === null ? '' : `<Status>${s3.versioning}</Status>`}</VersioningConfiguration>`,
      );
    if (query.has('object-lock')) {
      if (s3.objectLock)
        return void xml('<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled></ObjectLockConfiguration>');
      return void (response && fail(response, 404, 'ObjectLockConfigurationNotFoundError'));
    }
    if (query.has('versions')) {
      const all = [...s3.versions].filter(([name]) => name.startsWith(query.get('prefix') ?? '')).sort(([a], [b]) => (a < b ? -1 : 1));
      const lines = all.flatMap(([name, list]) =>
        list.filter((one) => !one.marker).map((one) => `<Version><Key>${name}</Key><VersionId>${one.id}</VersionId></Version>`),
      );
      return void xml(`<ListVersionsResult><IsTruncated>false</IsTruncated>${lines.join('')}</ListVersionsResult>`);
    }
    return void end(200);
  }
  if (method === 'PUT' && query.has('legal-hold')) {
    const found = of.find((one) => one.id === query.get('versionId'));
    if (found === undefined) return void (response && fail(response, 404, 'NoSuchVersion'));
    found.hold = body.toString().includes('<Status>ON</Status>');
    return void end(200);
  }
  if (method === 'PUT' && query.has('retention')) {
    const found = of.find((one) => one.id === query.get('versionId'));
    const until = /<RetainUntilDate>([^<]*)</.exec(body.toString())?.[1] ?? '';
    if (found === undefined) return void (response && fail(response, 404, 'NoSuchVersion'));
    if (found.until !== null && Date.parse(until) < Date.parse(found.until)) return void (response && fail(response, 403, 'AccessDenied'));
    Object.assign(found, { mode: 'COMPLIANCE', until });
    return void end(200);
  }
  if (method === 'PUT') {
    const lock = 'lock' in misdeed ? misdeed.lock : null;
    const asked = headers['x-amz-object-lock-retain-until-date'] as string | undefined;
    const until = lock === 'short' ? new Date(Date.parse(asked ?? '') - 86_400_000).toISOString() : (asked ?? null);
    const made = newVersion({
      bytes: body,
      meta: Object.fromEntries(
        Object.entries(headers).flatMap(([name, value]) => (name.startsWith('x-amz-meta-') ? [[name, String(value)]] : [])),
      ),
      mode: lock === 'none' ? null : lock === 'GOVERNANCE' ? 'GOVERNANCE' : ((headers['x-amz-object-lock-mode'] as string) ?? null),
      until: lock === 'none' ? null : until,
      ...(s3.versioning === 'Enabled' ? {} : { id: 'null' }),
    });
    s3.versions.set(key, [...of, made]);
    return void end(200, { etag: etag(body), ...(s3.versioning === 'Enabled' ? { 'x-amz-version-id': made.id } : {}) });
  }
  const wanted = query.get('versionId');
  const found = wanted === null ? of.at(-1) : of.find((one) => one.id === wanted);
  if (found === undefined || found.marker) return void (response && fail(response, 404, wanted === null ? 'NoSuchKey' : 'NoSuchVersion'));
  if (method === 'DELETE') {
    if (found.hold || (found.until !== null && Date.parse(found.until) > Date.now()))
      return void (response && fail(response, 403, 'AccessDenied'));
    s3.versions.set(
      key,
      of.filter((one) => one !== found),
    );
    return void end(204);
  }
  let bytes = found.bytes;
  if ('garble' in misdeed) bytes = Buffer.from(bytes.map((byte, i) => (i === bytes.length >> 1 ? byte ^ 1 : byte)));
  const short = 'bytes' in misdeed ? ((misdeed as { bytes: number }).bytes ?? null) : null;
  const cutOff = short !== null && (misdeed as { cutOff: boolean }).cutOff;
  if (short !== null && !cutOff) bytes = bytes.subarray(0, short);
  const head = {
    etag: etag(found.bytes),
    'content-length': String(bytes.length),
    'x-amz-version-id': found.id,
    ...found.meta,
    ...(found.mode === null ? {} : { 'x-amz-object-lock-mode': found.mode }),
    ...(found.until === null ? {} : { 'x-amz-object-lock-retain-until-date': new Date(found.until).toISOString() }),
    ...(found.hold ? { 'x-amz-object-lock-legal-hold': 'ON' } : {}),
  };
  if (method === 'HEAD') return void end(200, head);
  if (!cutOff) return void end(200, head, bytes);
  response?.writeHead(200, head);
  response?.write(bytes.subarray(0, short!), () => response.socket?.destroy());
}

function fail(response: ServerResponse, status: number, code: string): void {
  response.writeHead(status, { 'content-type': 'application/xml' }).end(`<Error><Code>${code}</Code><Message>no</Message></Error>`);
}

function etag(bytes: Buffer): string {
  return `"${createHash('md5').update(bytes).digest('hex')}"`;
}
