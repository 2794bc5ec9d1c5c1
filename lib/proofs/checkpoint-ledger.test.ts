import { mkdtempSync, rmSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parseVerifierKey } from '@/lib/chain/verifier-key';
import { openCheckpoint } from '@/lib/chain/verify-note';
import { closeDatabase } from '@/lib/db';
import { appendRecord, closeAppenders } from '@/lib/ledger/append-records';
import type { LedgerRow } from '@/lib/ledger/find-ledger';
import { listLedgers } from '@/lib/ledger/find-ledger';
import { prepareAgentRecord } from '@/lib/ledger/prepare-record';
import { listKeys, newestCheckpoint } from '@/lib/ledger/read-checkpoints';
import { agentRecord } from '@/lib/testing/agent-record';
import { asAdmin, freshDatabase, type TestDatabase } from '@/lib/testing/fresh-database';
import { askAdoption } from './adopt-ledger';
import { checkpointLedger } from './checkpoint-ledger';
import { openSigner } from './open-signer';
import { Pace } from './pace';

let db: TestDatabase;
let ledger: LedgerRow;
let dir: string;
const made: string[] = [];
beforeAll(async () => {
  db = await freshDatabase();
});
beforeEach(async () => {
  dir = mkdtempSync(path.join(os.tmpdir(), 'holdfast-signer-'));
  made.push(dir);
  process.env.SIGNER_DIR = dir;
  ledger = await newLedger();
});
afterAll(async () => {
  await closeAppenders();
  await closeDatabase();
  await db.drop();
  for (const one of made) rmSync(one, { recursive: true, force: true });
});

const SOURCE = { key_id: '00000000-0000-4000-8000-000000000001', channel: 'api' } as const;
let count = 0;
async function newLedger(): Promise<LedgerRow> {
  const slug = `signed-${++count}`;
  await asAdmin(db.adminUrl, (client) =>
    client.query("SELECT create_ledger($1, $2, 'agents', 'Signed', false)", [slug, `audit.example.org/ledgers/${slug}`]),
  );
  return (await listLedgers()).find((one) => one.slug === slug)!;
}

const pace = () => new Pace(Date.now());
const sign = (now?: Date) => checkpointLedger(ledger, openSigner()!, pace(), now);
async function append(n: number): Promise<void> {
  await Promise.all(Array.from({ length: n }, () => appendRecord(ledger.id, prepareAgentRecord(agentRecord(), SOURCE))));
}
const alarms = () =>
  asAdmin(
    db.adminUrl,
    async (client) => (await client.query('SELECT kind, subject, detail, ended_at FROM alarms WHERE ledger_id = $1', [ledger.id])).rows,
  );

describe('a ledger that is signed', () => {
  it('has a checkpoint of its entries that its keys verify, Ed25519 and ML-DSA-44', async () => {
    await append(300);
    expect(await sign()).toMatchObject({ kind: 'signed', size: 300n, number: 1n });
    const keys = (await listKeys(ledger.id)).map((key) => parseVerifierKey(key.vkey));
    const opened = openCheckpoint((await newestCheckpoint(ledger.id))!.note, keys, ledger.origin);
    expect(opened.checkpoint.size).toBe(300n);
    expect(opened.verified).toHaveLength(2);
    expect(statSync(path.join(dir, 'keys.json')).mode & 0o777).toBe(0o600);
  });

  it('says nothing twice while nothing comes, and speaks up after five minutes', async () => {
    await append(1);
    await sign();
    expect(await sign()).toEqual({ kind: 'nothing' });
    const later = new Date(Date.now() + 301_000);
    expect(await sign(later)).toMatchObject({ kind: 'signed', size: 1n, number: 2n });
  });
});

describe('a signer refuses', () => {
  it('keys that are not the ledger’s, until an operator says that they take it over', async () => {
    await append(5);
    await sign(new Date(Date.now() - 3_600_000));
    rmSync(dir, { recursive: true });
    expect(await sign()).toMatchObject({ kind: 'refused' });
    expect(await alarms()).toMatchObject([{ kind: 'signer_refused', ended_at: null }]);
    askAdoption(dir, ledger.slug, 'the disk of the old machine is gone');
    expect(await sign()).toMatchObject({ kind: 'signed', size: 5n });
    expect(await alarms()).toMatchObject([{ kind: 'signer_refused', ended_at: expect.any(Date) }]);
  });
});

describe('a database behind its signer', () => {
  it('goes on under a new name, says what was signed before, and raises an alarm', async () => {
    await append(10);
    await sign();
    await cutTail(4);
    const step = await sign(new Date(Date.now() + 5_000));
    expect(step).toMatchObject({ kind: 'signed', size: 6n });
    expect((await newestCheckpoint(ledger.id))!.origin).toBe(`${ledger.origin}/incarnations/2`);
    expect(await alarms()).toMatchObject([{ kind: 'new_incarnation', subject: '2', detail: { signed_size: '10', found_size: '6' } }]);
  });
});

async function cutTail(n: number): Promise<void> {
  await asAdmin(db.adminUrl, async (client) => {
    for (const table of ['entries', 'records']) {
      const of = table === 'records' ? `records_l${ledger.id}_b0` : table;
      await client.query(`ALTER TABLE ${of} DISABLE TRIGGER ALL`);
      await client.query(`DELETE FROM ${of} WHERE ledger_id = $1 AND seq >= (SELECT max(seq) + 1 - $2 FROM ${of} WHERE ledger_id = $1)`, [
        ledger.id,
        n,
      ]);
      await client.query(`ALTER TABLE ${of} ENABLE ALWAYS TRIGGER append_only_statement`);
      await client.query(`ALTER TABLE ${of} ENABLE ALWAYS TRIGGER append_only_row`);
    }
  });
}
