import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GET } from '@/app/api/v1/records/[id]/proof/route';
import { insertKey } from '@/lib/auth/api-keys';
import { fromHex } from '@/lib/chain/bytes';
import { leafHash } from '@/lib/chain/merkle';
import { openTlogProof } from '@/lib/chain/tlog-proof';
import { parseVerifierKey } from '@/lib/chain/verifier-key';
import { verifyRecord } from '@/lib/chain/verify-record';
import { closeDatabase, prisma } from '@/lib/db';
import { appendRecord, closeAppenders } from '@/lib/ledger/append-records';
import { type LedgerRow, listLedgers } from '@/lib/ledger/find-ledger';
import { listKeys } from '@/lib/ledger/read-checkpoints';
import type { RecordProofDto } from '@/lib/schema/proofs';
import { asAdmin, freshDatabase, type TestDatabase } from '@/lib/testing/fresh-database';
import { agentRecord } from '@/lib/testing/tamper-ledger';
import { checkpointLedger } from './checkpoint-ledger';
import { openSigner } from './open-signer';
import { Pace } from './pace';

let db: TestDatabase;
let dir: string;
let ledger: LedgerRow;
const keys: Record<'read' | 'ingest' | 'otherRead' | 'otherIngest', string> = { read: '', ingest: '', otherRead: '', otherIngest: '' };
const stored: { id: string; seq: bigint; integrityHash: Buffer }[] = [];

beforeAll(async () => {
  db = await freshDatabase();
  dir = mkdtempSync(path.join(os.tmpdir(), 'holdfast-proof-'));
  process.env.SIGNER_DIR = dir;
  await asAdmin(db.adminUrl, (c) => c.query("SELECT create_ledger('second', 'test.example/ledgers/second', 'agents', 'Second', false)"));
  const ledgers = await listLedgers();
  ledger = ledgers.find(({ slug }) => slug === 'main')!;
  const second = ledgers.find(({ slug }) => slug === 'second')!;
  const make = async (ledgerId: number, kind: 'read' | 'ingest') =>
    (await insertKey(prisma(), { ledgerId, kind, name: 'k', agentNames: ['a'], mayWriteUser: false, expiresAt: null, createdBy: null }))
      .secret;
  keys.read = await make(ledger.id, 'read');
  keys.ingest = await make(ledger.id, 'ingest');
  keys.otherRead = await make(second.id, 'read');
  keys.otherIngest = await make(second.id, 'ingest');
  for (let i = 0; i < 300; i++) {
    const record = agentRecord();
    const result = await appendRecord(ledger.id, record);
    if (result.kind !== 'stored') throw new Error(result.kind);
    stored.push({ id: record.id, seq: result.seq, integrityHash: result.integrityHash });
  }
});
afterAll(async () => {
  await closeAppenders();
  await closeDatabase();
  await db.drop();
  rmSync(dir, { recursive: true, force: true });
});

const sign = () => checkpointLedger(ledger, openSigner()!, new Pace(0));
const ask = (id: string, key: string, headers: Record<string, string> = {}) =>
  GET(new Request(`http://127.0.0.1/api/v1/records/${id}/proof`, { headers: { authorization: `Bearer ${key}`, ...headers } }), {
    params: Promise.resolve({ id }),
  });
const accessEntries = () =>
  asAdmin(
    db.adminUrl,
    async (c) => (await c.query('SELECT action, resource_id FROM records WHERE ledger_id = $1', [db.ledgers.access])).rows,
  );

describe('before a checkpoint covers a record', () => {
  it('its receipt is refused with the wait to keep, and the JSON says null', async () => {
    const answer = await ask(stored[0].id, keys.ingest);
    expect(answer.status).toBe(409);
    expect(answer.headers.get('retry-after')).toBe('1');
    expect(await answer.json()).toMatchObject({ code: 'not_covered_yet' });
    const dto = (await (await ask(stored[0].id, keys.read, { accept: 'application/json' })).json()) as RecordProofDto;
    expect(dto).toMatchObject({ seq: '0', tlog_proof: null, checkpoint: null });
  });
});

