import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { closeDatabase } from '@/lib/db';
import { ConversationFilter, RecordFilter } from '@/lib/schema/filters';
import { type ExplainedQuery, explainReads } from '@/lib/testing/explain-reads';
import { asAdmin, freshDatabase, type TestDatabase } from '@/lib/testing/fresh-database';
import { settlePlans, type Tx } from './bounded-read';
import type { LedgerRow } from './find-ledger';
import { readConversationPositions, readConversationRow, readConversationRows } from './read-conversations';
import { findPosition, readEntries, readHead } from './read-entries';
import { readGrants, readInForce, readViewers } from './read-in-force';
import { countByState, countConversations, countDenied, countFailedSignIns, readVolume } from './read-overview';
import { readPage } from './read-page';
import { findConversationRun, listRuns, readIntegrityLine } from './read-verifications';
import { searchConversations } from './search-conversations';
import { searchEntries, searchRecords } from './search-records';
import { countMatches } from './walk-positions';

/** Every third position of 600,000: three leaves of the partition. */
const ROWS = 200_000;
const HEAD = BigInt(ROWS - 1) * 3n;
const WHOLE = { low: 0n, high: HEAD, older: true };
/** Pages of 8 kB that one statement may touch, whatever it looks for. */
const MOST_BUFFERS = 2_000;

let db: TestDatabase;
let ledger: LedgerRow;
let access: LedgerRow;

beforeAll(async () => {
  db = await freshDatabase();
  const row = { origin: 'x', name: 'x', demo: false } as const;
  ledger = { ...row, id: db.ledgers.main, slug: 'main', kind: 'agents' };
  access = { ...row, id: db.ledgers.access, slug: 'access', kind: 'access' };
  await asAdmin(db.adminUrl, async (c) => {
    for (const block of [1, 2]) await c.query('SELECT ensure_record_block($1, $2)', [ledger.id, block]);
    for (const block of [1, 2]) await c.query('SELECT ensure_record_block($1, $2)', [access.id, block]);
    for (const [id, kind] of [
      [ledger.id, 'agents'],
      [access.id, 'access'],
    ]) {
      await c.query(
        `INSERT INTO entries SELECT $1, i * 3, gen_random_uuid(), i, 1 + i % 5, d, d, d, d FROM generate_series(0, $2 - 1) i, sha256('') d`,
        [id, ROWS],
      );
      // Agents alternate; what is public is never the first's: two common filters without a common row. A few things happened long ago and once.
      await c.query(
        `INSERT INTO records SELECT e.ledger_id, e.seq, '\\x7b7d'::bytea || convert_to(repeat('x', 400), 'UTF8'), e.id, '2026-01-01'::timestamptz + e.seq * interval '40 seconds',
           CASE WHEN i = 777 THEN 'prompt_changed' WHEN i = 778 THEN 'access_granted' WHEN i % 1000 = 3 THEN 'sign_in_failed' WHEN i % 5 = 0 THEN 'conversation_started' ELSE 'tool_invoked' END,
           CASE WHEN i IN (5, 70000, 140000) THEN 'rare' WHEN i % 2 = 0 THEN 'first' ELSE 'second' END,
           CASE WHEN i % 20000 = 9 THEN 'admin' WHEN i % 3 = 0 THEN 'user' ELSE 'agent' END,
           CASE WHEN $2 = 'agents' THEN CASE WHEN i < 40000 THEN 'c-long' ELSE 'c-' || i / 5 END END, CASE WHEN i < 40000 THEN i + 1 ELSE 1 + i % 5 END,
           CASE WHEN i % 2 = 0 THEN 'first' ELSE 'second' END, CASE WHEN i = 900 THEN 'rare_type' WHEN i % 4 = 0 THEN 'patient_record' WHEN i % 4 = 1 THEN 'conversation' END,
           CASE WHEN i = 900 THEN 'r' WHEN i % 4 < 2 THEN 'P-' || i % 5000 END, CASE WHEN i % 7 = 0 THEN 'S-' || i % 900 END,
           CASE WHEN i % 5000 = 1 THEN 'denied' WHEN i % 3 = 0 THEN 'success' END, CASE WHEN i % 2 = 0 THEN 1 WHEN i % 100 = 1 THEN 3 ELSE 0 END,
           CASE WHEN i IN (6, 70001) THEN 'rare' WHEN i % 2 = 0 THEN 'common' END, CASE WHEN i IN (7, 70003) THEN 'rare' WHEN i % 3 = 0 THEN 'common' END,
           CASE WHEN i IN (8, 70005) THEN 'gdpr,rare' WHEN i % 5 = 0 THEN 'hipaa' WHEN i % 5 < 4 THEN 'hipaa,s-' || i % 30 END, i % 50000 = 11 OR i % 1000 = 500
           FROM (SELECT *, seq / 3 AS i FROM entries WHERE ledger_id = $1) e`,
        [id, kind],
      );
    }
    await c.query(
      `INSERT INTO conversations SELECT $1, 'c-' || i, 5, i * 15, i * 15 + 12, '2026-01-01'::timestamptz + i * interval '10 minutes', '2026-01-01'::timestamptz + i * interval '11 minutes',
         CASE WHEN i % 2 = 0 THEN 'first' ELSE 'second' END, CASE WHEN i = 8 THEN 'rare' ELSE 'u-' || i % 50 END, 'S-' || i % 900,
         CASE WHEN i % 2 = 0 THEN 1 ELSE 0 END, 5, 5, i % 10000 = 7, i % 3 > 0 FROM generate_series(0, 39999) i`,
      [ledger.id],
    );
    // One word in every record, and one in three of them.
    await c.query(
      "INSERT INTO word_tokens SELECT $1, t, i * 3 FROM generate_series(0, $2 - 1) i, unnest(ARRAY['\\x0000000000000001', '\\x0000000000000002']::bytea[]) t WHERE i IN (9, 70007, 140001) OR t = '\\x0000000000000001'",
      [ledger.id, ROWS],
    );
    for (let i = 0; i < 300; i++) {
      const job = randomUUID();
      await c.query("INSERT INTO jobs (id, kind, ledger_id, params, requested_by) VALUES ($1, 'verify', $2, '{}', 'x')", [job, ledger.id]);
      await c.query("INSERT INTO verifications (id, ledger_id, scope_kind, conversation_id, verdict) VALUES ($1, $2, $3, $4, 'valid')", [
        job,
        ledger.id,
        i === 0 ? 'ledger' : 'conversation',
        i === 0 ? null : `c-${i}`,
      ]);
    }
    await c.query('VACUUM entries, records, conversations, verifications, word_tokens');
  });
}, 180_000);
afterAll(async () => {
  await closeDatabase();
  await db.drop();
});

