import { renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DirectoryStore } from '@/lib/archive/directory-store';
import { forgetSegments } from '@/lib/archive/fetch-segment';
import { listSegments } from '@/lib/archive/segments';
import { prisma } from '@/lib/db';
import { boundedRead } from '@/lib/ledger/bounded-read';
import { readIndexed } from '@/lib/ledger/read-word-index';
import { searchRecords } from '@/lib/ledger/search-records';
import { walkPositions } from '@/lib/ledger/walk-positions';
import { formatQuery } from '@/lib/schema/search-query';
import { viewRecords } from '@/lib/screens/view-records';
import { archive, everythingDue, hotPositions, signAgain } from '@/lib/testing/archived-ledger';
import { type DestroyableLedger, destroy, destroyableLedger, OLD, recount } from '@/lib/testing/destroyable-ledger';
import { asAdmin } from '@/lib/testing/fresh-database';
import { db, folder, folderStore, openArchive } from '@/lib/testing/open-archive';
import { freshVault, sealRecord } from '@/lib/testing/seal-record';
import { wordTokens } from '@/lib/vault/blind-index';
import { changeContentSettings, viewContentSettings } from './content-settings';
import { indexStep } from './index-words';

/** An index that is switched on when the bodies are in the archive already, or made anew then, knows what was said in them, and claims nothing that it does not know. */
let vault: ReturnType<typeof freshVault>;
openArchive();
beforeAll(() => {
  vault = freshVault();
});
beforeEach(() => forgetSegments());
afterAll(() => vault.drop());

interface World extends DestroyableLedger {
  ids: string[];
  store: DirectoryStore;
}
/** Nine records that say "insulin numberN" in two conversations, archived in segments of three, save the last; nothing is indexed yet. */
async function world(): Promise<World> {
  const made = await destroyableLedger([]);
  const ids: string[] = [];
  for (let i = 0; i < 9; i++)
    ids.push(
      await sealRecord(db, { ledger: made.slug, conversation: `${made.slug}-${i % 2}`, texts: [`insulin number${i}`], timestamp: OLD }),
    );
  await signAgain(made.ledger);
  await recount(made.ledger.id);
  const store = folderStore(made.slug);
  await archive(made.ledger, store, { due: everythingDue((seq) => seq < 8n), bounds: { rows: 3, bytes: 1e9 } });
  expect(await hotPositions(made.ledger.id)).toEqual([8]);
  return { ...made, ids, store };
}
async function setIndex(w: World, on: boolean): Promise<void> {
  const { version } = await viewContentSettings(w.officer, w.slug);
  await changeContentSettings(w.officer, w.slug, { if_version: version, blind_index: on });
}
async function settle(w: World, step?: Parameters<typeof indexStep>[1]) {
  for (let steps = 0; steps < 100; steps++) {
    const done = await indexStep(w.ledger, step);
    if (done !== 'more') return done;
  }
  throw new Error('it does not end');
}
const view = (w: World, q: string) => viewRecords(w.auditor, { params: new URLSearchParams({ q, ledger: w.slug }) });
async function search(w: World, ...words: string[]) {
  const { rows, words: searched } = await view(w, formatQuery([{ name: 'said', value: words.join(' '), not: false }]));
  return { ids: rows.map(({ id }) => id).reverse(), ...searched };
}
const indexed = (w: World) => readIndexed(prisma(), w.ledger.id);
const tokensAt = (w: World) =>
  asAdmin(db.adminUrl, async (c) =>
    (await c.query<{ seq: string }>('SELECT DISTINCT seq FROM word_tokens WHERE ledger_id = $1 ORDER BY seq', [w.ledger.id])).rows.map(
      ({ seq }) => Number(seq),
    ),
  );
/** The archive is not there, with `instead` in its place. */
async function without<T>({ store }: World, instead: 'nothing' | 'a file', work: () => Promise<T>): Promise<T> {
  renameSync(store.place, `${store.place}.away`);
  if (instead === 'a file') writeFileSync(store.place, '');
  forgetSegments();
  try {
    return await work();
  } finally {
    rmSync(store.place, { force: true });
    renameSync(`${store.place}.away`, store.place);
  }
}

