import { randomUUID } from 'node:crypto';
import { renameSync } from 'node:fs';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Viewer } from '@/lib/auth/viewer';
import { closeDatabase } from '@/lib/db';
import { appendRecords, closeAppenders } from '@/lib/ledger/append-records';
import { findLedger } from '@/lib/ledger/find-ledger';
import { prepareAgentRecord } from '@/lib/ledger/prepare-record';
import { formatQuery, tokensOf } from '@/lib/schema/search-query';
import { viewRecords } from '@/lib/screens/view-records';
import { agentRecord } from '@/lib/testing/agent-record';
import { asAdmin, freshDatabase, type TestDatabase } from '@/lib/testing/fresh-database';
import { accessRecords, makeViewer } from '@/lib/testing/make-person';
import { freshVault, sealRecord } from '@/lib/testing/seal-record';
import { wordTokens } from '@/lib/vault/blind-index';
import { forgetAllDataKeys } from '@/lib/vault/data-keys';
import { changeContentSettings, viewContentSettings } from './content-settings';
import { type IndexStep, indexStep } from './index-words';
import { requestShredding } from './request-shredding';

let db: TestDatabase;
let vault: ReturnType<typeof freshVault>;
let auditor: Viewer;
let officer: Viewer;
let administrator: Viewer;
beforeAll(async () => {
  db = await freshDatabase();
  vault = freshVault();
  auditor = await makeViewer({ [db.ledgers.main]: 'auditor' });
  officer = await makeViewer({ [db.ledgers.main]: 'compliance_officer' });
  administrator = await makeViewer({ [db.ledgers.main]: 'administrator' });
  await setIndex(true);
});
afterAll(async () => {
  vault.drop();
  await closeAppenders();
  await closeDatabase();
  await db.drop();
});
let talk: string;
beforeEach(() => {
  talk = `talk-${randomUUID().slice(0, 8)}`;
});

async function setIndex(on: boolean): Promise<void> {
  const { version } = await viewContentSettings(officer, 'main');
  await changeContentSettings(officer, 'main', { if_version: version, blind_index: on });
}
const store = (...texts: string[]) => sealRecord(db, { conversation: talk, texts });
/** Steps until there is nothing to do, or none can be done. */
async function settle(step?: Parameters<typeof indexStep>[1]): Promise<IndexStep> {
  const ledger = (await findLedger('main'))!;
  for (let steps = 0; ; steps++) {
    const done = await indexStep(ledger, step);
    if (done !== 'more') return done;
    if (steps > 500) throw new Error('it does not end');
  }
}
const search = (q: string, viewer = auditor) => viewRecords(viewer, { params: new URLSearchParams({ q, ledger: 'main' }) });
const find = async (...words: string[]) =>
  (await search(formatQuery([{ name: 'said', value: words.join(' '), not: false }]))).rows.map((row) => row.id);
const stored = () =>
  asAdmin(
    db.adminUrl,
    async (c) => (await c.query('SELECT token, seq FROM word_tokens WHERE ledger_id = $1 ORDER BY seq, token', [db.ledgers.main])).rows,
  );

