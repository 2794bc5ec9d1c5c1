import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { closeDatabase } from '@/lib/db';
import { appendRecord, closeAppenders } from '@/lib/ledger/append-records';
import { type LedgerRow, listLedgers } from '@/lib/ledger/find-ledger';
import { prepareAgentRecord } from '@/lib/ledger/prepare-record';
import { newestCheckpoint } from '@/lib/ledger/read-checkpoints';
import { askAdoption } from '@/lib/proofs/adopt-ledger';
import { checkpointLedger } from '@/lib/proofs/checkpoint-ledger';
import { openSigner } from '@/lib/proofs/open-signer';
import { Pace } from '@/lib/proofs/pace';
import { agentRecord } from '@/lib/testing/agent-record';
import { asAdmin, freshDatabase, type TestDatabase } from '@/lib/testing/fresh-database';
import { compareWith } from '@/lib/verification/compare-history';
import { readComparand } from '@/lib/verification/read-comparand';

const SOURCE = { key_id: '00000000-0000-4000-8000-000000000001', channel: 'api' } as const;
let db: TestDatabase;
let ledger: LedgerRow;
let dir: string;
beforeAll(async () => {
  db = await freshDatabase();
  dir = mkdtempSync(path.join(os.tmpdir(), 'holdfast-adopt-'));
  process.env.SIGNER_DIR = dir;
  await asAdmin(db.adminUrl, (client) =>
    client.query("SELECT create_ledger('adopted', 'audit.example.org/ledgers/adopted', 'agents', 'Adopted', false)"),
  );
  ledger = (await listLedgers()).find(({ slug }) => slug === 'adopted')!;
});
afterAll(async () => {
  await closeAppenders();
  await closeDatabase();
  await db.drop();
  rmSync(dir, { recursive: true, force: true });
});

let steps = 0;
/** So many records more, and a checkpoint of them. @returns its note */
async function signed(more: number): Promise<string> {
  for (let i = 0; i < more; i++) await appendRecord(ledger.id, prepareAgentRecord(agentRecord(), SOURCE));
  const now = new Date(Date.now() + 1_000_000 * steps++);
  expect(await checkpointLedger(ledger, openSigner()!, new Pace(Date.now()), now)).toMatchObject({ kind: 'signed' });
  return (await newestCheckpoint(ledger.id))!.note;
}

it('adopt with old memory: an earlier genuine checkpoint still compares as grew_only', async () => {
  const memory = path.join(dir, 'memory');
  await signed(5);
  cpSync(memory, path.join(dir, 'copy'), { recursive: true });
  const kept = await signed(5);
  // Back from a copy that is older than what was signed since; the database has lost nothing.
  rmSync(memory, { recursive: true });
  cpSync(path.join(dir, 'copy'), memory, { recursive: true });
  askAdoption(dir, ledger.slug, 'the signer’s folder was restored from last night');
  await signed(1);
  expect((await newestCheckpoint(ledger.id))!.origin).toBe(`${ledger.origin}/incarnations/2`);
  expect((await compareWith(ledger.id, readComparand(kept))).verdict).toBe('grew_only');
});
