import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parseNote } from '@/lib/chain/signed-note';
import { parseVerifierKey } from '@/lib/chain/verifier-key';
import { openCheckpoint, openNote } from '@/lib/chain/verify-note';
import { closeDatabase } from '@/lib/db';
import { appendRecord, closeAppenders } from '@/lib/ledger/append-records';
import type { LedgerRow } from '@/lib/ledger/find-ledger';
import { listLedgers } from '@/lib/ledger/find-ledger';
import { prepareAgentRecord } from '@/lib/ledger/prepare-record';
import { listIncarnations, listKeys, newestCheckpoint } from '@/lib/ledger/read-checkpoints';
import { beginRotation, finishRotation } from '@/lib/signer/keep-keys';
import { agentRecord } from '@/lib/testing/agent-record';
import { asAdmin, freshDatabase, type TestDatabase } from '@/lib/testing/fresh-database';
import { accessRecords } from '@/lib/testing/make-person';
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
    async (client) =>
      (await client.query('SELECT kind, subject, detail, ended_at FROM alarms WHERE ledger_id = $1 ORDER BY raised_at', [ledger.id])).rows,
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
  it('keys that are not the ledger’s, until an operator has it go on under a new name, which stands in the access ledger with the reason', async () => {
    await append(5);
    await sign(new Date(Date.now() - 3_600_000));
    rmSync(dir, { recursive: true });
    expect(await sign()).toMatchObject({ kind: 'refused', say: expect.stringContaining('holds other keys') });
    expect(await alarms()).toMatchObject([{ kind: 'signer_refused', ended_at: null }]);
    askAdoption(dir, ledger.slug, 'the disk of the old machine is gone');
    expect(await sign()).toMatchObject({ kind: 'signed', size: 5n });
    expect(await origins()).toEqual([ledger.origin, `${ledger.origin}/incarnations/2`]);
    expect(await alarms()).toMatchObject([
      { kind: 'signer_refused', ended_at: expect.any(Date) },
      { kind: 'new_incarnation', subject: '2', ended_at: null },
    ]);
    const entry = (await accessRecords(db.ledgers.access)).at(-1)!;
    expect(entry).toMatchObject({
      action: 'incarnation_started',
      details: { reason: 'adopted', because: 'the disk of the old machine is gone', signed_size: '5' },
    });
    // The word was for this loss; the next one is refused again.
    await sign(new Date(Date.now() + 1_000_000));
    rmSync(path.join(dir, 'memory'), { recursive: true });
    await append(1);
    expect(await sign(new Date(Date.now() + 2_000_000))).toMatchObject({ kind: 'refused', say: expect.stringContaining('is lost') });
  });

  it('to go on from an old copy of its memory, although nothing in the database is wrong', async () => {
    await append(5);
    await sign();
    const copy = path.join(dir, 'copy');
    cpSync(path.join(dir, 'memory'), copy, { recursive: true });
    await append(5);
    await sign(new Date(Date.now() + 10_000));
    rmSync(path.join(dir, 'memory'), { recursive: true });
    cpSync(copy, path.join(dir, 'memory'), { recursive: true });
    await append(5);
    expect(await sign(new Date(Date.now() + 20_000))).toMatchObject({
      kind: 'refused',
      say: expect.stringContaining('older than what was signed'),
    });
  });

  it('to go on with a memory that cannot be read: it is not taken for one that was never there', async () => {
    await append(5);
    await sign();
    for (const name of readdirSync(path.join(dir, 'memory'))) writeFileSync(path.join(dir, 'memory', name), '{"format":');
    await append(1);
    expect(await sign(new Date(Date.now() + 10_000))).toMatchObject({ kind: 'refused', say: expect.stringContaining('is damaged') });
    expect(await alarms()).toMatchObject([{ kind: 'signer_refused', ended_at: null }]);
  });

  it('a tree whose tiles alone were changed: that is no new history', async () => {
    await append(600);
    await sign();
    await tamper(
      'tree_tiles',
      "UPDATE tree_tiles SET hashes = set_byte(hashes, 0, get_byte(hashes, 0) # 1), root = sha256('x') WHERE ledger_id = $1 AND level = 0 AND tile = 0",
    );
    await append(1);
    expect(await sign(new Date(Date.now() + 10_000))).toMatchObject({
      kind: 'refused',
      say: expect.stringContaining('tiles of the tree do not agree'),
    });
    expect(await origins()).toEqual([ledger.origin]);
  });
});

describe('an invented checkpoint in the database', () => {
  it('stops nobody: the signer knows what it signed', async () => {
    await append(3);
    await sign();
    await asAdmin(db.adminUrl, (client) =>
      client.query("SELECT keep_checkpoint($1, 1, 1000000, sha256(''), $2, now() + interval '1 year')", [
        ledger.id,
        Buffer.from('nonsense'),
      ]),
    );
    await append(3);
    expect(await sign(new Date(Date.now() + 400 * 86_400_000))).toMatchObject({ kind: 'signed', size: 6n, number: 3n });
    expect(await origins()).toEqual([ledger.origin]);
  });
});