describe('the index of words', () => {
  it('finds records by all of the words that were said in them, whatever their case or form, and no others', async () => {
    const first = await store('Take the INSULIN at eight.', 'naïve answer');
    const second = await store('Insulin? No: nai\u0308ve.');
    expect(await find('insulin')).toEqual([]);
    expect(await settle()).toBe('caught_up');
    expect(await find('insulin')).toEqual([second, first]);
    expect(await find('Ｉｎｓｕｌｉｎ', 'NAÏVE')).toEqual([second, first]);
    expect(await find('insulin', 'eight')).toEqual([first]);
    expect(await find('insul')).toEqual([]);
    expect((await search('said:insulin -said:eight')).rows.map((row) => row.id)).toEqual([second]);
    expect((await search(`said:insulin conversation:${talk} -has:phi`)).total).toEqual({ count: 2, exact: true });
  });

  it('holds keyed hashes of whole words and positions, nothing else; another ledger has others', async () => {
    await store('the same word, the same word');
    await settle();
    const rows = await stored();
    const own = await wordTokens(db.ledgers.main, ['same', 'word', 'the']);
    const last = rows.filter((row) => row.seq === rows.at(-1)!.seq).map((row) => row.token.toString('hex'));
    expect(last).toEqual([...own.values()].map((token) => token.toString('hex')).sort());
    expect(own.get('same')).toHaveLength(8);
    const others = await wordTokens(db.ledgers.access, ['same']);
    expect(others.get('same')!.equals(own.get('same')!)).toBe(false);
  });

  it('says how far it has got, and what it does not know yet', async () => {
    await settle();
    expect((await search('said:whatever')).words).toMatchObject({ complete: true });
    const id = await store('a late word');
    const before = await search('said:late');
    expect([before.rows, before.words!.complete]).toEqual([[], false]);
    await settle();
    expect(await search('said:late')).toMatchObject({ rows: [{ id }], words: { complete: true } });
    expect((await search('has:phi')).words).toBeUndefined();
  });

  it('goes over many records in small steps, with and without words, and misses none', async () => {
    const ids: string[] = [];
    for (let i = 0; i < 12; i++) {
      ids.unshift(await store(`${talk.replace('-', '')} number n${i}xx`));
      const plain = Array.from({ length: 7 }, () => prepareAgentRecord(agentRecord(), { key_id: randomUUID(), channel: 'api' }));
      await appendRecords(db.ledgers.main, plain);
    }
    expect(await settle({ entries: 5, records: 2, tokens: 1 })).toBe('caught_up');
    expect(await find(talk.replace('-', ''))).toEqual(ids);
  });

  it('waits for the vault instead of passing over what it cannot open, and passes over what was altered', async () => {
    const altered = await store('altered afterwards');
    await asAdmin(db.adminUrl, async (c) => {
      await c.query('ALTER TABLE content_parts DISABLE TRIGGER USER');
      await c.query('UPDATE content_parts SET ciphertext = set_byte(ciphertext, 0, get_byte(ciphertext, 0) # 1) WHERE record_id = $1', [
        altered,
      ]);
      await c.query('ALTER TABLE content_parts ENABLE TRIGGER USER');
    });
    const id = await store('behind the vault');
    forgetAllDataKeys();
    renameSync(vault.file, `${vault.file}.away`);
    try {
      expect(await settle()).toBe('waiting');
    } finally {
      renameSync(`${vault.file}.away`, vault.file);
    }
    expect(await settle()).toBe('caught_up');
    expect(await find('behind')).toEqual([id]);
    expect(await find('afterwards')).toEqual([]);
  });

  it('loses the words of what is shredded with their key, and never takes them in afterwards', async () => {
    const marked = talk.replace('-', '');
    const [gone, later] = [await store(`${marked} before`), randomUUID().slice(0, 8)];
    await settle();
    expect(await find(marked)).toEqual([gone]);
    const scope = { kind: 'conversation', value: talk } as const;
    await requestShredding(officer, 'main', { scope, authority: 'GDPR Art. 17', reason: 'asked for', confirm: talk });
    expect(await find(marked)).toEqual([]);
    // Words that were opened before, and come to be written after it.
    const { rows } = await asAdmin(db.adminUrl, (c) =>
      c.query(
        `SELECT index_words($1, i.indexed_to, i.indexed_to + 1, ARRAY['\\x0000000000000000'::bytea], ARRAY[e.seq], ARRAY[p.key_id]) AS said
           FROM word_index i, content_parts p JOIN entries e ON e.id = p.record_id WHERE i.ledger_id = $1 AND p.record_id = $2`,
        [db.ledgers.main, gone],
      ),
    );
    expect(rows).toEqual([{ said: true }]);
    expect((await stored()).some((row) => row.token.equals(Buffer.alloc(8)))).toBe(false);
    await store(`${later} word`);
    await settle();
  });

  it('is written by one of two processes, and is emptied where it is switched off', async () => {
    const write =
      "SELECT index_words($1, i.indexed_to, i.indexed_to + 1, '{}', '{}', '{}') AS said FROM word_index i WHERE i.ledger_id = $1";
    const held = new pg.Client({ connectionString: db.appUrl });
    await held.connect();
    await held.query('BEGIN');
    expect((await held.query(write, [db.ledgers.main])).rows).toEqual([{ said: true }]);
    const second = asAdmin(db.adminUrl, (c) => c.query(write, [db.ledgers.main]));
    await held.query('SELECT pg_sleep(0.2)');
    await held.query('ROLLBACK');
    expect((await second).rows).toEqual([{ said: true }]);
    await held.query('BEGIN');
    await held.query(write, [db.ledgers.main]);
    const third = asAdmin(db.adminUrl, (c) => c.query(write, [db.ledgers.main]));
    await held.query('SELECT pg_sleep(0.2)');
    await held.query('COMMIT');
    await held.end();
    expect((await third).rows).toEqual([{ said: false }]);
    await setIndex(false);
    await store('taken in once');
    await expect(search('said:once')).rejects.toMatchObject({ code: 'words_not_indexed' });
    await settle();
    expect(await stored()).toEqual([]);
    await setIndex(true);
    expect((await search('said:once')).words).toEqual({ indexed_to: null, complete: false });
    await settle();
    expect((await find('once')).length).toBe(1);
  });
});

describe('a search of words', () => {
  it('is for people who may reveal', async () => {
    await expect(search('said:insulin', administrator)).rejects.toMatchObject({ code: 'forbidden' });
    await expect(search('said:insulin', { ...auditor, keyId: randomUUID(), sessionId: null })).rejects.toMatchObject({ code: 'forbidden' });
    await expect(search('-said:insulin', administrator)).rejects.toMatchObject({ code: 'forbidden' });
    await expect(search('said:insulin', officer)).resolves.toBeDefined();
    expect((await accessRecords(db.ledgers.access)).filter((entry) => entry.action === 'access_denied').length).toBeGreaterThan(1);
  });

  it('is an entry of the access ledger with its words, personal identifiers by their kind alone', async () => {
    await search('said:"insulin jane@example.org" tool:x');
    const entry = (await accessRecords(db.ledgers.access)).at(-1)!;
    expect(entry).toMatchObject({ action: 'search_run', actor_id: auditor.person.email });
    const { q } = (entry.details as { filters: { q: string } }).filters;
    expect(q).toContain('insulin');
    expect(q).toContain('[email]');
    expect(JSON.stringify(entry)).not.toContain('jane');
    expect(tokensOf(q)).toContain('tool');
  });

  it('finds nothing, and tells nothing, when it cannot be recorded', async () => {
    await asAdmin(db.adminUrl, (c) => c.query('REVOKE EXECUTE ON FUNCTION append_entries FROM holdfast_app'));
    try {
      await expect(search('said:insulin')).rejects.toMatchObject({ code: 'audit_unavailable' });
    } finally {
      await asAdmin(db.adminUrl, (c) => c.query('GRANT EXECUTE ON FUNCTION append_entries TO holdfast_app'));
    }
  });
});
