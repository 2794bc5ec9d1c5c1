import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GET } from '@/app/api/tlog/[ledger]/[...path]/route';
import { insertKey } from '@/lib/auth/api-keys';
import { closeDatabase, prisma } from '@/lib/db';
import { closeAppenders } from '@/lib/ledger/append-records';
import { type LedgerRow, listLedgers } from '@/lib/ledger/find-ledger';
import { listKeys } from '@/lib/ledger/read-checkpoints';
import { asAdmin, freshDatabase, type TestDatabase } from '@/lib/testing/fresh-database';
import { type FetchedCheckpoint, isSignedBy, leaf, mth, TlogClient } from '@/lib/testing/tlog-client';
import { checkpointLedger } from './checkpoint-ledger';
import { openSigner } from './open-signer';
import { Pace } from './pace';

let db: TestDatabase;
let dir: string;
let base: string;
let ledger: LedgerRow;
let close: () => Promise<unknown>;

beforeAll(async () => {
  db = await freshDatabase();
  dir = mkdtempSync(path.join(os.tmpdir(), 'holdfast-tlog-'));
  process.env.SIGNER_DIR = dir;
  ledger = (await listLedgers()).find(({ slug }) => slug === 'main')!;
  // The route as it is, behind a server of the platform.
  const server = createServer(async (request, response) => {
    const url = new URL(request.url!, 'http://127.0.0.1');
    const [, slug] = /^\/api\/tlog\/([^/]+)\//.exec(url.pathname)!;
    const headers = new Headers(Object.entries(request.headers).map(([name, value]): [string, string] => [name, String(value)]));
    const answer = await GET(new Request(url, { headers }), { params: Promise.resolve({ ledger: slug }) });
    response.writeHead(answer.status, Object.fromEntries(answer.headers));
    response.end(Buffer.from(await answer.arrayBuffer()));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/tlog`;
  close = () => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  };
});
afterAll(async () => {
  await close();
  await closeAppenders();
  await closeDatabase();
  await db.drop();
  rmSync(dir, { recursive: true, force: true });
});

const setPublic = (open: boolean) =>
  asAdmin(db.adminUrl, (client) =>
    client.query(
      'INSERT INTO proof_settings (ledger_id, tlog_public) VALUES ($1, $2) ON CONFLICT (ledger_id) DO UPDATE SET tlog_public = $2',
      [ledger.id, open],
    ),
  );

/** Entries with hashes made up: what the tree is over is for others to verify. */
async function growTo(size: number): Promise<void> {
  await asAdmin(db.adminUrl, (client) =>
    client.query(
      `INSERT INTO entries SELECT $1, s, gen_random_uuid(), 0, 0, sha256(''), sha256(''), sha256(''), sha256(int8send(s))
         FROM generate_series((SELECT count(*) FROM entries WHERE ledger_id = $1), $2::bigint - 1) AS s`,
      [ledger.id, size],
    ),
  );
}
async function signNow(): Promise<void> {
  expect(await checkpointLedger(ledger, openSigner()!, new Pace(0), new Date(Date.now() + 10 * 60_000 * ++signed))).toMatchObject({
    kind: 'signed',
  });
}
let signed = 0;

const SIZES = [0, 1, 2, 255, 256, 257, 65_535, 65_536, 65_537, 66_053];
const seen: FetchedCheckpoint[] = [];

describe('a tool for C2SP logs', () => {
  it.each(SIZES)('rebuilds the root of the signed checkpoint at %i entries from the tiles alone', async (size) => {
    await setPublic(true);
    await growTo(size);
    await signNow();
    const client = new TlogClient(`${base}/main/`);
    const checkpoint = await client.checkpoint();
    expect(checkpoint.size).toBe(BigInt(size));
    expect(checkpoint.origin).toBe('test.example/ledgers/main');
    const [vkey] = (await listKeys(ledger.id)).filter(({ kind }) => kind === 'ed25519').map((key) => key.vkey);
    expect(isSignedBy(checkpoint, vkey)).toBe(true);
    expect(isSignedBy({ ...checkpoint, text: checkpoint.text.replace(/\n\d+\n/, '\n7\n') }, vkey)).toBe(false);
    const { fromLeaves, fromTiles } = await client.root(checkpoint.size);
    expect(fromLeaves.equals(checkpoint.root)).toBe(true);
    expect(fromTiles.equals(checkpoint.root)).toBe(true);
    seen.push(checkpoint);
  });

  it('finds the partial tiles of every checkpoint that there ever was, so that each old tree can be rebuilt from the log of today', async () => {
    const client = new TlogClient(`${base}/main/`);
    expect(seen).toHaveLength(SIZES.length);
    for (const { size, root } of seen) {
      const { fromLeaves, fromTiles } = await client.root(size);
      expect(fromLeaves.equals(root), String(size)).toBe(true);
      expect(fromTiles.equals(root), String(size)).toBe(true);
    }
  });

  it('reads the entries, and each is the leaf that the tree has', async () => {
    const client = new TlogClient(`${base}/main/`);
    const entries = await client.entries(257n);
    expect(entries).toHaveLength(257);
    expect(mth(entries.map(leaf)).equals(seen.find(({ size }) => size === 257n)!.root)).toBe(true);
  });

  it('is given types, lengths and caching as the specification has them', async () => {
    const client = new TlogClient(`${base}/main/`);
    const checkpoint = await client.get('checkpoint');
    expect(checkpoint.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(Number(/max-age=(\d+)/.exec(checkpoint.headers.get('cache-control')!)![1])).toBeLessThan(5);
    const full = await client.get('tile/1/000');
    expect(full.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect((await full.arrayBuffer()).byteLength).toBe(8192);
    const bundle = await client.get('tile/entries/000', { 'accept-encoding': 'gzip' });
    expect((await bundle.arrayBuffer()).byteLength).toBe(256 * 34);
  });

  it.each([
    ['tile/0/258.p/6', 404, 'beyond the checkpoint'],
    ['tile/0/259', 404, 'beyond the checkpoint'],
    ['tile/0/258', 404, 'full where it is partial'],
    ['tile/2/000.p/2', 404, 'wider than it is'],
    ['tile/3/000.p/1', 404, 'a level that the tree does not have'],
    ['tile/0/0', 400, 'without leading zeros'],
    ['tile/00/000', 400, 'with a leading zero'],
    ['tile/64/000', 400, 'no level'],
    ['tile/0/x000/000', 400, 'a superfluous element'],
    ['tile/0/000.p/256', 400, 'no partial tile'],
    ['tile/0/000.p/0', 400, 'an empty tile'],
    ['tile/0/000.p/01', 400, 'a width with a leading zero'],
    ['tile/-1/000', 400, 'no level'],
    ['tile/0/%30%30%30', 400, 'spelled otherwise'],
    ['tile', 400, 'nothing'],
    ['checkpoint/', 400, 'another path'],
    ['incarnations/2/tile/0/000', 404, 'of an incarnation that there is not'],
    ['incarnations/2/checkpoint', 404, 'of an incarnation that there is not'],
    ['incarnations/01/checkpoint', 400, 'a number with a leading zero'],
  ])('is refused %s with %i: %s', async (wanted, status) => {
    const answer = await new TlogClient(`${base}/main/`).get(wanted);
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect(answer.headers.get('cache-control')).toContain('no-store');
  });

  it('finds the same under the number of the incarnation', async () => {
    const { root, size } = await new TlogClient(`${base}/main/incarnations/1/`).checkpoint();
    expect({ root, size }).toEqual({ root: seen.at(-1)!.root, size: seen.at(-1)!.size });
  });
});

describe('a log that goes on under another name', () => {
  it('stays what it was at the address without a number: its last checkpoint, and no tile of the tree that came after it', async () => {
    await setPublic(true);
    const client = new TlogClient(`${base}/main/`);
    const before = await client.checkpoint();
    await asAdmin(db.adminUrl, async (c) => {
      await c.query('BEGIN');
      await c.query('ALTER TABLE entries DISABLE TRIGGER USER');
      await c.query('DELETE FROM entries WHERE ledger_id = $1 AND seq >= 600', [ledger.id]);
      await c.query('ALTER TABLE entries ENABLE ALWAYS TRIGGER append_only_row, ENABLE ALWAYS TRIGGER append_only_statement');
      await c.query('COMMIT');
    });
    await signNow();
    const { origin, size, root } = await client.checkpoint();
    expect({ origin, size, root }).toEqual({ origin: before.origin, size: before.size, root: before.root });
    for (const path of ['tile/0/000', 'tile/1/000.p/2', 'tile/entries/000', 'incarnations/1/tile/0/000']) {
      const answer = await client.get(path);
      expect([path, answer.status]).toEqual([path, 404]);
      expect(await answer.text()).toContain('/api/tlog/main/incarnations/2/');
    }
    const later = new TlogClient(`${base}/main/incarnations/2/`);
    const checkpoint = await later.checkpoint();
    expect([checkpoint.origin, checkpoint.size]).toEqual(['test.example/ledgers/main/incarnations/2', 600n]);
    const { fromLeaves, fromTiles } = await later.root(600n);
    expect(fromLeaves.equals(checkpoint.root)).toBe(true);
    expect(fromTiles.equals(checkpoint.root)).toBe(true);
    expect((await later.get('tile/0/000')).headers.get('cache-control')).toContain('immutable');
  });
});

describe('a log that is not public', () => {
  it('asks for a key of its ledger: nobody, another ledger’s key and an agent’s key are given nothing, and nobody is told what exists', async () => {
    await setPublic(false);
    const make = (ledgerId: number, kind: 'read' | 'ingest') =>
      insertKey(prisma(), { ledgerId, kind, name: 'k', agentNames: ['a'], mayWriteUser: false, expiresAt: null, createdBy: null });
    const bearer = ({ secret }: { secret: string }) => ({ authorization: `Bearer ${secret}` });
    const status = async (headers: Record<string, string>, slug = 'main', wanted = 'checkpoint') =>
      (await new TlogClient(`${base}/${slug}/`, headers).get(wanted)).status;
    expect(await status({})).toBe(401);
    expect(await status({}, 'no-such-ledger')).toBe(401);
    expect(await status(bearer(await make(ledger.id, 'ingest')))).toBe(401);
    expect(await status(bearer(await make(db.ledgers.access, 'read')))).toBe(404);
    const own = bearer(await make(ledger.id, 'read'));
    expect(await status(own, 'no-such-ledger')).toBe(404);
    expect(await status(own)).toBe(200);
    const tile = await new TlogClient(`${base}/main/incarnations/2/`, own).get('tile/0/000');
    expect(tile.headers.get('cache-control')).toBe('private, max-age=31536000, immutable');
    expect(tile.headers.get('access-control-allow-origin')).toBeNull();
  });

  it('makes no entry of the access ledger', async () => {
    const entries = () =>
      asAdmin(
        db.adminUrl,
        async (c) =>
          (await c.query('SELECT count(*)::int AS n FROM entries WHERE ledger_id = $1', [db.ledgers.access])).rows[0].n as number,
      );
    const before = await entries();
    await setPublic(true);
    await new TlogClient(`${base}/main/incarnations/2/`).root(257n);
    expect(await entries()).toBe(before);
  });
});