describe('a receipt', () => {
  it('leads from each record to the signed root, for whoever holds the ledger’s keys and the receipt alone', async () => {
    await sign();
    const verifiers = (await listKeys(ledger.id)).map(({ vkey }) => parseVerifierKey(vkey));
    for (const one of stored.filter((_, i) => [0, 1, 127, 255, 256, 299].includes(i))) {
      const answer = await ask(one.id, keys.ingest);
      expect(answer.headers.get('content-type')).toBe('text/plain; charset=utf-8');
      const text = await answer.text();
      const opened = openTlogProof(text, leafHash(one.integrityHash), verifiers, ledger.origin);
      expect(opened.index).toBe(one.seq);
      expect(opened.verified).toHaveLength(2);
      const other = leafHash(stored[5].integrityHash);
      expect(() => openTlogProof(text, other, verifiers, ledger.origin)).toThrow(expect.objectContaining({ code: 'not_included' }));
    }
  });

  it('comes with the bytes and the keys where a page verifies by itself', async () => {
    const dto = (await (await ask(stored[256].id, keys.read, { accept: 'application/json' })).json()) as RecordProofDto;
    expect(dto.integrity_hash).toBe(stored[256].integrityHash.toString('hex'));
    expect(fromHex(dto.integrity_hash)).toHaveLength(32);
    expect(dto.checkpoint).toMatchObject({ number: '1', size: '300', witnessed: false, anchors: [] });
    expect(dto.keys.map(({ kind }) => kind)).toEqual(['ed25519', 'ml-dsa-44']);
    expect(verifyRecord(dto, dto.keys)).toMatchObject({ verdict: 'valid' });
    // By its position too, for a person.
    const bySeq = (await (await ask('256', keys.read, { accept: 'application/json' })).json()) as RecordProofDto;
    expect(bySeq.id).toBe(stored[256].id);
  });

  it('is a look at the record where a person or a read key asks, and no entry where the agent does', async () => {
    const before = await accessEntries();
    await ask(stored[7].id, keys.ingest);
    expect(await accessEntries()).toHaveLength(before.length);
    await ask(stored[7].id, keys.read);
    const after = await accessEntries();
    expect(after).toHaveLength(before.length + 1);
    expect(after.at(-1)).toMatchObject({ action: 'record_viewed', resource_id: stored[7].id });
  });

  it('is given to no key of another ledger, to nobody without a key, and to an agent by the id of its record alone', async () => {
    const [{ id }] = stored;
    for (const key of [keys.otherRead, keys.otherIngest]) expect((await ask(id, key)).status).toBe(404);
    expect((await ask(id, 'hf_live_none')).status).toBe(401);
    expect((await ask('0', keys.ingest)).status).toBe(404);
    expect((await ask('00000000-0000-4000-8000-000000000000', keys.ingest)).status).toBe(404);
    expect((await ask('no such thing', keys.read)).status).toBe(404);
  });
});

describe('a tree that was tampered with', () => {
  it('gives no receipt that does not verify: it says what to do', async () => {
    await asAdmin(db.adminUrl, async (c) => {
      await c.query('ALTER TABLE tree_tiles DISABLE TRIGGER ALL');
      await c.query('UPDATE tree_tiles SET hashes = set_byte(hashes, 40, get_byte(hashes, 40) # 1) WHERE ledger_id = $1 AND level = 0', [
        ledger.id,
      ]);
    });
    const answer = await ask(stored[0].id, keys.ingest);
    expect(answer.status).toBe(409);
    expect(await answer.json()).toMatchObject({ code: 'conflict' });
    // A path that does not pass the tile is sound still.
    expect((await ask(stored[299].id, keys.ingest)).status).toBe(200);
  });
});
