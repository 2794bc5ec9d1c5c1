import { mkdtempSync, renameSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { closeDatabase } from '@/lib/db';
import { appendRecord, closeAppenders } from '@/lib/ledger/append-records';
import { type LedgerRow, listLedgers } from '@/lib/ledger/find-ledger';
import { prepareAgentRecord } from '@/lib/ledger/prepare-record';
import { newestCheckpoint } from '@/lib/ledger/read-checkpoints';
import { agentRecord } from '@/lib/testing/agent-record';
import { asAdmin, freshDatabase, type TestDatabase } from '@/lib/testing/fresh-database';
import { askAdoption, dropAdoption } from './adopt-ledger';
import { checkpointLedger } from './checkpoint-ledger';
import { keepCheckpointing } from './keep-checkpointing';
import { openSigner } from './open-signer';
import { Pace } from './pace';
import { Refusals, readCircumstances } from './refusals';

let db: TestDatabase;
let dir: string;
let ledger: LedgerRow;
beforeAll(async () => {
  db = await freshDatabase();
  dir = mkdtempSync(path.join(os.tmpdir(), 'holdfast-refusals-'));
  process.env.SIGNER_DIR = dir;
  ledger = (await listLedgers()).find(({ slug }) => slug === 'main')!;
});
afterAll(async () => {
  await closeAppenders();
  await closeDatabase();
  await db.drop();
  rmSync(dir, { recursive: true, force: true });
});

const SOURCE = { key_id: '00000000-0000-4000-8000-000000000001', channel: 'api' } as const;
const append = (n: number) =>
  Promise.all(Array.from({ length: n }, () => appendRecord(ledger.id, prepareAgentRecord(agentRecord(), SOURCE))));
const change = (table: string, statement: string) =>
  asAdmin(db.adminUrl, async (c) => {
    await c.query('BEGIN');
    await c.query(`ALTER TABLE ${table} DISABLE TRIGGER USER`);
    await c.query(statement, [ledger.id]);
    await c.query(`ALTER TABLE ${table} ENABLE ALWAYS TRIGGER append_only_row, ENABLE ALWAYS TRIGGER append_only_statement`);
    await c.query('COMMIT');
  });

it('a ledger that stays refused is looked at ever less often, up to every quarter of an hour; a change begins anew', () => {
  const refusals = new Refusals();
  const waits = (times: number, text: string) =>
    Array.from({ length: times }, () => {
      refusals.add(0, { head: 1n, text });
      let seconds = 0;
      while (!refusals.isOver(seconds * 1000)) seconds++;
      return seconds;
    });
  expect(waits(8, 'as it was')).toEqual([30, 60, 120, 240, 480, 900, 900, 900]);
  expect(waits(2, 'otherwise')).toEqual([30, 60]);
  refusals.end();
  expect([refusals.under, refusals.isOver(0)]).toEqual([null, true]);
});

it('nothing has changed for a refused ledger that grows; its last entry, tiles, keys, memory and an operator’s word are changes', async () => {
  await append(600);
  await checkpointLedger(ledger, openSigner()!, new Pace(Date.now()));
  const first = await readCircumstances(ledger, openSigner(), null);
  const now = async () => (await readCircumstances(ledger, openSigner(), first.head)).text;
  expect(first.head).toBe(599n);
  await append(300);
  expect(await now()).toBe(first.text);
  const seen = [first.text];
  const differs = async () => {
    const text = await now();
    expect(seen).not.toContain(text);
    seen.push(text);
  };
  await checkpointLedger(ledger, openSigner()!, new Pace(Date.now()), new Date(Date.now() + 5_000));
  await differs();
  await change('tree_tiles', 'UPDATE tree_tiles SET root = root WHERE ledger_id = $1 AND level = 0 AND tile = 1');
  await differs();
  await change('entries', "UPDATE entries SET integrity_hash = sha256('other') WHERE ledger_id = $1 AND seq = 599");
  await differs();
  askAdoption(dir, ledger.slug, 'the disk is gone');
  await differs();
  dropAdoption(ledger.slug);
  rmSync(path.join(dir, 'memory'), { recursive: true });
  await differs();
  rmSync(path.join(dir, 'keys.json'));
  expect(openSigner()).not.toBeNull();
  await differs();
});

it('a ledger whose signer’s memory is brought back is signed within seconds, however long it would have been left alone', async () => {
  rmSync(dir, { recursive: true });
  ledger = (await listLedgers()).find(({ slug }) => slug === 'access')!;
  const until = async (met: () => Promise<boolean>) =>
    vi.waitFor(async () => expect(await met()).toBe(true), { timeout: 10_000, interval: 100 });
  const size = async () => BigInt((await newestCheckpoint(ledger.id))?.size ?? -1);
  const refused = async () =>
    (
      await asAdmin(db.adminUrl, (c) =>
        c.query("SELECT FROM alarms WHERE ledger_id = $1 AND kind = 'signer_refused' AND ended_at IS NULL", [ledger.id]),
      )
    ).rowCount === 1;
  await checkpointLedger(ledger, openSigner()!, new Pace(Date.now()), new Date(Date.now() - 600_000));
  expect(await size()).toBe(0n);
  renameSync(path.join(dir, 'memory'), path.join(dir, 'away'));
  const stop = keepCheckpointing(50);
  try {
    await until(refused);
    rmSync(path.join(dir, 'memory'), { recursive: true, force: true });
    renameSync(path.join(dir, 'away'), path.join(dir, 'memory'));
    await until(async () => !(await refused()));
  } finally {
    await stop();
  }
});
