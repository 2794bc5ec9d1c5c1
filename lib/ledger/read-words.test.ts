import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { closeDatabase, prisma } from '@/lib/db';
import type { EntryDto } from '@/lib/schema/screens';
import { explainReads } from '@/lib/testing/explain-reads';
import { asAdmin, freshDatabase, type TestDatabase } from '@/lib/testing/fresh-database';
import { appendRecord, closeAppenders } from './append-records';
import { boundedRead, settlePlans } from './bounded-read';
import type { LedgerRow } from './find-ledger';
import { prepareAccessRecord } from './prepare-record';
import { commitmentsOf, countScope, readParts, readReveals, readWords } from './read-words';

/** Sealed parts of 4,000 conversations, five a conversation. */
const PARTS = 20_000;

let db: TestDatabase;
let ledger: LedgerRow;
let access: LedgerRow;
beforeAll(async () => {
  db = await freshDatabase();
  const row = { origin: 'x', name: 'x', demo: false } as const;
  ledger = { ...row, id: db.ledgers.main, slug: 'main', kind: 'agents' };
  access = { ...row, id: db.ledgers.access, slug: 'access', kind: 'access' };
  await asAdmin(db.adminUrl, async (c) => {
    await c.query(
      `INSERT INTO content_keys (ledger_id, id, conversation_id, subject_id, kek_id, wrapped, commitment)
       SELECT $1, md5('k' || i)::uuid, 'c-' || i, 'S-' || i % 100, 'k', decode(repeat('00', 60), 'hex'), sha256('') FROM generate_series(0, $2 / 5 - 1) i`,
      [ledger.id, PARTS],
    );
    await c.query(
      `INSERT INTO content_parts (ledger_id, record_id, part_index, part, key_id, nonce, ciphertext_sha256, ciphertext)
       SELECT $1, md5('r' || i)::uuid, 0, 'response', md5('k' || i / 5)::uuid, decode(repeat('00', 12), 'hex'), sha256(''), decode(repeat('00', 100), 'hex')
         FROM generate_series(0, $2 - 1) i`,
      [ledger.id, PARTS],
    );
    await c.query(
      `INSERT INTO legal_holds (ledger_id, matter, scope_kind, scope_value, reason, placed_by) SELECT $1, 'M', 'subject', 'S-' || i, 'r', 'x' FROM generate_series(90, 2000) i`,
      [ledger.id],
    );
    await c.query(
      `INSERT INTO legal_holds (ledger_id, matter, scope_kind, scope_value, reason, placed_by, released_by, released_at, release_reason)
       SELECT $1, 'M', 'subject', 'S-' || i, 'r', 'x', 'y', now(), 'z' FROM generate_series(1, 3000) i`,
      [ledger.id],
    );
    await c.query(
      'UPDATE retention_scopes SET standing = false WHERE mark IN (SELECT mark FROM legal_holds WHERE released_at IS NOT NULL)',
    );
    await c.query('VACUUM content_keys, content_parts, legal_holds, retention_scopes');
  });
}, 120_000);
afterAll(async () => {
  await closeAppenders();
  await closeDatabase();
  await db.drop();
});

const uuidOf = async (name: string) => (await prisma().$queryRaw<{ id: string }[]>`SELECT md5(${name})::uuid AS id`)[0]!.id;
/** The entry that committed to part `i`. */
async function entryOf(i: number, over: Record<string, unknown> = {}): Promise<EntryDto> {
  const content = [{ part: 'response', index: 0, length: 84, key_id: await uuidOf(`k${Math.floor(i / 5)}`), ...over }];
  const body = { timestamp: '2026-11-20T10:00:00.000Z', actor_id: 'triage', subject_id: `S-${Math.floor(i / 5) % 100}`, content };
  return { seq: String(i), id: await uuidOf(`r${i}`), received_at: '2026-11-20T10:00:00.500000Z', body } as unknown as EntryDto;
}
async function reveal(conversation: string, details: Record<string, string | number>, slug = 'main'): Promise<void> {
  const record = prepareAccessRecord({
    action: 'content_revealed',
    actor_id: 'ann@example.org',
    actor_type: 'user',
    resource_type: 'conversation',
    resource_id: conversation,
    purpose: 'audit',
    details: { ledger: slug, ...details },
    source: { channel: 'dashboard' },
  });
  expect((await appendRecord(access.id, record)).kind).toBe('stored');
}

