import pg from 'pg';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { pool } from '@/lib/db';
import { hotPositions, signAgain } from '@/lib/testing/archived-ledger';
import { type DestroyableLedger, destroy, destroyableLedger, OLD, recount } from '@/lib/testing/destroyable-ledger';
import { asAdmin } from '@/lib/testing/fresh-database';
import { db, openArchive } from '@/lib/testing/open-archive';
import { freshVault, sealRecord } from '@/lib/testing/seal-record';
import { changeContentSettings, viewContentSettings } from './content-settings';
import { indexStep } from './index-words';

/** What is destroyed while its words are being indexed is in no index afterwards, whichever of the two comes first; what shares its key is. */
let vault: ReturnType<typeof freshVault>;
openArchive();
beforeAll(() => {
  vault = freshVault();
});
afterAll(() => vault.drop());
afterEach(() => {
  vi.restoreAllMocks();
});

/** Three records of one conversation, and so of one key; nothing is indexed yet. */
async function world(): Promise<DestroyableLedger> {
  const w = await destroyableLedger([]);
  for (let i = 0; i < 3; i++) await sealRecord(db, { ledger: w.slug, conversation: w.slug, texts: [`insulin number${i}`], timestamp: OLD });
  await signAgain(w.ledger);
  await recount(w.ledger.id);
  const { version } = await viewContentSettings(w.officer, w.slug);
  await changeContentSettings(w.officer, w.slug, { if_version: version, blind_index: true });
  return w;
}
const destroyFirst = (w: DestroyableLedger) => destroy(w, { kind: 'range', from: '0', to: '0' });
async function indexed({ ledger }: DestroyableLedger): Promise<number[]> {
  const { rows } = await pool('verification').query<{ seq: string }>(
    'SELECT DISTINCT seq FROM word_tokens WHERE ledger_id = $1 ORDER BY seq',
    [ledger.id],
  );
  return rows.map(({ seq }) => Number(seq));
}
/** Whatever this process asks of `index_words` is asked in this way. */
function indexingBy(ask: (text: string, values: unknown[]) => Promise<unknown>): void {
  const real = pool('verification').query.bind(pool('verification'));
  vi.spyOn(pool('verification'), 'query').mockImplementation(((text: string, values: unknown[]) =>
    typeof text === 'string' && text.includes('index_words(') ? ask(text, values) : real(text, values)) as never);
}

it('destroyed after its words were read, before they are written', async () => {
  const w = await world();
  const real = pool('verification').query.bind(pool('verification'));
  indexingBy(async (text, values) => {
    await destroyFirst(w);
    return real(text, values);
  });
  expect(await indexStep(w.ledger)).toBe('caught_up');
  expect([await hotPositions(w.ledger.id), await indexed(w)]).toEqual([
    [1, 2],
    [1, 2],
  ]);
});

it('destroyed while they are written, and not yet told', async () => {
  const w = await world();
  const writer = new pg.Client({ connectionString: db.appUrl });
  await writer.connect();
  try {
    let going: Promise<unknown> | undefined;
    indexingBy(async (text, values) => {
      await writer.query('BEGIN');
      const written = await writer.query(text, values);
      going = destroyFirst(w);
      await asAdmin(db.adminUrl, (c) =>
        vi.waitFor(async () => {
          const { rows } = await c.query(
            "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'SELECT destroy_records(%'",
          );
          expect(rows).toHaveLength(1);
        }, 10_000),
      );
      await writer.query('COMMIT');
      return written;
    });
    expect(await indexStep(w.ledger)).toBe('caught_up');
    await going;
  } finally {
    await writer.end();
  }
  expect([await hotPositions(w.ledger.id), await indexed(w)]).toEqual([
    [1, 2],
    [1, 2],
  ]);
});
