import { countOf } from '@/components/ui/format-count';
import type { AnchorDto, AnchorKind, AnchorTargetDto, ProofLine } from '@/lib/schema/proofs';

interface KindWords {
  /** The kind as a thing. */
  noun: string;
  /** Before a target's name: what has happened to a checkpoint. */
  did: string;
  /** What it is good for, in a sentence. */
  why: string;
}

export const ANCHOR_WORDS: Record<AnchorKind, KindWords> = {
  witness: {
    noun: 'Witness',
    did: 'Cosigned by',
    why: 'Cosigns a checkpoint only if it grew from the last one that it saw: it would notice a rewrite at once.',
  },
  timestamp: { noun: 'Time stamp', did: 'Time-stamped by', why: 'An RFC 3161 authority says that this checkpoint existed at that time.' },
  webhook: {
    noun: 'Webhook',
    did: 'Posted to',
    why: 'Each checkpoint is posted to an address of the auditor, signed as Standard Webhooks ask.',
  },
  object_lock: {
    noun: 'Object lock',
    did: 'Locked in',
    why: 'Each checkpoint is stored in a bucket where nobody can delete it before its time.',
  },
  email: { noun: 'E-mail', did: 'Mailed to', why: 'Each checkpoint is mailed to people who keep their mail.' },
};

const UNITS: [seconds: number, one: string, many: string][] = [
  [86_400, 'day', 'days'],
  [3600, 'hour', 'hours'],
  [60, 'minute', 'minutes'],
];

/** "every 5 minutes", "every hour", "every 90 seconds": the largest unit that says it exactly. */
export function everyWords(seconds: number): string {
  const [unit, one, many] = UNITS.find(([length]) => seconds >= length && seconds % length === 0) ?? [1, 'second', 'seconds'];
  const count = seconds / unit;
  return count === 1 ? `every ${one}` : `every ${countOf(count, one, many)}`;
}

export interface TargetState {
  tone: 'verified' | 'attention' | 'pending' | 'waiting';
  words: string;
  /** The time that the words speak of. */
  at: string | null;
}

/** How a target does: its last success, or that it fails and how often. */
export function targetState(target: AnchorTargetDto): TargetState {
  if (!target.enabled) return { tone: 'pending', words: 'Off', at: null };
  if (target.failures > 0) {
    const since = target.last_success_at === null ? 'has not worked yet' : 'last worked';
    return {
      tone: 'attention',
      words: `Failed ${countOf(target.failures, 'time', 'times')} in a row; ${since}`,
      at: target.last_success_at,
    };
  }
  if (target.last_success_at === null) return { tone: 'waiting', words: 'Not tried yet', at: null };
  return { tone: 'verified', words: 'Newest', at: target.last_success_at };
}

/** Records that no anchor outside covers; null where none was ever anchored. @param total records of the ledger, decimal */
export function unanchored(line: Pick<ProofLine, 'anchor'>, total: string): string | null {
  if (line.anchor === null) return null;
  const open = BigInt(total) - BigInt(line.anchor.size);
  return (open > 0n ? open : 0n).toString();
}

/** Anchors of one checkpoint by kind, in the order of the kinds. */
export function anchorsByKind(anchors: readonly AnchorDto[]): [AnchorKind, AnchorDto[]][] {
  const kinds = Object.keys(ANCHOR_WORDS) as AnchorKind[];
  return kinds
    .map((kind): [AnchorKind, AnchorDto[]] => [kind, anchors.filter((anchor) => anchor.kind === kind)])
    .filter(([, own]) => own.length > 0);
}