describe('a database behind or beside its signer', () => {
  it('goes on under a new name, says what was signed before, ends the old keys, and raises an alarm that is raised once', async () => {
    await append(10);
    await sign();
    await cutTail(4);
    const step = await sign(new Date(Date.now() + 5_000));
    expect(step).toMatchObject({ kind: 'signed', size: 6n });
    expect((await newestCheckpoint(ledger.id))!.origin).toBe(`${ledger.origin}/incarnations/2`);
    const raised = { kind: 'new_incarnation', subject: '2', detail: { signed_size: '10', found_size: '6' } };
    expect(await alarms()).toMatchObject([{ ...raised, ended_at: null }]);
    const keys = await listKeys(ledger.id);
    expect(keys.map(({ incarnation, from_size, to_size }) => [incarnation, from_size, to_size])).toEqual([
      [1, '0', '10'],
      [1, '0', '10'],
      [2, '0', null],
      [2, '0', null],
    ]);
    await asAdmin(db.adminUrl, (client) =>
      client.query("UPDATE alarms SET ended_at = now(), ended_by = 'x', reason = 'restored' WHERE ledger_id = $1", [ledger.id]),
    );
    await append(1);
    await sign(new Date(Date.now() + 20_000));
    expect(await alarms()).toHaveLength(1);
  });

  it('goes on although tiles of the cut-off end were left: they are taken away, and it grows, is proven and is signed like every other', async () => {
    await append(1_000);
    await sign();
    const levels = async () =>
      (
        await asAdmin(db.adminUrl, (c) => c.query('SELECT level, tile FROM tree_tiles WHERE ledger_id = $1 ORDER BY 1, 2', [ledger.id]))
      ).rows.map(({ level, tile }) => `${level}/${tile}`);
    expect(await levels()).toEqual(['0/0', '0/1', '0/2']);
    await cutTail(300);
    expect(await sign(new Date(Date.now() + 5_000))).toMatchObject({ kind: 'signed', size: 700n });
    expect(await origins()).toEqual([ledger.origin, `${ledger.origin}/incarnations/2`]);
    expect(await levels()).toEqual(['0/0', '0/1']);
    expect(await alarms()).toMatchObject([{ kind: 'new_incarnation', ended_at: null, detail: { signed_size: '1000', found_size: '700' } }]);
    // The end of its conversations was not made to agree: new ones are begun.
    await append(400);
    expect(await sign(new Date(Date.now() + 20_000))).toMatchObject({ kind: 'signed', size: 1_100n });
    expect(await levels()).toEqual(['0/0', '0/1', '0/2', '0/3']);
    expect(await origins()).toHaveLength(2);
  });

  it('with a statement that its keys sign under the new name', async () => {
    await append(4);
    await sign();
    await cutTail(1);
    await sign(new Date(Date.now() + 5_000));
    const { rows } = await asAdmin(db.adminUrl, (client) =>
      client.query('SELECT statement, origin FROM incarnations WHERE ledger_id = $1 AND number = 2', [ledger.id]),
    );
    const keys = (await listKeys(ledger.id)).filter(({ incarnation }) => incarnation === 2).map((key) => parseVerifierKey(key.vkey));
    const { note } = openNote(rows[0].statement, keys);
    expect(note.text).toMatch(
      new RegExp(`^holdfast/incarnation/v1\n${rows[0].origin}\nprevious ${ledger.origin} 4 \\S{44}\nfound 3 \\S{44}\n$`),
    );
  });

  it.each([
    ['rewritten in what was signed, and as long', 0],
    ['rewritten in what was signed, and longer', 3],
  ])('%s', async (_, more) => {
    await append(8);
    await sign();
    await tamper('entries', "UPDATE entries SET integrity_hash = sha256('other') WHERE ledger_id = $1 AND seq = 7");
    await append(more);
    expect(await sign(new Date(Date.now() + 400_000))).toMatchObject({ kind: 'signed', size: BigInt(8 + more) });
    expect(await origins()).toHaveLength(2);
  });

  it('restored from before a later incarnation: not even the first one’s history, whole again, is signed under the first name', async () => {
    await append(10);
    await sign();
    const original = await asAdmin(
      db.adminUrl,
      async (client) => (await client.query('SELECT * FROM entries WHERE ledger_id = $1', [ledger.id])).rows,
    );
    await cutTail(4);
    await sign(new Date(Date.now() + 5_000));
    // Last night's backup, from before all this.
    await asAdmin(db.adminUrl, async (client) => {
      for (const table of ['checkpoints', 'incarnations', 'signer_keys', 'entries'])
        await client.query(`ALTER TABLE ${table} DISABLE TRIGGER ALL`);
      await client.query('DELETE FROM checkpoints WHERE ledger_id = $1 AND incarnation = 2', [ledger.id]);
      await client.query('DELETE FROM incarnations WHERE ledger_id = $1 AND number = 2', [ledger.id]);
      await client.query('DELETE FROM entries WHERE ledger_id = $1', [ledger.id]);
      for (const row of original)
        await client.query('INSERT INTO entries SELECT ($1::entries).*', [
          `(${row.ledger_id},${row.seq},${row.id},${row.received_at_us},${row.conversation_seq},"\\\\x${row.body_hash.toString('hex')}","\\\\x${row.submitted.toString('hex')}","\\\\x${row.previous_hash.toString('hex')}","\\\\x${row.integrity_hash.toString('hex')}")`,
        ]);
      await client.query('DELETE FROM signer_keys WHERE ledger_id = $1 AND incarnation = 2', [ledger.id]);
      await client.query('UPDATE signer_keys SET to_size = NULL WHERE ledger_id = $1', [ledger.id]);
      for (const table of ['checkpoints', 'incarnations', 'signer_keys', 'entries'])
        await client.query(`ALTER TABLE ${table} ENABLE TRIGGER ALL`);
    });
    expect(await sign(new Date(Date.now() + 400_000))).toMatchObject({ kind: 'signed', size: 10n });
    expect(await origins()).toEqual([ledger.origin, `${ledger.origin}/incarnations/3`]);
  });
});

