import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { closeDatabase } from '@/lib/db';
import { appendRecords, closeAppenders } from '@/lib/ledger/append-records';
import { prepareAgentRecord } from '@/lib/ledger/prepare-record';
import { agentRecord } from '@/lib/testing/agent-record';
import { asAdmin, freshDatabase, type TestDatabase } from '@/lib/testing/fresh-database';

const RECORDS = 120;
const today = new Date().toISOString().slice(0, 10);
let db: TestDatabase;
beforeAll(async () => {
  db = await freshDatabase();
  const pick = (member: string, list: readonly (string | null)[], at: number) =>
    list[at % list.length] == null ? {} : { [member]: list[at % list.length] };
  await appendRecords(
    db.ledgers.main,
    Array.from({ length: RECORDS }, (_, i) =>
      prepareAgentRecord(
        agentRecord({
          ...pick('conversation_id', ['a', 'b', 'c', 'd', null], Math.floor(i / 3)),
          ...pick('subject_id', ['P', null, 'Q', null, null, 'R'], i),
          ...pick('actor_id', ['one', 'two', 'three'], Math.floor(i / 7)),
          ...pick('agent_name', [null, 'intake', 'billing', null], Math.floor(i / 11)),
          ...(i % 4 === 0 ? { resource_type: 'chart', resource_id: `R-${i % 12}` } : {}),
          timestamp: `2026-0${1 + (i % 3)}-0${1 + (i % 7)}T00:00:00.000Z`,
        }),
        { key_id: randomUUID(), channel: 'api' },
      ),
    ),
  );
});
afterAll(async () => {
  await closeAppenders();
  await closeDatabase();
  await db.drop();
});

const scope = fc.oneof(
  fc.record({ kind: fc.constant('conversation'), value: fc.constantFrom('a', 'b', 'c', 'd', 'e') }),
  fc.record({ kind: fc.constant('subject'), value: fc.constantFrom('P', 'Q', 'R', 'S') }),
  fc.record({ kind: fc.constant('resource'), value: fc.constantFrom('R-0', 'R-4', 'R-5', 'R-8'), type: fc.constantFrom('chart', 'claim') }),
  fc.record({ kind: fc.constant('actor'), value: fc.constantFrom('one', 'two', 'three', 'four') }),
  fc.record({ kind: fc.constant('agent'), value: fc.constantFrom('intake', 'billing', 'nobody') }),
  fc
    .tuple(fc.constantFrom('2026-01-01', '2026-02-03', '2026-03-07', '2026-04-01', today), fc.constantFrom(0, 3, 40))
    .map(([from, days]) => ({
      kind: 'time',
      value: '',
      from,
      to: new Date(Date.parse(from) + days * 86_400_000).toISOString().slice(0, 10),
    })),
);
const range = fc.tuple(fc.nat(RECORDS - 1), fc.nat(12)).map(([from, more]) => [from, Math.min(RECORDS - 1, from + more)] as const);

it('a segment is held where a hold reaches one of its records, and only there, whichever way it is asked', async () => {
  let reached = 0;
  await asAdmin(db.adminUrl, async (c) => {
    await fc.assert(
      fc.asyncProperty(fc.array(scope, { maxLength: 3 }), fc.array(range, { minLength: 1, maxLength: 4 }), async (scopes, ranges) => {
        await c.query('BEGIN');
        for (const one of scopes) {
          const { type = null, from = null, to = null } = one as { type?: string; from?: string; to?: string };
          await c.query(
            `INSERT INTO legal_holds (ledger_id, matter, scope_kind, scope_value, scope_type, scope_from, scope_to, reason, placed_by)
             VALUES ($1, 'm', $2, $3, $4, $5, $6, 'r', 'ada')`,
            [db.ledgers.main, one.kind, one.value, type, from, to],
          );
        }
        // An event is no hold.
        await c.query(
          `INSERT INTO retention_triggers (ledger_id, trigger_name, scope_kind, scope_value, day, reason, entered_by) VALUES ($1, 'closed', 'subject', 'P', '2026-01-01', 'r', 'ada')`,
          [db.ledgers.main],
        );
        const { rows } = await c.query<{ whole: boolean; single: boolean }>(
          `WITH asked AS (SELECT range_agg(r::int8range) AS seqs FROM unnest($2::text[]) r)
           SELECT hold_reaches($1, seqs, lower(seqs), upper(seqs) - 1) AS whole,
                  EXISTS (SELECT FROM scopes_over($1, NULL, NULL, ARRAY(SELECT s FROM unnest(seqs) r, generate_series(lower(r), upper(r) - 1) s)) o WHERE o.use = 'hold') AS single
             FROM asked`,
          [db.ledgers.main, ranges.map(([from, to]) => `[${from},${to}]`)],
        );
        await c.query('ROLLBACK');
        if (rows[0]!.single) reached++;
        expect(rows[0]!.whole).toBe(rows[0]!.single);
      }),
      { numRuns: 300 },
    );
  });
  expect(reached).toBeGreaterThan(60);
}, 120_000);