describe('the index of words of a ledger of which most is archived', () => {
  it('knows what was said in records whose bodies left before it was switched on, and made anew it knows the same', async () => {
    const w = await world();
    for (const round of ['switched on', 'made anew']) {
      await setIndex(w, true);
      expect([round, await settle(w, { entries: 4, records: 2, tokens: 3 })]).toEqual([round, 'caught_up']);
      expect(await tokensAt(w)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
      expect(await search(w, 'insulin')).toEqual({ ids: w.ids, indexed_to: '8', complete: true });
      expect(await search(w, 'insulin', 'number4')).toMatchObject({ ids: [w.ids[4]] });
      await setIndex(w, false);
      expect(await settle(w)).toBe('caught_up');
      expect(await tokensAt(w)).toEqual([]);
    }
  });

  it.each(['nothing', 'a file'] as const)(
    'goes as far as it can be had, and says how far that is: the archive is gone, with %s in its place',
    async (instead) => {
      const w = await world();
      await setIndex(w, true);
      await without(w, instead, async () => {
        expect(await settle(w)).toBe('archive');
        expect([await indexed(w), await tokensAt(w)]).toEqual([null, []]);
        expect(await search(w, 'insulin')).toEqual({ ids: [], indexed_to: null, complete: false });
      });
      // Of a step that met the gap in its middle, what comes before is kept.
      expect(await indexStep(w.ledger, { entries: 2, records: 50, tokens: 1_000 })).toBe('more');
      await without(w, instead, async () => {
        expect(await settle(w)).toBe('archive');
        expect(await search(w, 'insulin')).toEqual({ ids: w.ids.slice(0, 2), indexed_to: '1', complete: false });
      });
      expect(await settle(w)).toBe('caught_up');
      expect(await search(w, 'insulin')).toEqual({ ids: w.ids, indexed_to: '8', complete: true });
    },
  );

  it('stops in the middle of a step before the first record that cannot be had', async () => {
    const w = await world();
    await setIndex(w, true);
    const segment = path.join(w.store.place, (await listSegments(w.ledger.id, 1n, 1))[0]!.objectKey);
    renameSync(segment, `${segment}.away`);
    expect(await settle(w)).toBe('archive');
    expect([await indexed(w), await tokensAt(w)]).toEqual([2n, [0, 1, 2]]);
    expect(await search(w, 'insulin')).toEqual({ ids: w.ids.slice(0, 3), indexed_to: '2', complete: false });
    renameSync(`${segment}.away`, segment);
    expect(await settle(w)).toBe('caught_up');
    expect(await tokensAt(w)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it('takes in nothing of what was destroyed in the archive, and is not stopped by it', async () => {
    const w = await world();
    await destroy(w, { kind: 'range', from: '3', to: '4' });
    await setIndex(w, true);
    expect(await settle(w)).toBe('caught_up');
    expect(await tokensAt(w)).toEqual([0, 1, 2, 5, 6, 7, 8]);
    expect((await search(w, 'insulin')).complete).toBe(true);
  });

  it('is searched for words alone through archived records too, and for words and anything else among those that are here, which is said', async () => {
    const w = await world();
    await setIndex(w, true);
    expect(await settle(w)).toBe('caught_up');
    const ids = async (q: string) => {
      const { rows, unsearched, total } = await view(w, q);
      return { ids: rows.map(({ id }) => id).reverse(), unsearched: unsearched ?? 0, total: total.count };
    };
    const without4 = w.ids.filter((_, i) => i !== 4);
    expect(await ids('said:insulin -said:number4')).toEqual({ ids: without4, unsearched: 0, total: 8 });
    expect(await ids('said:insulin action:agent_response_generated')).toEqual({ ids: [w.ids[8]], unsearched: 8, total: 1 });
    expect(await ids('said:insulin -tool:x')).toEqual({ ids: [w.ids[8]], unsearched: 8, total: 1 });
  });
});

it('records that are here are found behind more archived ones than a step of a search looks at', { timeout: 120_000 }, async () => {
  const made = await destroyableLedger([]);
  const ids: string[] = [];
  for (let i = 0; i < 3; i++)
    ids.push(await sealRecord(db, { ledger: made.slug, conversation: `${made.slug}-0`, texts: [`insulin number${i}`], timestamp: OLD }));
  // As the index has them: 300 positions behind, of which nothing is here.
  await asAdmin(db.adminUrl, async (c) => {
    await c.query('ALTER TABLE word_tokens DISABLE TRIGGER USER');
    const w = { ...made, ids, store: new DirectoryStore(folder) };
    await setIndex(w, true);
    expect(await settle(w)).toBe('caught_up');
    await c.query(
      'INSERT INTO word_tokens (ledger_id, token, seq) SELECT DISTINCT t.ledger_id, t.token, s FROM word_tokens t, generate_series(1000, 1299) s WHERE t.ledger_id = $1 AND t.seq = 0',
      [made.ledger.id],
    );
  });
  // Entries beyond the end of the ledger are not looked at by a page: the walk itself is asked.
  const tokens = await wordTokens(made.ledger.id, ['insulin']);
  const asked = searchRecords(made.ledger, { q: 'said:insulin action:agent_response_generated' }, tokens);
  const drivers = asked.drivers.filter(({ blockwise }) => blockwise);
  const { seqs, done } = await boundedRead((tx) => walkPositions(tx, { ...asked, drivers }, { low: 0n, high: 2_000n, older: true }, 10));
  expect([seqs, done]).toEqual([[2n, 1n, 0n], true]);
});
