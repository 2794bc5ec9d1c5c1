import { afterEach, expect, it, vi } from 'vitest';
import { restoreRange } from '@/lib/archive/restore-range';
import { pool } from '@/lib/db';
import { archive } from '@/lib/testing/archived-ledger';
import { type DestroyableLedger, destroyableLedger, old, recount } from '@/lib/testing/destroyable-ledger';
import { asAdmin } from '@/lib/testing/fresh-database';
import { db, folderStore, openArchive } from '@/lib/testing/open-archive';

/** What a trigger event reaches of archived records is counted once, whenever it is entered. */
openArchive();
afterEach(() => {
  vi.restoreAllMocks();
});

const RECORDS = 10;
/** Four of them are by agent x, all in conversations of both. */
const world = () => destroyableLedger(old(RECORDS, (i) => ({ agent_name: i < 4 ? 'x' : 'y' })));
const leave = (w: DestroyableLedger) => archive(w.ledger, folderStore(w.slug));
/** Confirmed and noted, and still here. */
async function confirm(w: DestroyableLedger): Promise<void> {
  const real = pool('archive').query.bind(pool('archive'));
  vi.spyOn(pool('archive'), 'query').mockImplementation((async (text: string, values: unknown[]) => {
    if (text.includes('prune_')) throw new Error('killed');
    return real(text, values);
  }) as never);
  await expect(leave(w)).rejects.toThrow('killed');
  vi.restoreAllMocks();
}
async function enter(w: DestroyableLedger, kind: string, value: string): Promise<void> {
  await asAdmin(db.adminUrl, (c) =>
    c.query(
      `INSERT INTO retention_triggers (ledger_id, trigger_name, scope_kind, scope_value, day, reason, entered_by) VALUES ($1, 'closed', $2, $3, '2026-01-01', 'r', 'ada')`,
      [w.ledger.id, kind, value],
    ),
  );
  await recount(w.ledger.id);
}
async function reached(w: DestroyableLedger): Promise<number> {
  const { rows } = await pool('verification').query<{ n: number }>(
    'SELECT coalesce(sum(records), 0)::int AS n FROM retention_reach WHERE ledger_id = $1',
    [w.ledger.id],
  );
  return rows[0]!.n;
}

it.each([
  ['agent', 'x', 4],
  ['conversation', 'talk-0', 4],
  ['subject', 'P-1', RECORDS],
] as const)(
  'entered for %s %s: before its records leave, between noting and pruning, after',
  async (kind, value, records) => {
    const before = await world();
    await enter(before, kind, value);
    await leave(before);
    expect(await reached(before)).toBe(records);

    const between = await world();
    await confirm(between);
    await enter(between, kind, value);
    expect(await reached(between)).toBe(0);
    await leave(between);
    expect(await reached(between)).toBe(records);

    const after = await world();
    await leave(after);
    await enter(after, kind, value);
    expect(await reached(after)).toBeGreaterThanOrEqual(records);

    // Where some was put back nobody knows which of it: at least so many, and never too few.
    const back = await world();
    await leave(back);
    await restoreRange({ ledger: back.ledger, from: 0n, to: 1n, hotUntil: new Date(0) });
    await enter(back, kind, value);
    expect(await reached(back)).toBeGreaterThanOrEqual(records - 2);
  },
  60_000,
);
