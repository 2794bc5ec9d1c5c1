import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { closeDatabase } from '@/lib/db';
import { closeAppenders } from '@/lib/ledger/append-records';
import type { RecordInput } from '@/lib/schema/record';
import { agentRecord } from '@/lib/testing/agent-record';
import { asAdmin, freshDatabase, type TestDatabase } from '@/lib/testing/fresh-database';
import { makeViewer } from '@/lib/testing/make-person';
import { type IngestDoor, openIngestDoor } from '@/lib/testing/open-ingest-door';
import { places, verify } from '@/lib/testing/tamper-ledger';
import { requestShredding } from '@/lib/words/request-shredding';

/** Positions 0 … 4 of ledger main: no words; two parts; a part of 300 kB; one of another conversation; no words. */
const LARGE = 'Take one in the morning. '.repeat(12_000);
const TALK = 'talk-1';
let db: TestDatabase;
let door: IngestDoor;
let ledger: number;
const ids: string[] = [];
beforeAll(async () => {
  db = await freshDatabase();
  ledger = db.ledgers.main;
  door = await openIngestDoor(db, [agentRecord().agent_name]);
  const say = async (over: Partial<RecordInput>) => {
    const record = agentRecord({ conversation_id: TALK, ...over });
    ids.push(record.id);
    expect((await door.post(record)).status).toBe(201);
  };
  await say({});
  await say({
    content: [
      { part: 'prompt', text: 'How much?' },
      { part: 'response', text: '' },
    ],
  });
  await say({ content: [{ part: 'response', text: LARGE }] });
  await say({ conversation_id: 'talk-2', content: [{ part: 'response', text: 'Two.' }] });
  await say({ details: { content: [{ part: 'response' }], note: '{"content":[]}' } });
  await asAdmin(db.adminUrl, (c) =>
    c.query('CREATE TABLE parts_before AS TABLE content_parts; CREATE TABLE keys_before AS TABLE content_keys'),
  );
});
afterEach(() =>
  behind(
    'DELETE FROM content_parts; INSERT INTO content_parts SELECT * FROM parts_before; DELETE FROM content_keys; INSERT INTO content_keys SELECT * FROM keys_before; DELETE FROM shreddings',
  ),
);
afterAll(async () => {
  await door.close();
  await closeAppenders();
  await closeDatabase();
  await db.drop();
});

/** As an administrator of the database, who switches off what keeps rows as they are. */
const behind = (sql: string) =>
  asAdmin(db.adminUrl, async (c) => {
    const triggers = async (how: string) => {
      for (const table of ['content_parts', 'shreddings'])
        for (const name of ['append_only_row', 'append_only_statement']) await c.query(`ALTER TABLE ${table} ${how} TRIGGER ${name}`);
    };
    await triggers('DISABLE');
    await c.query("SET session_replication_role = 'replica'");
    await c.query(sql);
    await triggers('ENABLE ALWAYS');
  });
const edit = (seq: number, index: number, change: string) =>
  behind(`UPDATE content_parts SET ${change} WHERE record_id = '${ids[seq]}' AND part_index = ${index}`);
const content = (run: Awaited<ReturnType<typeof verify>>) => run.checks.find(({ name }) => name === 'content');

describe('sealed words that are as they were', () => {
  it('are counted, without a key to open them', async () => {
    const file = process.env.VAULT_KEY_FILE;
    process.env.VAULT_KEY_FILE = '/nowhere';
    try {
      const run = await verify(ledger);
      expect(run).toMatchObject({ verdict: 'valid', breaks_total: 0 });
      expect(content(run)).toEqual({
        name: 'content',
        outcome: 'passed',
        say: '4 sealed parts against what their records commit to, without opening them.',
      });
      const talk = await verify(ledger, { kind: 'conversation', conversation_id: TALK });
      expect(talk.verdict).toBe('valid');
      expect(content(talk)?.say).toMatch(/^3 sealed parts /);
      expect(content(await verify(ledger, { kind: 'range', from: '3', to: '3' }))?.say).toMatch(/^1 sealed part /);
      expect(content(await verify(ledger, { kind: 'range', from: '4', to: '4' }))?.outcome).toBe('not_checked');
    } finally {
      process.env.VAULT_KEY_FILE = file;
    }
  });

  it('and were shredded are told as that and are no break; their ciphertexts are still held to what was committed', async () => {
    const officer = await makeViewer({ [ledger]: 'compliance_officer' });
    await requestShredding(officer, 'main', {
      scope: { kind: 'conversation', value: TALK },
      authority: 'GDPR Art. 17(1)(a)',
      reason: 'Asked by the patient',
      confirm: TALK,
    });
    const run = await verify(ledger);
    expect(run.verdict).toBe('valid');
    expect(content(run)?.say).toBe(
      '4 sealed parts against what their records commit to, without opening them; the keys of 3 were destroyed by shreddings.',
    );
    await edit(2, 0, 'ciphertext = set_byte(ciphertext, 5, get_byte(ciphertext, 5) # 1)');
    expect(places(await verify(ledger))).toEqual(['content_mismatch@2']);
    await behind(`DELETE FROM content_parts WHERE record_id = '${ids[2]}'`);
    expect((await verify(ledger)).verdict).toBe('valid');
  });
});

