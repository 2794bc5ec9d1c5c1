import 'server-only';
import { endAlarm, raiseAlarm } from '@/lib/alarms/raise-alarm';
import { prisma } from '@/lib/db';
import { wakeQueue } from '@/lib/jobs/queue';
import { keepDoing } from '@/lib/keep-doing';
import { type LedgerRow, listLedgers } from '@/lib/ledger/find-ledger';
import { readIntegrityLine } from '@/lib/ledger/read-verifications';
import { log } from '@/lib/log';
import type { Prisma } from '@/prisma/generated/client';
import { insertRun } from './insert-run';
import { overdueSince, planRun, type ScheduleFacts } from './plan-run';

const LOOK_EVERY_MS = 5_000;
/** Who asks, as the list of runs has it. */
const SCHEDULE = 'schedule';
/** First key of the advisory lock; the second is the ledger. */
const SCHEDULE_LOCK = 1212435541;

/**
 * Runs that nobody has to think of: what is new every few minutes, the whole once a day, and alarms where one finds a break, fails, or is not made. Any
 * number of processes may look at once: whether a run is due is decided and written down under a lock. @returns how to stop.
 */
export function startSchedule(everyMs = LOOK_EVERY_MS): () => Promise<void> {
  const since = new Date();
  return keepDoing(
    async () => {
      for (const ledger of await listLedgers()) await lookAfter(ledger, since);
    },
    everyMs,
    (error) => log.warn({ err: error }, 'verifications could not be scheduled; tried again later'),
  );
}

/** One look at one ledger. @returns the run that was asked for, if one was due. */
export async function lookAfter(ledger: LedgerRow, watchingSince: Date): Promise<string | null> {
  const asked = await prisma().$transaction(async (tx) => {
    const [{ mine }] = await tx.$queryRaw<
      { mine: boolean }[]
    >`SELECT pg_try_advisory_xact_lock(${SCHEDULE_LOCK}::int, ${ledger.id}::int) AS mine`;
    if (!mine) return null;
    const facts = await readFacts(tx, ledger.id);
    const plan = planRun(facts);
    if (plan === null) return { facts, id: null };
    const scope = plan.kind === 'ledger' ? plan : { kind: plan.kind, from: String(plan.from), to: String(plan.to) };
    return { facts, id: await insertRun(tx, ledger.id, scope, SCHEDULE, 'schedule') };
  });
  if (asked === null) return null;
  if (asked.id !== null) await wakeQueue([asked.id]);
  await tellOverdue(ledger.id, asked.facts, watchingSince);
  await tellFailed(ledger, asked.facts.head);
  return asked.id;
}