describe('keys that are rotated', () => {
  it('hand over on one checkpoint that both pairs sign, with an entry; then the new ones sign alone, and the old secrets are gone', async () => {
    await append(3);
    await sign();
    const [old] = (await listKeys(ledger.id)).map(({ vkey }) => vkey);
    beginRotation(path.join(dir, 'keys.json'));
    await append(2);
    expect(await sign(new Date(Date.now() + 5_000))).toMatchObject({ kind: 'signed', size: 5n, number: 2n });
    const shown = await newestCheckpoint(ledger.id);
    expect(parseNote(shown!.note).signatures).toHaveLength(4);
    const keys = await listKeys(ledger.id);
    expect(keys.map(({ from_size, to_size }) => [from_size, to_size])).toEqual([
      ['0', '5'],
      ['0', '5'],
      ['5', null],
      ['5', null],
    ]);
    // Both ranges hold the size of the hand-over; each set of keys alone opens it.
    for (const part of [keys.slice(0, 2), keys.slice(2)])
      expect(
        openCheckpoint(
          shown!.note,
          part.map((key) => parseVerifierKey(key.vkey)),
          ledger.origin,
        ).verified,
      ).toHaveLength(2);
    expect((await accessRecords(db.ledgers.access)).at(-1)).toMatchObject({
      action: 'signer_key_rotated',
      details: { size: '5', ledger: ledger.slug },
    });
    // While other ledgers have still to be handed over, nothing is done twice here.
    const entries = (await accessRecords(db.ledgers.access)).length;
    expect(await sign(new Date(Date.now() + 6_000))).toEqual({ kind: 'nothing' });
    await append(1);
    await sign(new Date(Date.now() + 20_000));
    expect(parseNote((await newestCheckpoint(ledger.id))!.note).signatures).toHaveLength(2);
    expect(await accessRecords(db.ledgers.access)).toHaveLength(entries);
    const before = readFileSync(path.join(dir, 'keys.json'), 'utf8');
    finishRotation(path.join(dir, 'keys.json'));
    const after = JSON.parse(readFileSync(path.join(dir, 'keys.json'), 'utf8'));
    expect(after).toMatchObject({ current: JSON.parse(before).next, next: null });
    expect(JSON.stringify(after)).not.toContain(JSON.parse(before).current.ed25519);
    await append(1);
    expect(await sign(new Date(Date.now() + 40_000))).toMatchObject({ kind: 'signed', size: 7n });
    expect((await listKeys(ledger.id)).filter(({ to_size }) => to_size === null).map(({ vkey }) => vkey)).not.toContain(old);
  });
});

const origins = async () => (await listIncarnations(ledger.id)).map(({ origin }) => origin);
const tamper = (table: string, change: string) =>
  asAdmin(db.adminUrl, async (client) => {
    await client.query(`ALTER TABLE ${table} DISABLE TRIGGER ALL`);
    await client.query(change, [ledger.id]);
    await client.query(`ALTER TABLE ${table} ENABLE ALWAYS TRIGGER append_only_row`);
    await client.query(`ALTER TABLE ${table} ENABLE ALWAYS TRIGGER append_only_statement`);
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
