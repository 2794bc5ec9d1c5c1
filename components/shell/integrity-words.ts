import { openAlarms } from '@/components/alarms/alarm-words';
import { countOf, formatCount } from '@/components/ui/format-count';
import { formatAge, formatRelative } from '@/components/ui/format-time';
import type { AlarmKind, ProofLine } from '@/lib/schema/proofs';
import type { IntegrityLine } from '@/lib/schema/screens';

export interface IntegrityWords {
  tone: 'verified' | 'broken' | 'pending';
  /** What holds, in one clause. */
  words: string;
  /** When it was found, and what it does not speak about. */
  rest: string | null;
  /** How old the newest copy outside is; null where none is configured, which the integrity page alone says. */
  anchor: { words: string; old: boolean } | null;
}

/** How many records stand behind the position up to which a run spoke; "0" when it reached the head. */
export function recordsSince(line: IntegrityLine): string {
  if (line.head === null || line.verified_to === null) return '0';
  const behind = BigInt(line.head) - BigInt(line.verified_to);
  return behind > 0n ? behind.toString() : '0';
}

/**
 * What the line says first where no run has found a break and something else is wrong with the history. What runs found is in the line itself, so that
 * their alarm, which ends some seconds after its cause, does not speak here.
 */
const ALARMED: Partial<Record<AlarmKind, string>> = {
  signer_refused: 'Signing refused',
  new_incarnation: 'Restored behind what was signed',
};

/** The integrity line: a claim, its age, its limit, and how old the newest copy outside is. */
export function integrityWords(line: IntegrityLine, proof: ProofLine, now: string): IntegrityWords {
  const said = ledgerWords(line, now);
  const alarmed = openAlarms(proof.alarms)
    .map((alarm) => ALARMED[alarm.kind])
    .find((words) => words !== undefined);
  const anchor = anchorWords(proof, now);
  if (alarmed === undefined || line.state === 'broken') return { ...said, anchor };
  const rest = said.tone === 'verified' ? [lowerFirst(said.words), said.rest].filter((part) => part !== null).join(' · ') : said.rest;
  return { tone: 'broken', words: alarmed, rest, anchor };
}

function ledgerWords(line: IntegrityLine, now: string): Omit<IntegrityWords, 'anchor'> {
  const age = line.checked_at === null ? null : formatRelative(line.checked_at, now);
  switch (line.state) {
    case 'empty':
      return { tone: 'pending', words: 'Nothing recorded yet', rest: null };
    case 'broken':
      return { tone: 'broken', words: `Broken at #${formatCount(line.broken_at ?? '?')}`, rest: age === null ? null : `found ${age}` };
    case 'never_verified':
      return {
        tone: 'pending',
        words: 'Not verified yet',
        rest: line.head === null ? null : countOf((BigInt(line.head) + 1n).toString(), 'record', 'records'),
      };
    case 'verified': {
      const since = recordsSince(line);
      const rest = [age, since === '0' ? null : `${countOf(since, 'record', 'records')} since`].filter((part) => part !== null);
      return { tone: 'verified', words: `Verified to #${formatCount(line.verified_to ?? '?')}`, rest: rest.join(' · ') || null };
    }
  }
}

function anchorWords(proof: ProofLine, now: string): IntegrityWords['anchor'] {
  if (!proof.configured) return null;
  const old = proof.alarms.some((alarm) => alarm.kind === 'anchor_old' && alarm.ended_at === null);
  if (proof.anchor === null) return { words: 'not anchored yet', old };
  return { words: `anchored ${formatAge(proof.anchor.anchored_at, now)}`, old };
}

function lowerFirst(words: string): string {
  return words.charAt(0).toLowerCase() + words.slice(1);
}