async function explain<T>(read: (tx: Tx) => Promise<T>): Promise<{ result: T; queries: ExplainedQuery[] }> {
  const explained = await explainReads(db.appUrl, async (tx) => {
    await settlePlans(tx);
    return read(tx);
  });
  expect(explained.queries.length).toBeGreaterThan(0);
  for (const query of explained.queries) {
    const large = query.scanned.filter((name) => /^(entries|records|conversations|word_tokens)/.test(name));
    expect({ text: query.text, scanned: large, bounded: query.buffers < MOST_BUFFERS || query.buffers }).toEqual({
      text: query.text,
      scanned: [],
      bounded: true,
    });
  }
  return explained;
}

const RECORD_VALUES: Required<RecordFilter> = {
  q: 'tool:rare',
  action: 'prompt_changed',
  actor: 'rare',
  actor_type: 'admin',
  agent: 'first',
  conversation: 'c-9000',
  resource_type: 'patient_record',
  resource_id: 'P-4000',
  subject: 'S-7',
  outcome: 'denied',
  classification: 'restricted',
  after: '2026-03-01',
  before: '2026-03-02',
};
const CONVERSATION_VALUES: Required<ConversationFilter> = {
  q: '-agent:first',
  agent: 'first',
  user: 'rare',
  subject: 'S-7',
  id: 'c-39',
  classification: 'public',
  state: 'ended',
  gaps: 'yes',
  after: '2026-03-01',
  before: '2026-03-02',
};
/** Each filter alone, each two of them, and what is worst by design. */
function cases<F extends object>(values: F, worst: F[]): F[] {
  const names = Object.keys(values) as (keyof F)[];
  const of = (...kept: (keyof F)[]) => Object.fromEntries(kept.map((name) => [name, values[name]])) as unknown as F;
  return [...names.map((name) => of(name)), ...names.flatMap((a, i) => names.slice(i + 1).map((b) => of(a, b))), ...worst];
}
const RECORD_CASES = cases<RecordFilter>(RECORD_VALUES, [
  { agent: 'first', classification: 'public' },
  { actor: 'nobody' },
  { actor: 'second', outcome: 'denied', action: 'tool_invoked' },
  { conversation: 'c-long' },
  { conversation: 'c-long', actor: 'rare' },
  { resource_type: 'rare_type' },
  { after: '2020-01-01' },
  { after: '2020-01-01', actor_type: 'agent' },
  { before: '2026-01-02', agent: 'second' },
  { after: '2030-01-01' },
  // Each qualifier for what is rare, common and nowhere; then with others.
  ...[
    'tool:common',
    'tool:none',
    'model:rare',
    'model:common',
    'has:phi',
    '-has:phi',
    'domain:rare',
    'domain:gdpr',
    'domain:hipaa',
    'domain:none',
  ].map((q) => ({ q })),
  ...[
    'P-4',
    'P-',
    'c-3',
    'c-',
    'S-',
    'rare',
    'first',
    'nothing',
    '00000000',
    '-first',
    'resource:P-40',
    'resource:patient_record',
    'resource:none',
  ].map((q) => ({ q })),
  ...['said:common', 'said:rarely', 'said:never', 'said:"common rarely"', '-said:common', 'said:rarely P-'].map((q) => ({ q })),
  ...[
    'domain:hipaa domain:rare',
    'tool:rare model:rare',
    'tool:common model:common has:phi',
    'P- S-7',
    'P-40 domain:hipaa -agent:first',
  ].map((q) => ({ q })),
  { q: 'P- domain:s-7', agent: 'first', after: '2026-03-01' },
  { q: 'tool:rare', before: '2026-01-02' },
]);
const TOKENS = new Map(['common', 'rarely', 'never'].map((word, i) => [word, Buffer.from([0, 0, 0, 0, 0, 0, 0, i + 1])]));
const CONVERSATION_CASES = cases<ConversationFilter>(CONVERSATION_VALUES, [
  { agent: 'first', classification: 'public' },
  { agent: 'nobody' },
  { id: 'c-' },
  { after: '2020-01-01', user: 'rare' },
  { q: 'c-1 -c-12' },
  { q: 'c- has:gap agent:second' },
  { q: 'nothing' },
]);

