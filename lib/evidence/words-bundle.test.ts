import { describe, expect, it } from 'vitest';
import { readZip } from '@/lib/chain/read-zip';
import { pool, prisma } from '@/lib/db';
import { runJob } from '@/lib/jobs/run-job';
import type { EvidenceScope } from '@/lib/schema/proofs';
import {
  auditor,
  db,
  entries,
  fresh,
  make,
  officer,
  openWordsExport,
  PURPOSE,
  say,
  take,
  talk,
  textOf,
  verify,
  WORDS,
} from '@/lib/testing/export-words';
import { asAdmin } from '@/lib/testing/fresh-database';
import { makeViewer } from '@/lib/testing/make-person';
import { EVIDENCE, exportEvidence } from './export-evidence';
import { requestExport } from './manage-exports';
import { previewExport } from './prepare-words';

openWordsExport();

describe('a bundle with words', () => {
  it('opens offline with what is in it, word for word, each against what its record committed to', async () => {
    const id = fresh();
    await say(id, 3);
    const files = readZip(await take(await make(talk(id), PURPOSE)));
    const verdict = await verify(files);
    expect(verdict.checks.filter(({ outcome }) => outcome === 'failed')).toEqual([]);
    expect(verdict).toMatchObject({
      verdict: 'valid',
      manifest: { content: true, words: { parts: 3, shredded: 0, left_out: 0, unreadable: 0 } },
    });
    expect(verdict.checks.find(({ name }) => name === 'words')).toMatchObject({ outcome: 'passed' });
    expect(verdict.not_checked.join(' ')).not.toContain('they are not in this bundle');
    const said = await Promise.all(verdict.words!.parts.map((part) => verdict.words!.open(part)));
    expect(said).toEqual([0, 1, 2].map((i) => ({ text: `${WORDS} ${i}` })));
    expect(textOf(files, 'README.txt')).toContain('apostrophe');
  });

  it('holds none unless they were asked for, and verifies all the same', async () => {
    const id = fresh();
    await say(id, 2);
    const bytes = await take(await make(talk(id)));
    const files = readZip(bytes);
    expect(await verify(files)).toMatchObject({ verdict: 'valid', words: null, manifest: { content: false } });
    expect([...files.keys()].filter((name) => /content|words/.test(name))).toEqual([]);
    expect(bytes.includes('potassium')).toBe(false);
  });

  it('is the same file whoever makes it, whenever, with whatever purpose', async () => {
    const id = fresh();
    await say(id, 2);
    const one = await make(talk(id), PURPOSE);
    const { id: other } = await requestExport(officer, 'main', talk(id), { purpose: 'audit' });
    await runJob(other, { [EVIDENCE]: exportEvidence }, new AbortController().signal);
    expect((await take(one)).equals(await take(other, officer))).toBe(true);
  });

  it('is refused, and nothing made, to who may not reveal, without a purpose of the list, or where the note is missing', async () => {
    const id = fresh();
    await say(id, 1);
    const stale = { ...auditor, confirmedAt: new Date(Date.now() - 3_600_000) };
    const administrator = await makeViewer({ [db.ledgers.main]: 'administrator' });
    const before = await prisma().export.count();
    await expect(requestExport(administrator, 'main', talk(id), PURPOSE)).rejects.toMatchObject({ code: 'forbidden' });
    expect((await entries('access_denied')).at(-1)).toMatchObject({ details: { permission: 'content.reveal' } });
    await expect(requestExport(stale, 'main', talk(id), PURPOSE)).rejects.toMatchObject({ code: 'reauthentication_required' });
    await expect(requestExport(auditor, 'main', talk(id), { purpose: 'curiosity' })).rejects.toMatchObject({
      code: 'enum',
      pointer: '/content/purpose',
    });
    await expect(requestExport(auditor, 'main', talk(id), { purpose: 'other' })).rejects.toMatchObject({
      code: 'required',
      pointer: '/content/note',
    });
    expect(await prisma().export.count()).toBe(before);
  });
});

