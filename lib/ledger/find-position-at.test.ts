import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { closeDatabase } from '@/lib/db';
import { explainReads } from '@/lib/testing/explain-reads';
import { asAdmin, freshDatabase, type TestDatabase } from '@/lib/testing/fresh-database';
import { findPositionAt } from './find-position-at';

let db: TestDatabase;
/** Received at these microseconds, with repetitions, at positions of which every third holds an entry. */
const TIMES = Array.from({ length: 500 }, (_, i) => BigInt(1_000 + Math.floor(i / 3) * 7));
beforeAll(async () => {
  db = await freshDatabase();
  await asAdmin(db.adminUrl, (client) =>
    client.query(
      `INSERT INTO entries SELECT $1, (o - 1) * 3, gen_random_uuid(), t, 0, d, d, d, d FROM unnest($2::bigint[]) WITH ORDINALITY AS u (t, o), sha256('') d`,
      [db.ledgers.main, TIMES.map(String)],
    ),
  );
});
afterAll(async () => {
  await closeDatabase();
  await db.drop();
});

it('finds the last entry received by a moment, as looking at all of them does, in a number of reads that grows as its logarithm', async () => {
  await fc.assert(
    fc.asyncProperty(fc.bigInt({ min: 990n, max: 2_200n }), async (us) => {
      const { result, queries } = await explainReads(db.appUrl, (tx) => findPositionAt(tx, db.ledgers.main, us));
      const naive = TIMES.findLastIndex((time) => time <= us);
      expect(result).toBe(naive === -1 ? null : BigInt(naive) * 3n);
      expect(queries.length).toBeLessThan(14);
      expect(queries.flatMap(({ scanned }) => scanned)).toEqual([]);
    }),
    { numRuns: 40 },
  );
});

it('finds nothing in a ledger that has nothing', async () => {
  const { result } = await explainReads(db.appUrl, (tx) => findPositionAt(tx, db.ledgers.access, 2_000n));
  expect(result).toBeNull();
});
