import pg from 'pg';
import { afterEach, expect, it, vi } from 'vitest';
import { pool } from '@/lib/db';
import type { LedgerRow } from '@/lib/ledger/find-ledger';
import { agentRecord } from '@/lib/testing/agent-record';
import { archive } from '@/lib/testing/archived-ledger';
import { asAdmin } from '@/lib/testing/fresh-database';
import { db, folderStore, newLedger, openArchive } from '@/lib/testing/open-archive';
import { takeLease } from './archive-lease';

/** Rows of segments are taken before the lock that holds are placed under, by everybody: else two would wait for one another, and one of them would fail. */
openArchive();
afterEach(() => {
  vi.restoreAllMocks();
});

/** Confirmed, and still here. */
async function confirmed(): Promise<LedgerRow> {
  const ledger = await newLedger(Array.from({ length: 4 }, () => agentRecord()));
  const real = pool('archive').query.bind(pool('archive'));
  vi.spyOn(pool('archive'), 'query').mockImplementation((async (text: string, values: unknown[]) => {
    if (text.includes('prune_')) throw new Error('killed');
    return real(text, values);
  }) as never);
  await expect(archive(ledger, folderStore(ledger.slug))).rejects.toThrow('killed');
  vi.restoreAllMocks();
  return ledger;
}
const WAITING = "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE $1";
const waiting = (call: string) =>
  asAdmin(db.adminUrl, (c) => vi.waitFor(async () => expect((await c.query(WAITING, [`SELECT ${call}(%`])).rows).toHaveLength(1), 5_000));

it.each([
  ['archive_hold_begun', (ledger: number) => ({ text: 'SELECT archive_hold_begun($1, 1, true) AS said', values: [ledger] }), true],
  ['destruction_object_free', (ledger: number) => ({ text: 'SELECT destruction_object_free($1, 1) AS said', values: [ledger] }), 'shared'],
] as const)('a segment is pruned while %s asks for it: the one waits, and neither fails', async (call, query, said) => {
  const ledger = await confirmed();
  const lease = (await takeLease(ledger.id))!;
  const admin = new pg.Client({ connectionString: db.adminUrl });
  await admin.connect();
  try {
    // Pruning has its segment, and waits for what counts records.
    await admin.query('BEGIN');
    await admin.query('SELECT FROM volume_progress WHERE ledger_id = $1 FOR UPDATE', [ledger.id]);
    const pruned = pool('archive').query('SELECT prune_segment($1, $2, 1, 500) AS pruned', [ledger.id, lease.fence]);
    await waiting('prune_segment');
    const asked = pool('archive').query(query(ledger.id));
    await waiting(call);
    await admin.query('COMMIT');
    expect((await pruned).rows).toEqual([{ pruned: 4 }]);
    expect((await asked).rows).toEqual([{ said }]);
  } finally {
    await admin.end();
    await lease.letGo();
  }
});