describe('a data key', () => {
  it('is given out only with all that it opens: of a conversation that is cut, no words are in the bundle, and it says so', async () => {
    const [cut, whole] = [fresh(), fresh()];
    await say(cut, 3);
    await say(whole, 2);
    const { rows } = await pool('verification').query<{ seq: string }>('SELECT max(seq)::text AS seq FROM entries WHERE ledger_id = $1', [
      db.ledgers.main,
    ]);
    const last = BigInt(rows[0]!.seq);
    const scope: EvidenceScope = { kind: 'range', from: String(last - 3n), to: String(last) };
    expect(await previewExport(auditor, 'main', scope)).toMatchObject({ records: 4, parts: 2, left_out: 2, refusal: null });
    const bytes = await take(await make(scope, PURPOSE));
    const files = readZip(bytes);
    const verdict = await verify(files);
    expect(verdict).toMatchObject({ verdict: 'valid', manifest: { words: { parts: 2, left_out: 2 } } });
    expect(verdict.not_checked.join(' ')).toContain('A bundle of the whole conversation has them');
    const keys = await asAdmin(db.adminUrl, (c) => c.query('SELECT id FROM content_keys WHERE conversation_id = $1', [cut]));
    expect(textOf(files, 'content/keys.json')).not.toContain(keys.rows[0].id);
    expect(textOf(files, 'words.csv').match(/left out/g)).toHaveLength(2);
    const alone: EvidenceScope = { kind: 'range', from: String(last - 3n), to: String(last - 3n) };
    await expect(requestExport(auditor, 'main', alone, PURPOSE)).rejects.toMatchObject({
      code: 'out_of_range',
      message: expect.stringContaining('Export the whole conversation'),
    });
  });

  it('that has sealed more since it was counted is not given out', async () => {
    const id = fresh();
    await say(id, 2);
    const made = await make(talk(id));
    const { rows: keys } = await pool('verification').query<{ id: string }>('SELECT id FROM content_keys WHERE conversation_id = $1', [id]);
    const give = async (parts: number) =>
      (
        await pool('verification').query('SELECT disclose_content_keys($1, $2, $3::uuid[], $4::bigint[]) AS id', [
          made,
          db.ledgers.main,
          [keys[0]!.id],
          [parts],
        ])
      ).rows.length;
    expect([await give(1), await give(2)]).toEqual([0, 1]);
  });

  it('seals nothing more once it was given out: what is said later needs another, and goes into another bundle', async () => {
    const id = fresh();
    await say(id, 1);
    const first = readZip(await take(await make(talk(id), PURPOSE)));
    await say(id, 1);
    const second = readZip(await take(await make(talk(id), PURPOSE)));
    const keysOf = (files: Map<string, Uint8Array>) => JSON.parse(textOf(files, 'content/keys.json')).keys.length;
    expect([keysOf(first), keysOf(second)]).toEqual([1, 2]);
    expect(await verify(second)).toMatchObject({ verdict: 'valid', manifest: { words: { parts: 2 } } });
  });
});

describe('words at rest', () => {
  it('are nowhere in the database in the clear, in no piece of a bundle and in no entry', async () => {
    const id = fresh();
    await say(id, 2);
    const made = await make(talk(id), PURPOSE);
    expect((await take(made)).includes('potassium')).toBe(true);
    const { rows } = await asAdmin(db.adminUrl, (c) =>
      c.query("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"),
    );
    for (const { table_name: table } of rows) {
      const found = await asAdmin(db.adminUrl, (c) =>
        c.query(
          `SELECT count(*)::int AS n FROM "${table}" t WHERE t::text LIKE '%potassium%' OR t::text LIKE '%' || encode('potassium', 'hex') || '%'`,
        ),
      );
      expect([table, found.rows[0].n]).toEqual([table, 0]);
    }
  });
});
