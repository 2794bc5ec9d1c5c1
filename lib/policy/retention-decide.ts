import type { Decision } from '@/lib/schema/retention';
import type { CalendarDay } from './retention-calendar';
import type { Rules } from './retention-rules';
import { sayDecision, sayMaximum, sayMinimum, saySilent } from './retention-say';
import { type Retained, type Weighed, weigh } from './retention-weigh';

export interface HoldOn {
  id: string;
  /** As people name it: hold #12. */
  number: number;
}

/** What is kept until when, and why. Pure: the same record, policies and holds give the same decision on any day. */
export function decide(record: Retained, rules: Rules, holds: readonly HoldOn[] = []): Decision {
  return tell(weigh(record, rules), rules, holds);
}

/** The decision in the form in which it is told. */
export function tell(weighed: Weighed, rules: Rules, holds: readonly HoldOn[] = []): Decision {
  const { minimums, maximums, silent, conflict } = weighed;
  return {
    keep_until: weighed.keepUntil,
    archive_from: weighed.archiveFrom,
    because: [
      ...minimums.map((minimum) => ({ policy: minimum.rule.policy.code, until: minimum.end, say: sayMinimum(minimum) })),
      ...maximums.map((maximum) => ({ policy: maximum.rule.policy.code, until: null, say: sayMaximum(maximum) })),
      ...silent.map((rule) => ({ policy: rule.policy.code, until: null, say: saySilent(rule) })),
    ],
    dispose_by: weighed.disposeBy,
    held_by: holds.map(({ id }) => id),
    holds: holds.map(({ id, number }) => ({ id, number })),
    conflict: conflict && { floor: conflict.floor.rule.policy.code, ceiling: conflict.ceiling.rule.policy.code },
    unmapped: [...weighed.unmapped],
    off: [...weighed.off],
    say: sayDecision(weighed, rules, holds),
  };
}

/** The whole of that day has passed, and no hold is on it. Decided by days in UTC. */
export function isDue(keepUntil: CalendarDay | null, today: CalendarDay, held: boolean): boolean {
  return keepUntil !== null && today > keepUntil && !held;
}

/** Hot storage has ended. */
export function isArchivable(archiveFrom: CalendarDay | null, today: CalendarDay, held: boolean): boolean {
  return archiveFrom !== null && today >= archiveFrom && !held;
}

/**
 * Of several records that go together (a conversation), what holds for all of them: the latest minimum and the earliest maximum, each with the decision that it is
 * from. @returns null of none
 */
export function strictest(decisions: readonly Decision[]): { keep: Decision; dispose: Decision | null } | null {
  const [first] = decisions;
  if (first === undefined) return null;
  const end = (decision: Decision) => decision.keep_until ?? '~';
  const keep = decisions.reduce((best, one) => (end(one) > end(best) ? one : best), first);
  const dispose = decisions.reduce<Decision | null>(
    (best, one) => (one.dispose_by !== null && (best === null || one.dispose_by < best.dispose_by!) ? one : best),
    null,
  );
  return { keep, dispose };
}
