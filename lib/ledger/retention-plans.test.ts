import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { closeDatabase } from '@/lib/db';
import { indexRegistry } from '@/lib/policy/registry-match';
import { foldRetention } from '@/lib/policy/retention-fold';
import { makeRules } from '@/lib/policy/retention-rules';
import { type ExplainedQuery, explainReads } from '@/lib/testing/explain-reads';
import { asAdmin, freshDatabase, type TestDatabase } from '@/lib/testing/fresh-database';
import { settlePlans, type Tx } from './bounded-read';
import { readHeld, readHeldArchived, readHoldCount } from './read-held';
import { findHold, pageHolds } from './read-holds';
import { readConversationKinds, readMarks, readPolicies, readReached, readRetentionLines, readRetentionProgress } from './read-retention';
import { listTriggers } from './read-triggers';

/** Every third position of 600,000: three leaves of the partition, nineteen blocks of counts. */
const ROWS = 200_000;
/** Lines as ten million records of three years in a dozen classes make them. */
const LINES = 50_000;
const MOST_BUFFERS = 2_000;
const REGISTRY = indexRegistry({ version: 0, entries: [] });

let db: TestDatabase;
let ledger: { id: number; slug: string; kind: 'agents'; origin: string; name: string; demo: boolean };
let large: number;
let hold: string;
beforeAll(async () => {
  db = await freshDatabase();
  ledger = { id: db.ledgers.main, slug: 'main', kind: 'agents', origin: 'x', name: 'x', demo: false };
  await asAdmin(db.adminUrl, async (c) => {
    for (const block of [1, 2]) await c.query('SELECT ensure_record_block($1, $2)', [ledger.id, block]);
    await c.query(
      `INSERT INTO entries SELECT $1, i * 3, gen_random_uuid(), 1767225600000000 + i, 1 + i % 5, d, d, d, d FROM generate_series(0, $2 - 1) i, sha256('') d`,
      [ledger.id, ROWS],
    );
    const body = `{"action":"tool_invoked","details":{"registry":{"version":1},"tool":"peek"},"x":"${'y'.repeat(500)}"}`;
    await c.query(
      `INSERT INTO records (ledger_id, seq, body, id, occurred_at, action, actor_id, actor_type, conversation_id, conversation_seq, agent_name, resource_type, resource_id, subject_id, domains)
       SELECT e.ledger_id, e.seq, convert_to($2, 'UTF8'), e.id, '2026-01-01'::timestamptz + e.seq * interval '40 seconds',
              CASE WHEN i % 3 = 0 THEN 'tool_invoked' ELSE 'conversation_started' END,
              CASE WHEN i IN (5, 70000, 140000) THEN 'rare' ELSE 'common' END, 'agent', CASE WHEN i < 40000 THEN 'c-long' ELSE 'c-' || i / 5 END,
              CASE WHEN i < 40000 THEN i + 1 ELSE 1 + i % 5 END, CASE WHEN i % 2 = 0 THEN 'first' ELSE 'second' END, 'chart', 'R-' || i % 5000, 'S-' || i % 900,
              CASE WHEN i % 4 > 0 THEN 'hipaa,s-' || i % 4 END
         FROM (SELECT *, seq / 3 AS i FROM entries WHERE ledger_id = $1) e`,
      [ledger.id, body],
    );
    await c.query(
      `INSERT INTO conversations SELECT $1, CASE WHEN i = 0 THEN 'c-long' ELSE 'c-' || i END, CASE WHEN i = 0 THEN 40000 ELSE 5 END, i * 15, i * 15 + 12, now(), now(), 'first', 'u', 'S-' || i % 900, 1, 5, 5, false, true
         FROM generate_series(0, 39999) i`,
      [ledger.id],
    );
    // Each conversation names somebody else beside the one that it is about, and one of them five thousand people.
    await c.query(
      `INSERT INTO conversation_people SELECT $1::int, 'c-' || i, 'Q-' || i % 900, true FROM generate_series(1, 39999) i
       UNION ALL SELECT $1::int, 'c-long', 'Q-' || i, true FROM generate_series(0, 4999) i`,
      [ledger.id],
    );
    large = (await c.query("SELECT create_ledger('large', 'test.example/ledgers/large', 'agents', 'Large', false) AS id")).rows[0].id;
    await c.query(
      "INSERT INTO retention_classes (ledger_id, domains, unmapped) SELECT $1, d, '{}' FROM unnest(ARRAY['', 'hipaa', 'hipaa,soc2', 'financial', 'gdpr,soc2', 'pci-dss']) d",
      [large],
    );
    await c.query(
      `INSERT INTO retention_counts SELECT $1, i / 160, '2023-11-01'::date + i / 46, '2023-11-01'::date + i / 46 + (i % 46) / 6, k.ids[1 + i % 6], CASE WHEN i % 50 = 0 THEN ARRAY[i % 7] ELSE '{}' END,
              'hot', 200, i * 200, i * 200 + 199 FROM generate_series(0, $2 - 1) i, (SELECT array_agg(id ORDER BY id) AS ids FROM retention_classes WHERE ledger_id = $1) k`,
      [large, LINES],
    );
    await c.query(
      `INSERT INTO legal_holds (ledger_id, matter, scope_kind, scope_value, reason, placed_by) SELECT $1, 'M', 'subject', 'S-' || i, 'r', 'x' FROM generate_series(1, 300) i`,
      [ledger.id],
    );
    hold = (
      await c.query(
        "INSERT INTO legal_holds (ledger_id, matter, scope_kind, scope_value, reason, placed_by) VALUES ($1, 'M', 'actor', 'rare', 'r', 'x') RETURNING id",
        [ledger.id],
      )
    ).rows[0].id;
    await c.query('VACUUM entries, records, conversations, conversation_people, legal_holds, retention_counts, retention_scopes');
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
  for (const query of explained.queries)
    expect({
      text: query.text,
      scanned: query.scanned.filter((name) => /^(entries|records|conversations|conversation_people|retention_traces)/.test(name)),
    }).toEqual({
      text: query.text,
      scanned: [],
    });
  return explained;
}
const most = (queries: readonly ExplainedQuery[]) => Math.max(...queries.map(({ buffers }) => buffers));
/** Pages that a call touches whose plans lie within a function; the second time, when it is compiled. */
async function cost(call: string, ...values: unknown[]): Promise<number> {
  return asAdmin(db.adminUrl, async (c) => {
    await c.query('BEGIN');
    await c.query(`SAVEPOINT s`);
    await c.query(`SELECT ${call}`, values);
    await c.query('ROLLBACK TO s');
    const { rows } = await c.query(`EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) SELECT ${call}`, values);
    await c.query('ROLLBACK');
    const plan = rows[0]['QUERY PLAN'][0].Plan;
    return plan['Shared Hit Blocks'] + plan['Shared Read Blocks'];
  });
}

describe.each(['before the planner has statistics', 'with statistics'])('%s', (when) => {
  beforeAll(async () => {
    if (when === 'with statistics') await asAdmin(db.adminUrl, (c) => c.query('ANALYZE'));
  }, 60_000);

  it('the overview reads sums alone, and is decided in well under a second at as many lines as ten million records make', async () => {
    const { result, queries } = await explainReads(db.appUrl, async (tx) => {
      await settlePlans(tx);
      const policies = await readPolicies(tx, large);
      await readRetentionProgress(tx, large);
      const lines = await readRetentionLines(tx, large, REGISTRY);
      const marks = await readMarks(tx, large);
      const before = process.cpuUsage();
      const figures = foldRetention(lines, makeRules(policies), marks, '2026-11-21');
      return { lines: lines.length, records: figures.records.hot, decided: process.cpuUsage(before).user / 1_000 };
    });
    expect(result).toMatchObject({ records: LINES * 200 });
    expect(queries.flatMap(({ scanned }) => scanned).filter((name) => /^(entries|records|conversations)/.test(name))).toEqual([]);
    expect(queries.flatMap(({ indexes }) => indexes).some((name) => /^records_/.test(name))).toBe(false);
    // Of the processor, since others work on this machine at the same time.
    expect(result.decided).toBeLessThan(1_000);
  });

  it('decisions of records and conversations touch little', async () => {
    const { queries } = await explain(async (tx) => {
      // A connection's first call of a function reads what it and each partition is made of; pages of the catalogue are not what is measured here.
      await tx.$queryRaw`SELECT set_config('x.y', o.mark::text, true) FROM scopes_over(${ledger.id}::int, NULL, NULL, ${['0', '262146', '599997']}::bigint[]) o`;
      await readConversationKinds(tx, ledger, 'c-30000', 1_000);
      await readReached(tx, ledger.id, [300n, 262_146n, 599_997n]);
    });
    // One of these conversations names five thousand people, and there are holds on three hundred.
    expect(most(queries)).toBeLessThan(500);
    const long = await explain(async (tx) => {
      const kinds = await readConversationKinds(tx, ledger, 'c-long', 1_000);
      expect(kinds.length).toBe(2_000);
    });
    expect(most(long.queries)).toBeLessThan(2_000 * 8);
    expect(
      await cost(
        'count(*) FROM scopes_over($1, NULL, NULL, $2)',
        ledger.id,
        Array.from({ length: 2_000 }, (_, i) => i * 3),
      ),
    ).toBeLessThan(80_000);
  });

  it('holds and what they hold touch little, whatever they are on', async () => {
    const scopes = [
      { kind: 'conversation', value: 'c-long' },
      { kind: 'subject', value: 'S-7' },
      { kind: 'subject', value: 'Q-8' },
      { kind: 'resource', type: 'chart', value: 'R-7' },
      { kind: 'actor', value: 'rare' },
      { kind: 'actor', value: 'common' },
      { kind: 'agent', value: 'first' },
      { kind: 'agent', value: 'nobody' },
      { kind: 'time', from: '2026-01-01', to: '2026-12-31' },
      { kind: 'time', from: '2031-01-01', to: '2031-01-02' },
    ] as const;
    for (const scope of scopes) {
      const { queries } = await explain(async (tx) => {
        await readHeld(tx, ledger, scope);
        await readHeldArchived(tx, ledger.id, scope);
      });
      expect({ scope, most: most(queries) < MOST_BUFFERS || most(queries) }).toEqual({ scope, most: true });
    }
    const { queries } = await explain(async (tx) => {
      await pageHolds(tx, ledger.id, {}, {});
      await findHold(tx, ledger.id, hold);
      await readHoldCount(tx, ledger.id, hold);
      await listTriggers(tx, ledger.id);
      await findHold(tx, ledger.id, randomUUID());
    });
    expect(most(queries)).toBeLessThan(MOST_BUFFERS);
  });

  it('a step of the walk touches what it counts, and finds the blocks of a hold by its index', async () => {
    // Ten thousand of six hundred thousand positions hold a third as many records; each costs a few looks into indexes, beside what it touches itself.
    const step = await cost('count_retention($1, 10000)', ledger.id);
    await asAdmin(db.adminUrl, (c) => c.query('UPDATE retention_scopes SET spread = true'));
    const counting = await cost('count_retention($1, 10000)', ledger.id);
    expect(counting).toBeLessThan(3_334 * 30);
    expect(step).toBeLessThan(100_000);
    const asked = await asAdmin(db.adminUrl, async (c) => {
      await c.query('BEGIN');
      await c.query('INSERT INTO retention_progress VALUES ($1, 599997) ON CONFLICT (ledger_id) DO UPDATE SET counted_to = 599997', [
        ledger.id,
      ]);
      await c.query("UPDATE retention_scopes SET spread = false WHERE kind = 'actor'");
      const { rows } = await c.query('EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) SELECT count_retention($1, 10000)', [ledger.id]);
      const dirty = (await c.query('SELECT block FROM retention_dirty WHERE ledger_id = $1 ORDER BY 1', [ledger.id])).rows.map(
        ({ block }) => block,
      );
      await c.query('ROLLBACK');
      const plan = rows[0]['QUERY PLAN'][0].Plan;
      return { dirty, pages: plan['Shared Hit Blocks'] + plan['Shared Read Blocks'] };
    });
    expect(asked.dirty).toEqual([0, 6, 12]);
    expect(asked.pages).toBeLessThan(4_000);
  });
});