async function readFacts(tx: Prisma.TransactionClient, ledgerId: number): Promise<ScheduleFacts> {
  const [row] = await tx.$queryRaw<
    {
      now: Date;
      every: number;
      at: string;
      made: Date;
      head: bigint | null;
      verified_to: bigint | null;
      whole_asked_at: Date | null;
      asked_at: Date | null;
      whole_attempt_at: Date | null;
      open: boolean;
    }[]
  >`
    SELECT clock_timestamp() AS now, coalesce(s.verify_every_minutes, 15) AS every, to_char(coalesce(s.verify_whole_at, '02:00'), 'HH24:MI') AS at,
           l.created_at AS made,
           (SELECT seq FROM entries WHERE ledger_id = l.id ORDER BY seq DESC LIMIT 1) AS head,
           (SELECT coalesce(head_seq, -1) FROM verifications WHERE ledger_id = l.id AND verdict IS NOT NULL
               AND (scope_kind = 'ledger' OR triggered_by = 'schedule') ORDER BY requested_at DESC LIMIT 1) AS verified_to,
           (SELECT requested_at FROM verifications WHERE ledger_id = l.id AND verdict IS NOT NULL AND scope_kind = 'ledger'
             ORDER BY requested_at DESC LIMIT 1) AS whole_asked_at,
           (SELECT requested_at FROM verifications WHERE ledger_id = l.id AND triggered_by = 'schedule' ORDER BY requested_at DESC LIMIT 1) AS asked_at,
           (SELECT requested_at FROM verifications WHERE ledger_id = l.id AND triggered_by = 'schedule' AND scope_kind = 'ledger'
             ORDER BY requested_at DESC LIMIT 1) AS whole_attempt_at,
           EXISTS (SELECT FROM (SELECT id FROM verifications WHERE ledger_id = l.id AND (scope_kind = 'ledger' OR triggered_by = 'schedule')
               ORDER BY requested_at DESC LIMIT 20) v JOIN jobs j USING (id) WHERE j.state IN ('queued', 'running')) AS open
      FROM ledgers l LEFT JOIN proof_settings s ON s.ledger_id = l.id WHERE l.id = ${ledgerId}`;
  const verifiedTo = row.verified_to !== null && row.verified_to < 0n ? null : row.verified_to;
  const next = (verifiedTo ?? -1n) + 1n;
  const [waiting] = await tx.$queryRaw<{ received_at_us: bigint }[]>`
    SELECT received_at_us FROM entries WHERE ledger_id = ${ledgerId} AND seq >= ${next} ORDER BY seq LIMIT 1`;
  return {
    now: row.now,
    everyMinutes: row.every,
    wholeAt: row.at,
    ledgerMade: row.made,
    head: row.head,
    verifiedTo,
    waitingSince: waiting === undefined ? null : new Date(Number(waiting.received_at_us / 1000n)),
    wholeAskedAt: row.whole_asked_at,
    askedAt: row.asked_at,
    wholeAttemptAt: row.whole_attempt_at,
    open: row.open,
  };
}

async function tellOverdue(ledgerId: number, facts: ScheduleFacts, watchingSince: Date): Promise<void> {
  const overdue = overdueSince(facts, watchingSince);
  if (overdue === null) return endAlarm(ledgerId, 'verification_overdue', '');
  const since = overdue.since.toISOString();
  const say =
    overdue.what === 'new'
      ? `Entries received since ${since} have not been verified, although a run is due every ${facts.everyMinutes} minutes.`
      : `The whole ledger has not been verified since ${since}, although a run is due every day.`;
  await raiseAlarm(ledgerId, 'verification_overdue', '', { say, since, every_minutes: facts.everyMinutes });
}

/**
 * What the integrity line says in red is an alarm, and ends with it; so is a run of the schedule that could not be made. Looked at anew each time, so that
 * no process that ends between a finding and its alarm can swallow it.
 */
async function tellFailed(ledger: LedgerRow, head: bigint | null): Promise<void> {
  const line = await readIntegrityLine(prisma(), ledger, head);
  if (line.state === 'broken') {
    const where = line.broken_at === null ? '' : ` at #${line.broken_at}`;
    await raiseAlarm(ledger.id, 'verification_failed', '', {
      say: `Verification found the history broken${where}; the run of ${line.checked_at} names each break.`,
      verification: line.verification_id,
      broken_at: line.broken_at,
    });
  } else if (line.state === 'verified') await endAlarm(ledger.id, 'verification_failed', '');
  const [last] = await prisma().$queryRaw<{ id: string; state: string; error: string | null }[]>`
    SELECT v.id, j.state, j.error FROM verifications v JOIN jobs j ON j.id = v.id
     WHERE v.ledger_id = ${ledger.id} AND v.triggered_by = 'schedule' AND j.state IN ('done', 'failed') ORDER BY v.requested_at DESC LIMIT 1`;
  if (last?.state === 'failed') {
    const say = `A scheduled verification could not be made: ${last.error ?? 'the log says why'}`;
    await raiseAlarm(ledger.id, 'verification_failed', 'run', { say, verification: last.id });
  } else await endAlarm(ledger.id, 'verification_failed', 'run');
}
