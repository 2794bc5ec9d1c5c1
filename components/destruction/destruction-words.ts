import { countOf, formatCount } from '@/components/ui/format-count';
import type { Tone } from '@/components/ui/status';
import type { DestructionDto, DestructionObject, DestructionState } from '@/lib/schema/destruction';

const STATES: Record<DestructionState, { tone: Tone; words: string }> = {
  requested: { tone: 'attention', words: 'Waits for a second person' },
  withdrawn: { tone: 'pending', words: 'Withdrawn' },
  declined: { tone: 'pending', words: 'Declined' },
  approved: { tone: 'waiting', words: 'Approved, about to begin' },
  running: { tone: 'waiting', words: 'Is being carried out' },
  failed: { tone: 'attention', words: 'Stopped; can be taken up again' },
  pending_objects: { tone: 'noted', words: 'Carried out; bodies stay in archive objects for now' },
  done: { tone: 'noted', words: 'Carried out and certified' },
};

const UNDER_WAY: ReadonlySet<DestructionState> = new Set(['approved', 'running', 'failed']);

/** Its job has ended without it. One that was taken up again is at another job, which waits or works, whatever was told of it before. */
export function isStopped({ state, job }: Pick<DestructionDto, 'state' | 'job'>): boolean {
  return UNDER_WAY.has(state) && (job?.state === 'failed' || job?.state === 'cancelled');
}

export function destructionState(one: Pick<DestructionDto, 'state' | 'job'>) {
  if (isStopped(one)) return STATES.failed;
  return STATES[one.state === 'failed' ? 'running' : one.state];
}

/** Nothing more happens to it by itself. */
export function isSettled(one: Pick<DestructionDto, 'state' | 'job'>): boolean {
  return isStopped(one) || !UNDER_WAY.has(one.state);
}

const OBJECTS: Record<DestructionObject['state'], { tone: Tone; words: string }> = {
  removed: { tone: 'noted', words: 'Deleted' },
  locked: { tone: 'waiting', words: 'Locked' },
  shared: { tone: 'pending', words: 'Holds others that are not destroyed' },
  held: { tone: 'attention', words: 'A legal hold is on it' },
  unreachable: { tone: 'attention', words: 'The store did not answer; tried again' },
};
export const objectState = (state: DestructionObject['state']) => OBJECTS[state];

/** "4 of 12 records destroyed; 2 left under hold #1". */
export function sayOutcome({ destroyed, records, left, certificate }: DestructionDto): string {
  const parts = [`${formatCount(destroyed)} of ${countOf(records, 'record', 'records')} destroyed`];
  if (left.held > 0)
    parts.push(
      `${formatCount(left.held)} left under ${left.holds.length === 1 ? 'hold' : 'holds'} ${left.holds.map((number) => `#${number}`).join(', ')}`,
    );
  if (left.not_due > 0) parts.push(`${formatCount(left.not_due)} left, not due any more`);
  if (left.unsound > 0) parts.push(`${formatCount(left.unsound)} left as evidence`);
  const before = records - destroyed - left.held - left.not_due - left.unsound;
  // While it goes on they are to come.
  if (certificate !== null && before > 0) parts.push(`${formatCount(before)} destroyed before, by another request`);
  return parts.join('; ');
}