describe('what is known of words', () => {
  it('is sealed, shredded or missing, each part as its key and its ciphertext are', async () => {
    const [sealed, shredded] = [await entryOf(0), await entryOf(5)];
    const [moved, unknown] = [await entryOf(1, { index: 9 }), await entryOf(2, { key_id: randomUUID() })];
    const shredding = randomUUID();
    await asAdmin(db.adminUrl, async (c) => {
      await c.query(
        "INSERT INTO shreddings (id, ledger_id, scope_kind, scope_value, authority, reason, requested_by, keys, parts, backups_until) VALUES ($1, $2, 'conversation', 'c-1', 'a', 'r', 'bob', 1, 5, now() - interval '1 s')",
        [shredding, ledger.id],
      );
      await c.query('UPDATE content_keys SET wrapped = NULL, kek_id = NULL, shredded_at = now(), shredding_id = $1 WHERE id = $2', [
        shredding,
        await uuidOf('k1'),
      ]);
    });
    const words = await boundedRead((tx) => readWords(tx, ledger, { conversationId: 'c-1' }, [sealed, shredded, moved, unknown], null));
    expect(words.parts.map(({ state, shredding_id }) => [state, shredding_id])).toEqual([
      ['sealed', null],
      ['shredded', shredding],
      ['missing', null],
      ['missing', null],
    ]);
    expect(words.shreddings).toMatchObject([{ id: shredding, requested_by: 'bob', authority: 'a', pending: false }]);
  });

  it('names the holds on persons in the conversation too, beyond the page that is shown', async () => {
    const held = await boundedRead((tx) => readWords(tx, ledger, { conversationId: 'c-95' }, [], null));
    expect(held.holds).toMatchObject([{ scope: { kind: 'subject', value: 'S-95' } }]);
    expect((await boundedRead((tx) => readWords(tx, ledger, { conversationId: 'c-5' }, [], null))).holds).toEqual([]);
  });

  it('says who was shown them: of the conversation and of single records, of this ledger alone', async () => {
    const [one, other] = [randomUUID(), randomUUID()];
    await reveal('c-7', { parts: 5, note: 'whole' });
    await reveal('c-7', { parts: 1, note: 'one', record: one });
    await reveal('c-7', { parts: 1, note: 'other', record: other });
    await reveal('c-7', { parts: 9, note: 'elsewhere' }, 'another');
    await reveal('c-8', { parts: 9, note: 'another talk' });
    const notes = async (of: Parameters<typeof readReveals>[3]) =>
      (await boundedRead((tx) => readReveals(tx, access, 'main', of, 50))).rows.map(({ note }) => note);
    expect(await notes({ conversationId: 'c-7' })).toEqual(['other', 'one', 'whole']);
    expect(await notes({ conversationId: 'c-7', recordId: one })).toEqual(['one', 'whole']);
    const [newest] = (await boundedRead((tx) => readReveals(tx, access, 'main', { conversationId: 'c-7' }, 1))).rows;
    expect(newest).toMatchObject({ by: 'ann@example.org', purpose: 'audit', parts: 1, record_id: other, break_glass: null });
    expect((await boundedRead((tx) => readReveals(tx, access, 'main', { conversationId: 'c-7' }, 1))).complete).toBe(false);
  });

  it('is read by key, whatever the vault holds', async () => {
    const entries = await Promise.all(Array.from({ length: 50 }, (_, i) => entryOf(10_000 + i)));
    const { queries } = await explainReads(db.appUrl, async (tx) => {
      await settlePlans(tx);
      // A connection's first call of a function reads what it is made of; pages of the catalogue are not what is measured here.
      await tx.$queryRaw`SELECT set_config('x.y', hold::text, true) FROM holds_against(${ledger.id}::int, 'conversation', 'none') AS hold`;
      await readParts(tx, ledger.id, entries);
      await readWords(tx, ledger, { conversationId: 'c-95' }, entries, randomUUID());
      await countScope(tx, ledger.id, { kind: 'conversation', value: 'c-95' });
    });
    expect(queries.length).toBeGreaterThan(6);
    for (const { text, scanned, buffers } of queries)
      expect({
        text,
        scanned: scanned.filter((name) => /^(content|legal|shreddings|break)/.test(name)),
        bounded: buffers < 400 || buffers,
      }).toEqual({
        text,
        scanned: [],
        bounded: true,
      });
  });

  it('of whatever somebody put into a body is what can be read as commitments, and nothing else', () => {
    const good = { part: 'response', index: 0, length: 3, key_id: randomUUID() };
    expect(commitmentsOf({ content: [good, null, { ...good, index: -1 }, { ...good, key_id: "'; --" }] } as never)).toEqual([
      { ...good, media_type: null },
    ]);
    fc.assert(
      fc.property(fc.jsonValue(), (content) => {
        for (const { index, key_id } of commitmentsOf({ content } as never)) {
          expect(Number.isInteger(index) && index >= 0).toBe(true);
          expect(key_id).toMatch(/^[0-9a-f-]{36}$/);
        }
      }),
    );
  });
});
