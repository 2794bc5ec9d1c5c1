import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { closeDatabase, pool } from '@/lib/db';
import { asAdmin, freshDatabase, type TestDatabase } from '@/lib/testing/fresh-database';
import { takeLease } from './archive-lease';

let db: TestDatabase;
beforeAll(async () => {
  db = await freshDatabase();
});
afterAll(async () => {
  await closeDatabase();
  await db.drop();
});

it('a lease is one process’s until it lets go or is gone for too long', async () => {
  const first = (await takeLease(db.ledgers.main, 400))!;
  expect(await takeLease(db.ledgers.main)).toBeNull();
  // Prolonged again and again.
  await sleep(700);
  expect([await takeLease(db.ledgers.main), first.signal.aborted]).toEqual([null, false]);
  await first.letGo();
  const second = (await takeLease(db.ledgers.main))!;
  expect(BigInt(second.fence)).toBeGreaterThan(BigInt(first.fence));
  await second.letGo();
});

it('a step of one’s own that takes longer than the lease loses nothing, where nobody has taken it meanwhile', async () => {
  const lease = (await takeLease(db.ledgers.main, 300))!;
  // Each function of archival keeps the row of the lease until its transaction ends.
  await asAdmin(db.adminUrl, async (c) => {
    await c.query('BEGIN');
    await c.query('SELECT FROM archive_leases WHERE ledger_id = $1 FOR UPDATE', [db.ledgers.main]);
    await sleep(900);
    await c.query('COMMIT');
  });
  await sleep(200);
  expect(lease.signal.aborted).toBe(false);
  await pool('archive').query('SELECT prune_leaf($1, $2, 0)', [db.ledgers.main, lease.fence]);
  await lease.letGo();
  // Nor does a renewal that was under way take again what was let go.
  await sleep(200);
  await (await takeLease(db.ledgers.main))!.letGo();
});
