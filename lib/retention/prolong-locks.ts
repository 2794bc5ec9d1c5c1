import 'server-only';
import { StoreFault } from '@/lib/archive/archive-store';
import { storeAt } from '@/lib/archive/open-store';
import { type Segment, selectSegments } from '@/lib/archive/segments';
import { pagePositions } from '@/lib/chain/page-positions';
import { pool } from '@/lib/db';
import { boundedRead } from '@/lib/ledger/bounded-read';
import type { LedgerRow } from '@/lib/ledger/find-ledger';
import { readRulesMark } from '@/lib/ledger/read-judged';
import { readPolicies } from '@/lib/ledger/read-retention';
import { log } from '@/lib/log';
import { type CalendarDay, dayAfter, dayOf } from '@/lib/policy/retention-calendar';
import { makeRules } from '@/lib/policy/retention-rules';
import { JUDGED_AT_ONCE, Judge } from './judge-records';
import { decidingTime } from './read-clock';

export interface LockFindings {
  /** Segments whose records were decided anew. */
  decided: number;
  /** Segments whose locks were made longer. */
  prolonged: number;
  /** Segments whose store did not answer, or did not take it: tried again later. */
  failed: number;
}

/**
 * Locks of archived objects that last as long as their records are to be kept. A policy that was made longer, a trigger event that was entered, a clock that is still
 * open: each moves the day after a segment was locked. What has changed since a segment was last decided is looked at in its verified bodies; nothing makes a lock shorter.
 * @param mostMs begins with no further segment after so long
 */
export async function prolongLocks(
  ledger: Pick<LedgerRow, 'id' | 'origin' | 'slug'>,
  mostMs: number,
  signal?: AbortSignal,
): Promise<LockFindings> {
  const done: LockFindings = { decided: 0, prolonged: 0, failed: 0 };
  const until = performance.now() + mostMs;
  for (;;) {
    signal?.throwIfAborted();
    const mark = await boundedRead((tx) => readRulesMark(tx, ledger.id));
    const [segment] = await nextUndecided(ledger.id, mark);
    if (segment === undefined) return done;
    const decided = await decide(ledger, segment, signal);
    if (decided === null) done.failed++;
    else {
      done.decided++;
      const lock = await lockThrough(segment, decided.lockThrough);
      if (lock.prolonged) done.prolonged++;
      if (lock.fault !== null) done.failed++;
      await keep(segment, lock.fault === null ? decided.mark : null, decided.keepUntil, lock.lockedUntil);
    }
    if (performance.now() > until) return done;
  }
}

/** What could not be decided or locked, and what is open, is looked at again after a while. */
function nextUndecided(ledgerId: number, mark: string): Promise<Segment[]> {
  return selectSegments(
    `ledger_id = $1 AND state IN ('confirmed', 'pruned') AND removed_at IS NULL
       AND (decided_at IS NULL OR decided_by <> $2 OR decided_by IS NULL AND decided_at < clock_timestamp() - interval '10 minutes'
            OR keep_until IS NULL AND decided_at < clock_timestamp() - interval '30 days')
     ORDER BY decided_at NULLS FIRST, number LIMIT 1`,
    [ledgerId, mark],
  );
}

/** @returns null where the archive does not answer: noted, for another look */
async function decide(
  ledger: Pick<LedgerRow, 'id' | 'origin'>,
  segment: Segment,
  signal: AbortSignal | undefined,
): Promise<{ mark: string; keepUntil: CalendarDay | null; lockThrough: CalendarDay | null } | null> {
  const now = await decidingTime();
  const judge = new Judge(ledger, () => now);
  let [latest, open, mark]: [CalendarDay | null, boolean, string] = [null, false, ''];
  for (const seqs of pagePositions(segment.ranges, JUDGED_AT_ONCE)) {
    signal?.throwIfAborted();
    const found = await judge.judge(seqs);
    // The rules changed on the way: the next look begins anew.
    if (mark !== '' && found.mark !== mark) return null;
    mark = found.mark;
    for (const { verdict, keepUntil } of found.judged) {
      if (verdict === 'unreachable') {
        await keep(segment, null, segment.keepUntil, null);
        return null;
      }
      if (keepUntil !== null && (latest === null || keepUntil > latest)) latest = keepUntil;
      open ||= verdict === 'not_due' && keepUntil === null;
    }
  }
  if (!open) return { mark, keepUntil: latest, lockThrough: latest };
  // As if it had started today, under the longest minimum that is on.
  const { floors } = makeRules(await boundedRead((tx) => readPolicies(tx, ledger.id)));
  const ends = [...(latest === null ? [] : [latest]), ...floors.map((rule) => rule.floorEnd!(dayOf(now)))].sort();
  return { mark, keepUntil: null, lockThrough: ends.at(-1) ?? null };
}

async function lockThrough(
  segment: Segment,
  day: CalendarDay | null,
): Promise<{ prolonged: boolean; lockedUntil: Date | null; fault: string | null }> {
  const { number, objectKey, versionId, manifestKey, manifestVersionId, lockedUntil } = segment;
  const asBefore = { prolonged: false, lockedUntil: null, fault: null };
  if (day === null || versionId === null || manifestVersionId === null) return asBefore;
  const until = new Date(`${dayAfter(day)}T00:00:00.000Z`);
  if ((lockedUntil ?? segment.retainUntil) >= until) return asBefore;
  try {
    const store = storeAt(segment);
    await store.prolong(objectKey, versionId, until);
    await store.prolong(manifestKey, manifestVersionId, until);
    return { prolonged: true, lockedUntil: until, fault: null };
  } catch (error) {
    if (!(error instanceof StoreFault)) throw error;
    log.warn(
      { err: error, ledger: segment.ledgerId, segment: String(number), until },
      'the lock of an archive object could not be made longer',
    );
    return { ...asBefore, fault: error.message };
  }
}

/** @param mark null: it is to be looked at again */
async function keep(
  { ledgerId, number }: Segment,
  mark: string | null,
  keepUntil: CalendarDay | null,
  lockedUntil: Date | null,
): Promise<void> {
  await pool('archive').query('SELECT archive_lock_kept($1, $2, $3, $4, $5)', [ledgerId, String(number), mark, keepUntil, lockedUntil]);
}
