import { countOf, formatCount } from '@/components/ui/format-count';
import type { VerifiedConversation } from './verify-conversation';

type Tone = 'verified' | 'broken' | 'attention' | 'pending';

/** What came of verifying a conversation here. "Complete" is said of the ledger's own numbers, which the hashes cover. */
export function verdictOfConversation(found: VerifiedConversation): { tone: Tone; words: string } {
  const { records, holes, strangers } = found;
  const broken = records.filter(({ result }) => result.verdict === 'tampered');
  const [first] = broken;
  if (first !== undefined) {
    const rest = broken.length === 1 ? '' : `, and ${countOf(broken.length - 1, 'other record', 'other records')}`;
    return { tone: 'broken', words: `Broken: record #${formatCount(first.seq)} is not what was signed${rest}` };
  }
  if (strangers[0] !== undefined)
    return { tone: 'broken', words: `Broken: record #${formatCount(strangers[0])} is of another conversation` };
  const [hole] = holes;
  if (hole !== undefined) {
    const [from, to] = hole;
    return {
      tone: 'broken',
      words:
        from === to
          ? `Entry ${formatCount(from)} of the conversation is missing`
          : `Entries ${formatCount(from)} to ${formatCount(to)} of the conversation are missing`,
    };
  }
  const proven = records.filter(({ result }) => result.verdict === 'valid').length;
  const all = `${formatCount(proven)} of ${countOf(found.total, 'record', 'records')}`;
  const under = found.checkpoint === null ? '' : ` under checkpoint ${formatCount(found.checkpoint)}`;
  if (proven === found.total) return { tone: 'verified', words: `${all}, complete, proven here${under}` };
  const uncovered = records.filter(({ result }) => result.steps.some(({ why }) => why === 'not_covered')).length;
  if (proven + uncovered === records.length)
    return {
      tone: uncovered > 0 ? 'pending' : 'verified',
      words: `${all} proven here${under}${uncovered > 0 ? `; ${countOf(uncovered, 'is', 'are')} not covered by a checkpoint yet` : ''}${found.more ? '; more follow' : ''}`,
    };
  return {
    tone: 'attention',
    words: `${all} proven here${under}; the others could not be, for want of a signature by a key that is known here`,
  };
}
