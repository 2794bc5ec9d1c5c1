import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GET } from '@/app/api/v1/records/[id]/proof/route';
import { insertKey } from '@/lib/auth/api-keys';
import { closeDatabase, prisma } from '@/lib/db';
import { closeAppenders } from '@/lib/ledger/append-records';
import { listKeys } from '@/lib/ledger/read-checkpoints';
import { keepCheckpointing } from '@/lib/proofs/keep-checkpointing';
import { createListener } from '@/lib/server/listener';
import { freshDatabase, type TestDatabase } from '@/lib/testing/fresh-database';
import type { AuditError } from './audit-error';
import type { Proof } from './check-proof';
import { type AuditClientOptions, createAuditClient } from './client';
import type { AuditRecord, Receipt } from './record';

let db: TestDatabase;
let dir: string;
let url: string;
let key: string;
let close: () => Promise<unknown>;
let stopSigning: () => Promise<void>;

/** The product's own listener, proof route and signer: what an agent meets. */
beforeAll(async () => {
  db = await freshDatabase();
  dir = mkdtempSync(path.join(os.tmpdir(), 'holdfast-sdk-proofs-'));
  process.env.SIGNER_DIR = dir;
  const { server, servePages } = createListener();
  servePages(async (request, response) => {
    const [, id] = /^\/api\/v1\/records\/([^/]+)\/proof$/.exec(request.url!)!;
    const headers = { authorization: request.headers.authorization!, accept: request.headers.accept! };
    const answer = await GET(new Request(`http://127.0.0.1${request.url}`, { headers }), { params: Promise.resolve({ id }) });
    response.writeHead(answer.status, Object.fromEntries(answer.headers));
    response.end(Buffer.from(await answer.arrayBuffer()));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  close = () => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  };
  const keyOf = {
    ledgerId: db.ledgers.main,
    kind: 'ingest',
    name: 'k',
    agentNames: ['a'],
    mayWriteUser: true,
    expiresAt: null,
    createdBy: null,
  } as const;
  key = (await insertKey(prisma(), { ...keyOf, agentNames: [...keyOf.agentNames] })).secret;
  stopSigning = keepCheckpointing(100);
});
afterAll(async () => {
  await stopSigning();
  await close();
  await closeAppenders();
  await closeDatabase();
  await db.drop();
  rmSync(dir, { recursive: true, force: true });
});

const client = (over: Partial<AuditClientOptions<'strict'>> = {}) =>
  createAuditClient({ url, key, agentName: 'a', mode: 'strict', ...over });
const logKeys = async () => (await listKeys(db.ledgers.main)).map(({ vkey }) => vkey);
const note = { action: 'tool_invoked', data_classification: 'internal' } as const;

describe('an agent that keeps its proofs', () => {
  it('waits for the checkpoint that covers its record, and verifies path and both signatures', async () => {
    const audit = client();
    const receipt = await audit.record(note);
    const first = await audit.waitForProof(receipt);
    expect(first).toMatchObject({ receipt, origin: 'test.example/ledgers/main', signedBy: [] });
    expect(BigInt(first.size)).toBeGreaterThan(BigInt(receipt.seq));
    const pinned = await client({ logKeys: await logKeys() }).waitForProof(receipt);
    expect(pinned.signedBy).toEqual(await logKeys());
    await audit.close();
  });

  it('is told of the proof of each record, and close() waits for them', async () => {
    const told: [Proof, AuditRecord][] = [];
    const errors: AuditError[] = [];
    const audit = client({
      onProof: (proof, record) => told.push([proof, record]),
      onError: (error) => errors.push(error),
      logKeys: await logKeys(),
    });
    const receipts = await Promise.all(Array.from({ length: 9 }, () => audit.record(note)));
    expect(await audit.close()).toBe(0);
    expect(errors).toEqual([]);
    expect(told.map(([{ receipt }]) => receipt.id).sort()).toEqual(receipts.map(({ id }) => id).sort());
    for (const [proof, record] of told) expect(proof.receipt.id).toBe(record.id);
  });

  const refused = (audit: ReturnType<typeof client>, receipt: Receipt) =>
    audit.waitForProof(receipt, { timeoutMs: 5_000 }).then(
      () => 'accepted',
      (error: AuditError) => error.code,
    );

  it('refuses a proof for a record that the ledger changed after it gave the receipt', async () => {
    const audit = client();
    const receipt = await audit.record(note);
    expect(
      await refused(audit, {
        ...receipt,
        integrity_hash: `${receipt.integrity_hash.slice(0, -1)}${receipt.integrity_hash.endsWith('0') ? '1' : '0'}`,
      }),
    ).toBe('proof_invalid');
    expect(await refused(audit, { ...receipt, seq: String(BigInt(receipt.seq) + 1n) })).toBe('proof_invalid');
    expect(await refused(audit, receipt)).toBe('accepted');
    await audit.close();
  });

  it('refuses a checkpoint that the keys it knows have not signed', async () => {
    const receipt = await client().record(note);
    const [own] = await logKeys();
    const foreign = 'example.com/log+530cea66+ARCO9mYJqGn1HwiKQjxE1YpjpAPzNRmfUnBRN9jLJOZk';
    expect(await refused(client({ logKeys: [foreign] }), receipt)).toBe('proof_invalid');
    expect(await refused(client({ logKeys: [own] }), receipt)).toBe('accepted');
    const bent: typeof fetch = async (input, init) => {
      const answer = await fetch(input, init);
      const text = await answer.text();
      return new Response(answer.ok ? text.replace(/(\u2014 \S+ .{40})./, '$1A').replace(/(\u2014 \S+ .{41})./, '$1B') : text, {
        status: answer.status,
      });
    };
    expect(await refused(client({ logKeys: [own], fetch: bent }), receipt)).toBe('proof_invalid');
  });

  it('refuses a checkpoint from which one of the two signatures was taken off, where it knows keys of both kinds', async () => {
    const receipt = await client().record(note);
    const known = await logKeys();
    const strip = (keep: number): typeof fetch => {
      return async (input, init) => {
        const answer = await fetch(input, init);
        let nth = 0;
        const text = (await answer.text()).replace(/^\u2014 .*\n/gm, (line) => (nth++ === keep ? line : ''));
        return new Response(text, { status: answer.status, headers: answer.headers });
      };
    };
    for (const keep of [0, 1]) {
      expect(await refused(client({ logKeys: known, fetch: strip(keep) }), receipt)).toBe('proof_invalid');
      expect(await refused(client({ logKeys: [known[keep]], fetch: strip(keep) }), receipt)).toBe('accepted');
    }
  });

  it('gives up with no_proof where none comes, at once where it is refused, and never follows a redirect with its key', async () => {
    const receipt = await client().record(note);
    const answering = (status: number, body: object, headers: Record<string, string> = {}): typeof fetch => {
      return async () => new Response(JSON.stringify(body), { status, headers });
    };
    const ask = (answer: typeof fetch) =>
      client({ fetch: answer })
        .waitForProof(receipt, { timeoutMs: 300 })
        .then(
          () => 'accepted',
          (error: AuditError) => error.code,
        );
    expect(await ask(answering(409, { code: 'not_covered_yet' }))).toBe('no_proof');
    expect(await ask(answering(503, { code: 'store_busy' }))).toBe('no_proof');
    expect(await ask(answering(404, { code: 'not_found' }))).toBe('not_found');
    expect(await ask(answering(307, {}, { location: 'http://elsewhere.example' }))).toBe('redirected');
    expect(await ask(async () => new Response('c2sp.org/tlog-proof@v1\nindex 0\n\nnonsense'))).toBe('proof_invalid');
    expect(
      await ask(async () => {
        throw new TypeError('network');
      }),
    ).toBe('no_proof');
  });
});
