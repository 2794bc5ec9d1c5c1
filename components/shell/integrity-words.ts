import { countOf, formatCount } from '@/components/ui/format-count';
import { formatRelative } from '@/components/ui/format-time';
import type { IntegrityLine } from '@/lib/schema/screens';

export interface IntegrityWords {
  tone: 'verified' | 'broken' | 'pending';
  /** What holds, in one clause. */
  words: string;
  /** When it was found, and what it does not speak about. */
  rest: string | null;
}

/** How many records stand behind the position up to which a run spoke; "0" when it reached the head. */
export function recordsSince(line: IntegrityLine): string {
  if (line.head === null || line.verified_to === null) return '0';
  const behind = BigInt(line.head) - BigInt(line.verified_to);
  return behind > 0n ? behind.toString() : '0';
}

/** The integrity line: a claim, its age, and its limit. Nothing is said of anchors while there are none. */
export function integrityWords(line: IntegrityLine, now: string): IntegrityWords {
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
