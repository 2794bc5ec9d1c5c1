import { randomBytes, randomUUID } from 'node:crypto';
import { renameSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Viewer } from '@/lib/auth/viewer';
import type { JsonValue } from '@/lib/chain/canonical-json';
import { closeDatabase } from '@/lib/db';
import { closeAppenders } from '@/lib/ledger/append-records';
import type { RevealLine } from '@/lib/schema/words';
import { asAdmin, freshDatabase, type TestDatabase } from '@/lib/testing/fresh-database';
import { makeViewer } from '@/lib/testing/make-person';
import { freshVault, sealRecord } from '@/lib/testing/seal-record';
import * as dataKeys from '@/lib/vault/data-keys';
import { openVault } from '@/lib/vault/open-vault';
import { requestShredding } from './request-shredding';
import { revealContent } from './reveal-content';

let db: TestDatabase;
let vault: ReturnType<typeof freshVault>;
let auditor: Viewer;
let officer: Viewer;
beforeAll(async () => {
  db = await freshDatabase();
  vault = freshVault();
  auditor = await makeViewer({ [db.ledgers.main]: 'auditor' });
  officer = await makeViewer({ [db.ledgers.main]: 'compliance_officer' });
});
let talk: string;
beforeEach(() => {
  talk = `talk-${randomUUID().slice(0, 8)}`;
});
afterAll(async () => {
  vault.drop();
  await closeAppenders();
  await closeDatabase();
  await db.drop();
});

const store = (texts: string[], subject: string | null = null, claim: Record<string, JsonValue> = {}) =>
  sealRecord(db, { conversation: talk, texts, subject, claim });
/** As a superuser does it, to whom no trigger is a bar. */
const tamper = (sql: string, values: unknown[]) =>
  asAdmin(db.adminUrl, async (c) => {
    await c.query('ALTER TABLE content_parts DISABLE TRIGGER USER');
    await c.query(sql, values);
    await c.query('ALTER TABLE content_parts ENABLE TRIGGER USER');
  });
async function linesOf(): Promise<RevealLine[]> {
  const lines: RevealLine[] = [];
  for await (const line of await revealContent(auditor, 'main', { conversation_id: talk, purpose: 'audit' })) lines.push(line);
  return lines;
}
const said = async () =>
  (await linesOf()).map((line) => ('text' in line ? line.text : 'absent' in line ? `${line.absent}: ${line.why}` : line));
const ALTERED = 'unreadable: What is stored is not what the record committed to.';

describe('sealed words', () => {
  it('come back exactly as they were said, hostile or empty', async () => {
    const texts = [
      '',
      'Ünïcödé 🩺',
      '<script>alert(1)</script>',
      '\u001b[31mred\u001b[0m \u202eevil\u202c \u{e0041}',
      '=HYPERLINK("http://x")',
      'x'.repeat(1_048_576),
    ];
    await store(texts);
    expect((await said()).slice(0, -1)).toEqual(texts);
  });

  it('ask for the key once, not for each part', async () => {
    for (let i = 0; i < 5; i++) await store(['a', 'b']);
    const asked = vi.spyOn(dataKeys, 'openDataKey');
    expect(await said()).toHaveLength(11);
    expect(asked).toHaveBeenCalledTimes(1);
    asked.mockRestore();
  });

  it('that were altered, exchanged or taken away are said to be unreadable, and hide no other', async () => {
    const ids = [await store(['one']), await store(['two']), await store(['six']), await store(['four'])];
    await tamper('UPDATE content_parts SET ciphertext = set_byte(ciphertext, 0, get_byte(ciphertext, 0) # 1) WHERE record_id = $1', [
      ids[0],
    ]);
    await tamper(
      'UPDATE content_parts a SET ciphertext = b.ciphertext, ciphertext_sha256 = b.ciphertext_sha256, nonce = b.nonce FROM content_parts b WHERE a.record_id = $1 AND b.record_id = $2',
      [ids[1], ids[2]],
    );
    await tamper('DELETE FROM content_parts WHERE record_id = $1', [ids[2]]);
    expect(await said()).toEqual([
      ALTERED,
      ALTERED,
      'unreadable: The sealed words are not where they should be.',
      'four',
      { end: true, parts: 4, revealed: 1, next_after: null },
    ]);
  });

  it.each([
    ['another key', { key_commitment: '0'.repeat(64) }],
    ['another ciphertext', { ciphertext_sha256: '0'.repeat(64) }],
    ['another nonce', { nonce: '0'.repeat(24) }],
    ['another length', { length: 99 }],
    ['a nonce that is none', { nonce: 'zz' }],
  ])('are not opened where the record committed to %s', async (_, claim) => {
    await store(['secret'], null, claim);
    expect((await said())[0]).toBe(ALTERED);
  });

  it('are not opened with a key that is not the one committed to, though it was wrapped for this place as it should be', async () => {
    await store(['secret']);
    const ledger = db.ledgers.main;
    const [{ id }] = await asAdmin(
      db.adminUrl,
      async (c) => (await c.query<{ id: string }>('SELECT id FROM content_keys WHERE conversation_id = $1', [talk])).rows,
    );
    const other = await openVault().current.wrap(randomBytes(32), { ledger: String(ledger), key: id });
    await tamper('UPDATE content_keys SET wrapped = $2 WHERE id = $1', [id, other]);
    await expect(dataKeys.openDataKey(ledger, id)).rejects.toMatchObject({ code: 'unreadable' });
    expect((await said())[0]).toBe(ALTERED);
  });

  it('are gone once they were shredded, also while they are being read', async () => {
    await store(['first'], 'P-1');
    await store(['second'], 'P-2');
    const lines = await revealContent(auditor, 'main', { conversation_id: talk, purpose: 'audit' });
    expect((await lines.next()).value).toMatchObject({ text: 'first' });
    const scope = { kind: 'conversation', value: talk } as const;
    await requestShredding(officer, 'main', { scope, authority: 'GDPR Art. 17', reason: 'Asked for', confirm: talk });
    expect((await lines.next()).value).toMatchObject({ absent: 'shredded' });
    expect((await said()).slice(0, 2).every((line) => typeof line === 'string' && line.startsWith('shredded: Shredded 20'))).toBe(true);
  });

  it('are not opened while the key file is away, and are once it is back', async () => {
    await store(['still there']);
    renameSync(vault.file, `${vault.file}.away`);
    try {
      expect((await said())[0]).toBe('unreadable: The vault does not answer; ask again later.');
    } finally {
      renameSync(`${vault.file}.away`, vault.file);
    }
    expect((await said())[0]).toBe('still there');
  });
});
