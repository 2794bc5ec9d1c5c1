import { existsSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { closeDatabase, prisma } from '@/lib/db';
import { ERRORS } from '@/lib/schema/errors';
import { freshDatabase, type TestDatabase } from '@/lib/testing/fresh-database';
import { type IngestDoor, openIngestDoor } from '@/lib/testing/open-ingest-door';
import { closeAppenders } from '../ledger/append-records';

/**
 * Inputs as classes, with the status and code that each must get. The file was written for a format in which content is kept; here content is
 * refused until the vault exists, so it is taken out of each body where the case is not about it.
 */
const VECTORS = path.resolve('../shared/vectors/bad-inputs.json');
const present = existsSync(VECTORS);
if (!present) console.warn('skipped: ../shared/vectors/bad-inputs.json is not here');

interface Case {
  id: string;
  category: string;
  body?: string;
  body_base64?: string;
  body_template?: string;
  body_recipe?: string;
  unit?: string;
  times?: number;
  headers?: Record<string, string | string[] | null>;
  sequence?: string[];
  expect: { status: number; code: string; pointer?: string };
}
const file: { base_record: Record<string, unknown>; cases: Case[] } = present
  ? JSON.parse(readFileSync(VECTORS, 'utf8'))
  : { base_record: {}, cases: [] };

/** Cases that say something else here, and why. The decision is lib/decisions/004-ingest-limits.md. */
const ELSEWHERE: Record<string, string> = {
  'top-level-array': 'an array is a batch',
  'slow-body': 'has a test of its own, with a shorter patience',
  'transfer-encoding-and-content-length': 'has a test of its own, on a raw socket',
  'duplicate-authorization-headers': 'has a test of its own, on a raw socket',
  'rate-limit': 'has a test of its own',
  'pool-exhausted': 'has a test of its own',
  'prompt-over-limit': 'content comes with the vault',
  'append-to-sealed-conversation': 'conversations are not sealed: conversation_ended is a claim of the sender, not a lock',
  'append-to-shredded-conversation': 'shredding comes with the vault',
  'batch-501': 'a batch may have 1,000; 1,001 has a test of its own',
  'batch-empty': 'has a test of its own: one address takes single records and batches',
};

const CONTENT = /,?"content":\[\{"part":"prompt","text":"hello"\},\{"part":"response","text":"world"\}\]/;
const withoutContent = (text: string) => text.replace(CONTENT, '');

function bodyOf(c: Case): Buffer {
  if (c.body_template !== undefined)
    return Buffer.from(withoutContent(c.body_template).replace('{{X}}', (c.unit ?? '').repeat(c.times ?? 0)));
  if (c.body_base64 !== undefined) {
    const raw = Buffer.from(c.body_base64, 'base64');
    return c.headers?.['content-encoding'] === 'gzip' ? raw : Buffer.from(withoutContent(raw.toString('latin1')), 'latin1');
  }
  if (c.body !== undefined) return Buffer.from(withoutContent(c.body));
  const { content: _, ...base } = file.base_record;
  const of = (details: string) => Buffer.from(JSON.stringify({ ...base, details: '@' }).replace('"@"', details));
  switch (c.id) {
    case 'gzip-bomb':
      return gzipSync(Buffer.concat([of('{"pad":"').subarray(0, -2), Buffer.alloc(200 * 1024 * 1024, 'A')]));
    case 'depth-100000':
      return of('['.repeat(100_000) + ']'.repeat(100_000));
    case 'too-many-keys':
      return of(`{${Array.from({ length: 20_000 }, (_, i) => `"k${i}":0`).join()}}`);
    case 'array-1e6':
      return of(`{"a":[${Array(1_000_000).fill(0).join()}]}`);
    default:
      throw new Error(`no recipe for ${c.id}`);
  }
}

let db: TestDatabase;
let door: IngestDoor;
beforeAll(async () => {
  db = await freshDatabase();
  door = await openIngestDoor(db, ['claims-triage', 'agent', 'codec']);
});
afterAll(async () => {
  await door.close();
  await closeAppenders();
  await closeDatabase();
  await db.drop();
});

const count = () => prisma().entry.count({ where: { ledger_id: db.ledgers.main } });

describe.runIf(present)('inputs that must be refused', () => {
  const refused = file.cases.filter((c) => !c.category.startsWith('must-accept') && !(c.id in ELSEWHERE) && c.sequence === undefined);
  it.each(refused.map((c) => [c.id, c] as const))('%s', async (_id, c) => {
    const before = await count();
    const headers: Record<string, string> = { 'content-type': 'application/json', authorization: `Bearer ${door.key}` };
    for (const [name, value] of Object.entries(c.headers ?? {})) {
      if (value === null) delete headers[name];
      else if (typeof value === 'string') headers[name] = value.replace('<revoked>', door.revokedKey);
    }
    const key = c.id === 'human-actor-from-agent-key' ? door.agentOnlyKey : undefined;
    if (key) headers.authorization = `Bearer ${key}`;
    const response = await fetch(door.url, { method: 'POST', headers, body: new Uint8Array(adapt(c, bodyOf(c))) });
    const problem = await response.json();
    const code = c.expect.code;
    expect({ status: response.status, code: problem.code }).toEqual({ status: c.expect.status, code });
    if (c.expect.pointer !== undefined) expect(problem.pointer).toBe(c.expect.pointer);
    expect(problem).toMatchObject({ type: `/docs/errors#${code}`, title: expect.any(String), request_id: expect.any(String) });
    expect(ERRORS).toHaveProperty(code);
    expect(await count()).toBe(before);
  });
});

/** The person is called `user` here where the file says `human`. */
function adapt(c: Case, body: Buffer): Buffer {
  return c.id === 'human-actor-from-agent-key' ? Buffer.from(body.toString().replace('"human"', '"user"')) : body;
}

describe.runIf(present)('inputs that must be accepted', () => {
  const accepted = file.cases.filter((c) => c.category.startsWith('must-accept'));
  it.each(accepted.map((c) => [c.id, c] as const))('%s is stored exactly when it stands in details', async (_id, c) => {
    const record = JSON.parse(bodyOf(c).toString());
    const words = record.content ?? null;
    delete record.content;
    record.id = crypto.randomUUID();
    record.details = { ...record.details, ...(words ? { words: words.map((p: { text: string }) => p.text) } : {}) };
    const response = await door.post(record);
    expect(response.status).toBe(201);
    const stored = await prisma().record.findFirstOrThrow({ where: { id: record.id } });
    expect(JSON.parse(Buffer.from(stored.body).toString()).details).toEqual(record.details);
  });

  it('same-id-different-key-order is a duplicate, same-id-different-body a conflict', async () => {
    const { content: _, ...base } = file.base_record;
    const record = { ...base, id: crypto.randomUUID() };
    expect((await door.post(record)).status).toBe(201);
    const reversed = Object.fromEntries(Object.entries(record).reverse());
    const again = await door.post(reversed);
    expect(again.status).toBe(200);
    expect(await again.json()).toMatchObject({ duplicate: true });
    const conflict = await door.post({ ...record, resource_id: 'other' });
    expect(conflict.status).toBe(409);
    expect(await conflict.json()).toMatchObject({ code: 'idempotency_conflict', pointer: '/id' });
  });
});

describe('framing that another program could read differently', () => {
  const raw = (lines: string[], body = '') =>
    new Promise<string>((resolve, reject) => {
      const socket = connect(Number(new URL(door.url).port), '127.0.0.1', () => socket.write(`${lines.join('\r\n')}\r\n\r\n${body}`));
      let text = '';
      socket.on('data', (chunk) => {
        text += chunk;
      });
      socket.on('end', () => resolve(text)).on('error', reject);
      socket.setTimeout(5_000, () => socket.destroy(new Error('no answer')));
    });

  it('two Authorization headers are refused', async () => {
    const answer = await raw(
      [
        'POST /api/v1/records HTTP/1.1',
        'Host: x',
        'Connection: close',
        'Content-Type: application/json',
        `Authorization: Bearer ${door.key}`,
        `Authorization: Bearer ${door.revokedKey}`,
        'Content-Length: 2',
      ],
      '{}',
    );
    expect(answer).toContain('400 ');
    expect(answer).toContain('"bad_request"');
  });

  it('Content-Length beside Transfer-Encoding is refused', async () => {
    const answer = await raw(['POST /api/v1/records HTTP/1.1', 'Host: x', 'Content-Length: 10', 'Transfer-Encoding: chunked'], '0\r\n\r\n');
    expect(answer).toContain('HTTP/1.1 400');
    expect(answer).toContain('"bad_request"');
  });
});
