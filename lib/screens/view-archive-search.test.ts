import { createHash } from 'node:crypto';
import { chmodSync, copyFileSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { expect, it } from 'vitest';
import { COPY_FORM } from '@/lib/archive/copy-rows';
import { copiesFolder } from '@/lib/archive/make-copy';
import { pool } from '@/lib/db';
import type { LedgerRow } from '@/lib/ledger/find-ledger';
import { ArchiveSearchAnswer } from '@/lib/schema/archive-search';
import { agentRecord } from '@/lib/testing/agent-record';
import { archive, everythingDue } from '@/lib/testing/archived-ledger';
import { destroy, destroyableLedger, mixed, recount } from '@/lib/testing/destroyable-ledger';
import { accessRecords, makeViewer } from '@/lib/testing/make-person';
import { db, folder, folderStore, newLedger, openSearchableArchive } from '@/lib/testing/open-archive';
import { viewArchiveSearch } from './view-archive-search';

openSearchableArchive();

async function world(which?: (seq: bigint) => boolean): Promise<{ ledger: LedgerRow; slug: string }> {
  const ledger = await newLedger(
    Array.from({ length: 30 }, (_, i) =>
      agentRecord({ conversation_id: `talk-${i % 3}`, details: { tool: 'ehr.read', ticket: `T-${1000 + i}` } }),
    ),
  );
  await archive(ledger, folderStore(ledger.slug), { bounds: { rows: 10, bytes: 1e9 }, due: everythingDue(which) });
  return { ledger, slug: ledger.slug };
}
const ask = (slug: string, params: Record<string, string>) => ({ params: new URLSearchParams({ ledger: slug, ...params }) });

it('answers archived records with their bodies and where they lie, and is entered with what was looked for', async () => {
  const { ledger, slug } = await world();
  const auditor = await makeViewer({ [ledger.id]: 'auditor' });
  const found = await viewArchiveSearch(auditor, ask(slug, { text: 't-1007', tool: 'ehr.read' }));
  expect(found.rows).toMatchObject([
    {
      seq: '7',
      body: { details: { ticket: 'T-1007' } },
      archived: { segment: '1', state: 'verified', store: 'directory', lock_mode: 'NONE' },
    },
  ]);
  expect(found).toMatchObject({
    older: null,
    newer: null,
    total: { count: 1, exact: true },
    say: null,
    copies: { segments: 3, asked: 3, searched: 3, preparing: 0, rebuilt: 0, unreachable: [], contradicted: [], forged: [] },
  });
  expect(ArchiveSearchAnswer.parse(found).rows).toHaveLength(1);
  expect((await accessRecords(db.ledgers.access)).at(-1)).toMatchObject({
    action: 'search_run',
    details: { screen: '/retention/archive/search', filters: { text: 't-1007', tool: 'ehr.read' } },
  });
  // What people are known by is entered by its kind alone.
  await viewArchiveSearch(auditor, ask(slug, { text: 'mail ada.lovelace@example.com' }));
  const entry = JSON.stringify((await accessRecords(db.ledgers.access)).at(-1));
  expect([entry.includes('ada.lovelace'), entry.includes('mail [email]')]).toEqual([false, true]);
});

it('is refused to whoever may not read records, with filters that are none, and where no copies are kept', async () => {
  const { ledger, slug } = await world();
  const administrator = await makeViewer({ [ledger.id]: 'administrator' });
  const auditor = await makeViewer({ [ledger.id]: 'auditor' });
  await expect(viewArchiveSearch(administrator, ask(slug, {}))).rejects.toMatchObject({ code: 'forbidden' });
  await expect(viewArchiveSearch(await makeViewer({}), ask(slug, {}))).rejects.toMatchObject({ code: 'not_found' });
  for (const [name, value] of [
    ['after', 'yesterday'],
    ['domain', "x' OR 1=1"],
    ['text', 'x'.repeat(257)],
    ['classification', 'secret'],
    ['older', '1; DROP TABLE copy'],
  ] as const)
    await expect(viewArchiveSearch(auditor, ask(slug, { [name]: value })), name).rejects.toMatchObject({
      code: 'format',
      pointer: `/${name}`,
    });
  const { ARCHIVE_COPIES_DIR } = process.env;
  delete process.env.ARCHIVE_COPIES_DIR;
  try {
    await expect(viewArchiveSearch(auditor, ask(slug, {}))).rejects.toMatchObject({ code: 'archive_refused' });
  } finally {
    process.env.ARCHIVE_COPIES_DIR = ARCHIVE_COPIES_DIR;
  }
});

it('of a ledger without an archive says that', async () => {
  const { ledger, slug } = await world(() => false);
  const found = await viewArchiveSearch(await makeViewer({ [ledger.id]: 'auditor' }), ask(slug, { text: 'T-1' }));
  expect(found).toMatchObject({ rows: [], copies: { segments: 0 }, say: 'Nothing of this ledger is archived yet.' });
});

it('three at a time are too many: the third is asked to come again', async () => {
  const { ledger, slug } = await world();
  const auditor = await makeViewer({ [ledger.id]: 'auditor' });
  await viewArchiveSearch(auditor, ask(slug, {}));
  const all = await Promise.allSettled(Array.from({ length: 12 }, () => viewArchiveSearch(auditor, ask(slug, {}))));
  const refused = all.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
  expect([refused.length > 0, all.length - refused.length >= 2]).toEqual([true, true]);
  for (const reason of refused) expect(reason).toMatchObject({ code: 'rate_limited' });
});

it('shows nothing of a copy that somebody forged together with its digest, says so, and makes it anew', async () => {
  const { ledger, slug } = await world();
  const auditor = await makeViewer({ [ledger.id]: 'auditor' });
  await viewArchiveSearch(auditor, ask(slug, {}));
  const dir = copiesFolder(ledger)!;
  const [name] = readdirSync(dir).filter((one) => one.startsWith('000000000001-'));
  const file = path.join(dir, name!);
  const forged = path.join(folder, 'forged.parquet');
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  await connection.run(
    `COPY (SELECT * REPLACE (encode(replace(decode(body), 'T-1003', 'T-9999')) AS body, replace(text, 't-1003', 't-9999') AS text) FROM read_parquet('${file}')) TO '${forged}' (FORMAT parquet)`,
  );
  instance.closeSync();
  const sha256 = createHash('sha256').update(readFileSync(forged)).digest('hex');
  await pool('verification').query(`SELECT archive_copy_made($1, 1, 0, $2, decode($3, 'hex'), 10, 1)`, [ledger.id, COPY_FORM, sha256]);
  chmodSync(file, 0o600);
  rmSync(file);
  copyFileSync(forged, path.join(dir, `000000000001-${sha256}.parquet`));
  const found = await viewArchiveSearch(auditor, ask(slug, { text: 't-9999' }));
  expect([found.rows, found.total.exact, found.copies.forged, found.copies.contradicted]).toEqual([[], false, ['1'], []]);
  expect(found.say).toContain('The search copy of segment 1 held what the ledger does not name');
  expect((await viewArchiveSearch(auditor, ask(slug, { text: 't-9999' }))).rows).toEqual([]);
  const again = await viewArchiveSearch(auditor, ask(slug, { text: 't-1003' }));
  expect([again.rows.length, again.say]).toEqual([1, null]);
});

it('finds nothing of what was destroyed: not in its copies, nor in what is made anew while the object is still locked', async () => {
  const w = await destroyableLedger(mixed(12).map((one, i) => ({ ...one, details: { ticket: `D-${i}.` } })));
  await archive(w.ledger, folderStore(w.slug));
  await recount(w.ledger.id);
  const seek = async (text: string) => (await viewArchiveSearch(w.auditor, ask(w.slug, { text }))).rows.map(({ seq }) => seq);
  expect([await seek('d-3.'), await seek('d-4.')]).toEqual([['3'], ['4']]);
  const [before] = readdirSync(copiesFolder(w.ledger)!);
  await destroy(w);
  expect(readdirSync(copiesFolder(w.ledger)!)).toEqual([]);
  const left = await viewArchiveSearch(w.auditor, ask(w.slug, {}));
  expect(left.rows.map(({ seq }) => Number(seq))).toEqual([11, 10, 8, 7, 5, 4, 2, 1]);
  expect([await seek('d-3.'), await seek('d-4.')]).toEqual([[], ['4']]);
  const [after] = readdirSync(copiesFolder(w.ledger)!);
  expect(after).not.toBe(before);
});

it('of records that were put back shows what is in the database', async () => {
  const { ledger, slug } = await world((seq) => seq < 10n);
  const found = await viewArchiveSearch(await makeViewer({ [ledger.id]: 'compliance_officer' }), ask(slug, { conversation: 'talk-1' }));
  expect(found.rows.map(({ seq }) => seq)).toEqual(['7', '4', '1']);
  expect(found.copies).toMatchObject({ segments: 1, asked: 1, searched: 1 });
});
