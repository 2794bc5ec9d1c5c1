import 'server-only';

/** What a schedule is decided by, read in one moment by the database's clock. Positions are those of entries. */
export interface ScheduleFacts {
  now: Date;
  /** Minutes between two runs over what is new. */
  everyMinutes: number;
  /** HH:MM, UTC: when the whole ledger is due each day. */
  wholeAt: string;
  ledgerMade: Date;
  /** null while the ledger is empty. */
  head: bigint | null;
  /** Where the newest finished run over the whole, or over what was new, ended; null before the first. */
  verifiedTo: bigint | null;
  /** When the first entry behind `verifiedTo` was received; null where nothing is new. */
  waitingSince: Date | null;
  /** When the newest finished run over the whole was asked for. */
  wholeAskedAt: Date | null;
  /** When the schedule last asked for a run, whatever became of it: what fails is not tried again at once. */
  askedAt: Date | null;
  wholeAttemptAt: Date | null;
  /** A run over the whole, or one of the schedule, waits or goes on. */
  open: boolean;
}

export type PlannedRun = { kind: 'ledger' } | { kind: 'range'; from: bigint; to: bigint };

const MINUTE = 60_000;
const DAY = 86_400_000;

/**
 * The run that is due, if any. A time of day that passed while nothing ran is made up for; an end that lies before what was verified calls for the whole,
 * which tells what is missing.
 */
export function planRun(facts: ScheduleFacts): PlannedRun | null {
  const { now, head, verifiedTo } = facts;
  if (facts.open) return null;
  const pause = facts.everyMinutes * MINUTE;
  const rested = (asked: Date | null) => asked === null || now.getTime() - asked.getTime() >= pause;
  const wasLonger = verifiedTo !== null && (head === null || head < verifiedTo);
  if (head === null && !wasLonger) return null;
  const boundary = lastBoundary(now, facts.wholeAt);
  const wholeMissed = facts.ledgerMade < boundary && (facts.wholeAskedAt === null || facts.wholeAskedAt < boundary);
  if ((wholeMissed || wasLonger) && rested(facts.wholeAttemptAt)) return { kind: 'ledger' };
  if (!rested(facts.askedAt)) return null;
  if (verifiedTo === null) return { kind: 'ledger' };
  // From the last verified entry itself: that it still has the hash that was seen is part of what is checked.
  return head !== null && head > verifiedTo ? { kind: 'range', from: verifiedTo, to: head } : null;
}

/** The last time that it was HH:MM UTC. */
export function lastBoundary(now: Date, at: string): Date {
  const [hours, minutes] = at.split(':').map(Number);
  const today = Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate(), hours, minutes);
  return new Date(today <= now.getTime() ? today : today - DAY);
}

/**
 * Since when entries, or the whole, have waited for a run for more than twice as long as they should. A process that has only just begun to look gives
 * the runs that are due one interval to be made.
 * @param watchingSince when this process began to look.
 */
export function overdueSince(facts: ScheduleFacts, watchingSince: Date): { what: 'new' | 'whole'; since: Date } | null {
  const { now, head } = facts;
  const pause = facts.everyMinutes * MINUTE;
  if (head === null || now.getTime() - watchingSince.getTime() < pause) return null;
  if (facts.waitingSince !== null && now.getTime() - facts.waitingSince.getTime() > 2 * pause)
    return { what: 'new', since: facts.waitingSince };
  const whole = facts.wholeAskedAt ?? facts.ledgerMade;
  return now.getTime() - whole.getTime() > 2 * DAY ? { what: 'whole', since: whole } : null;
}