describe.each(['before the planner has statistics', 'with statistics'])('%s', (when) => {
  beforeAll(async () => {
    if (when === 'with statistics') await asAdmin(db.adminUrl, (c) => c.query('ANALYZE'));
  }, 60_000);

  it('a page of records costs a bounded number of pages a statement, for each filter, each pair and each worst case, both ways', async () => {
    for (const filter of RECORD_CASES) {
      expect(RecordFilter.safeParse(filter).success).toBe(true);
      const budget = { steps: 6, milliseconds: 60_000 };
      for (const cursor of Object.keys(filter).length === 2 ? [{ older: '300000' }] : [{}, { older: '300000' }, { newer: '300000' }]) {
        await explain(async (tx) => readPage(tx, searchRecords(ledger, filter, TOKENS), cursor, HEAD, budget));
      }
      await explain(async (tx) => countMatches(tx, searchRecords(ledger, filter, TOKENS), WHOLE));
    }
  }, 300_000);

  it('a page of conversations likewise', async () => {
    for (const filter of CONVERSATION_CASES) {
      expect(ConversationFilter.safeParse(filter).success).toBe(true);
      for (const cursor of [{}, { older: '300000' }, { newer: '300000' }]) {
        await explain(async (tx) =>
          readPage(tx, await searchConversations(tx, ledger, filter), cursor, HEAD, { steps: 6, milliseconds: 60_000 }),
        );
      }
      await explain(async (tx) => countMatches(tx, await searchConversations(tx, ledger, filter), WHOLE));
    }
  }, 300_000);

  it('a rare value is found by its own index, however old it is', async () => {
    const { result, queries } = await explain((tx) => readPage(tx, searchRecords(ledger, { actor: 'rare' }), {}, HEAD));
    expect(result.seqs).toEqual([420_000n, 210_000n, 15n]);
    expect(queries.flatMap((query) => query.indexes).every((name) => /actor_id_seq/.test(name))).toBe(true);
    expect(queries[0]!.buffers).toBeLessThan(30);
  });

  it('so is a rare tool, model, mark or word; a rare domain, id or word beside another block by block', async () => {
    const find = async (q: string) => {
      const { result, queries } = await explain((tx) => readPage(tx, searchRecords(ledger, { q }, TOKENS), {}, HEAD));
      return [result.seqs.map(Number), queries.length, Math.max(...queries.map((query) => query.buffers))];
    };
    const few = (rows: number[], queries: number, buffers: number) => [rows, queries, expect.toSatisfy((n: number) => n <= buffers)];
    expect(await find('tool:rare')).toEqual(few([210_003, 18], 1, 40));
    expect(await find('model:rare')).toEqual(few([210_009, 21], 1, 40));
    expect(await find('domain:rare')).toEqual(few([210_015, 24], 3, 700));
    expect(await find('domain:none')).toEqual(few([], 3, 700));
    expect(await find('said:rarely')).toEqual(few([420_003, 210_021, 27], 3, 40));
    expect(await find('resource:r')).toEqual(few([2_700], 3, 200));
    expect(await find('nothing')).toEqual(few([], 3, 200));
  });

  it('pages that cross from one leaf of the table into the next lose nothing and repeat nothing', async () => {
    const filter: RecordFilter = { before: '2026-10-01', agent: 'second', action: 'sign_in_failed' };
    const expected = await asAdmin(db.adminUrl, async (c) => {
      const where = "occurred_at < '2026-10-01Z' AND agent_name = 'second' AND action = 'sign_in_failed' AND ledger_id = $1";
      return (await c.query(`SELECT seq FROM records WHERE ${where} ORDER BY seq DESC`, [ledger.id])).rows.map((row) => BigInt(row.seq));
    });
    expect(new Set(expected.map((seq) => seq / 262_144n)).size).toBe(3);
    const { result } = await explain(async (tx) => {
      const found: bigint[] = [];
      for (let older: string | null = String(HEAD + 1n); older !== null; ) {
        const page: Awaited<ReturnType<typeof readPage>> = await readPage(tx, searchRecords(ledger, filter), { older }, HEAD);
        found.push(...page.seqs);
        older = page.older;
      }
      return found;
    });
    expect(result).toEqual(expected);
  });

  it('unfiltered lists, single entries and heads touch little', async () => {
    const { queries } = await explain(async (tx) => {
      await readHead(tx, ledger.id);
      await readPage(tx, searchEntries(ledger), { older: '300000' }, HEAD);
      await findPosition(tx, ledger.id, { id: randomUUID() });
      await findPosition(tx, ledger.id, { seq: 300n });
      await readEntries(tx, ledger.id, [262_140n, 262_143n, 262_146n, 599_997n]);
    });
    expect(Math.max(...queries.map((query) => query.buffers))).toBeLessThan(60);
    await explain((tx) =>
      readEntries(
        tx,
        ledger.id,
        Array.from({ length: 100 }, (_, i) => BigInt(i * 5_997)),
      ),
    );
    await explain((tx) =>
      readConversationRows(
        tx,
        ledger.id,
        Array.from({ length: 100 }, (_, i) => BigInt(i * 3_000)),
      ),
    );
  });

  it('a conversation and what was in force touch little', async () => {
    await explain(async (tx) => {
      await readConversationRow(tx, ledger.id, 'c-30000');
      for (const [id, after] of [
        ['c-30000', 0n],
        ['c-long', 30_000n],
      ] as const)
        await readConversationPositions(tx, ledger, id, after, 501);
      await readInForce(tx, ledger, 'second', 450_000n);
      await readGrants(tx, ledger, 'first', { first: 450_000n, last: 450_012n, startedAt: '2026-06-01T00:00:00Z' });
      await readViewers(tx, access, { ledger: 'main', conversationId: 'P-4001', notBy: 'x' }, 20);
      await findConversationRun(tx, ledger, 'c-7');
    });
  });

  it('the overview and the frame touch little', async () => {
    const { queries } = await explain(async (tx) => {
      await readVolume(tx, ledger, new Date());
      await countByState(tx, ledger);
      await countConversations(tx, ledger);
      await countDenied(tx, ledger, HEAD);
      await countFailedSignIns(tx, access, new Date('2026-06-01'));
      await listRuns(tx, ledger);
    });
    expect(queries.length).toBeGreaterThan(6);
    const line = await explain((tx) => readIntegrityLine(tx, ledger, HEAD));
    expect(line.queries[0]!.buffers).toBeLessThan(20);
  });
});