describe('an administrator who edits the vault', () => {
  it.each([
    ['the first byte of a ciphertext', 'ciphertext = set_byte(ciphertext, 0, get_byte(ciphertext, 0) # 1)'],
    [
      'its tag',
      'ciphertext = set_byte(ciphertext, octet_length(ciphertext) - 1, get_byte(ciphertext, octet_length(ciphertext) - 1) # 128)',
    ],
    ['its end, cut off', 'ciphertext = substring(ciphertext FOR octet_length(ciphertext) - 1)'],
    ['ciphertext and digest together', `ciphertext = '\\x${'00'.repeat(40)}', ciphertext_sha256 = sha256('\\x${'00'.repeat(40)}')`],
    ['the digest beside it', 'ciphertext_sha256 = sha256(ciphertext_sha256)'],
    ['its nonce', 'nonce = set_byte(nonce, 3, get_byte(nonce, 3) # 4)'],
    ['which part it is', `part = 'document'`],
    ['its key', `key_id = (SELECT id FROM content_keys WHERE conversation_id = 'talk-2')`],
  ])('%s is found, with the place', async (_what, change) => {
    await edit(2, 0, change);
    const run = await verify(ledger);
    expect(run.verdict).toBe('tampered');
    expect(places(run)).toEqual(['content_mismatch@2']);
    expect(run.breaks[0]).toMatchObject({ record_id: ids[2], expected: expect.stringContaining('place 0 (response)') });
    expect(content(run)?.outcome).toBe('failed');
    expect(places(await verify(ledger, { kind: 'conversation', conversation_id: TALK }))).toEqual(['content_mismatch@2']);
    expect((await verify(ledger, { kind: 'range', from: '3', to: '4' })).verdict).toBe('valid');
  });

  it('two parts exchanged are found, both', async () => {
    await behind(`UPDATE content_parts SET part_index = 1 - part_index + 10 WHERE record_id = '${ids[1]}'`);
    await behind(`UPDATE content_parts SET part_index = part_index - 10 WHERE record_id = '${ids[1]}'`);
    expect(places(await verify(ledger))).toEqual(['content_mismatch@1', 'content_mismatch@1']);
  });

  it('a part that is gone leaves the ledger incomplete', async () => {
    await behind(`DELETE FROM content_parts WHERE record_id = '${ids[1]}' AND part_index = 1`);
    const run = await verify(ledger);
    expect(run.verdict).toBe('incomplete');
    expect(run.breaks).toMatchObject([
      { code: 'content_missing', seq: '1', expected: 'place 1 (response), 0 bytes', found: 'nothing is stored' },
    ]);
  });

  it('a part that no record knows is found', async () => {
    await behind(
      `INSERT INTO content_parts SELECT ledger_id, record_id, 7, part, key_id, nonce, ciphertext_sha256, ciphertext FROM content_parts WHERE record_id = '${ids[3]}'`,
    );
    const run = await verify(ledger);
    expect(run.breaks).toMatchObject([{ code: 'content_mismatch', seq: '3', expected: 'nothing at place 7' }]);
  });

  it('a key that is gone, or was destroyed without a shredding that says so, is found', async () => {
    await behind(`DELETE FROM content_keys WHERE conversation_id = 'talk-2'`);
    expect(places(await verify(ledger))).toEqual(['content_missing@3']);
    await behind(`INSERT INTO content_keys SELECT * FROM keys_before WHERE conversation_id = 'talk-2'`);
    const destroyed = `UPDATE content_keys SET wrapped = NULL, kek_id = NULL, shredded_at = now(), shredding_id = '${randomUUID()}' WHERE conversation_id = 'talk-2'`;
    await behind(destroyed);
    const run = await verify(ledger);
    expect(run.verdict).toBe('incomplete');
    expect(run.breaks).toMatchObject([{ code: 'content_missing', seq: '3', found: 'neither' }]);
  });

  it.each([
    ['no entry of the access ledger has', () => randomUUID(), `'talk-2'`],
    ['the access ledger has of another conversation', (told: string) => told, `'${TALK}'`],
  ])('a key that was destroyed under a shredding which %s is found', async (_what, idOf, scope) => {
    const officer = await makeViewer({ [ledger]: 'compliance_officer' });
    const wish = { scope: { kind: 'conversation' as const, value: TALK }, authority: 'GDPR Art. 17(1)(a)', reason: 'Asked', confirm: TALK };
    const id = idOf((await requestShredding(officer, 'main', wish)).id);
    await behind(
      `INSERT INTO shreddings SELECT '${id}', ledger_id, scope_kind, ${scope}, authority, reason, requested_by, at, keys, parts, backups_until FROM shreddings ON CONFLICT DO NOTHING;
       UPDATE content_keys SET wrapped = NULL, kek_id = NULL, shredded_at = now(), shredding_id = '${id}' WHERE conversation_id = 'talk-2';
       DELETE FROM content_parts WHERE record_id = '${ids[3]}'`,
    );
    const run = await verify(ledger);
    expect(run.verdict).toBe('incomplete');
    expect(new Set(places(run))).toEqual(new Set(['content_missing@3']));
    await behind(`UPDATE shreddings SET requested_by = 'mallory@example.org'`);
    expect(new Set(places(await verify(ledger)))).toEqual(new Set(['content_missing@1', 'content_missing@2', 'content_missing@3']));
  });

  it('a key in place of another is found, though its words can no longer be opened', async () => {
    await behind(`UPDATE content_keys SET commitment = sha256(commitment) WHERE conversation_id = 'talk-2'`);
    expect(places(await verify(ledger))).toEqual(['content_mismatch@3']);
  });
});
