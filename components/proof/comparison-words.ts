import { countOf, formatCount } from '@/components/ui/format-count';
import type { ComparisonDto } from '@/lib/schema/proofs';
import type { OwnVerdict } from './read-comparand';

const WHAT: Record<ComparisonDto['what'], string> = { checkpoint: 'checkpoint', receipt: 'receipt', bundle: 'bundle’s checkpoint' };

/** What a bundle is by itself, said before what became of the ledger since. */
export function ownWords({ verdict, records, fault }: OwnVerdict): { tone: 'verified' | 'broken' | 'attention'; words: string } {
  const all = countOf(records, 'record', 'records');
  switch (verdict) {
    // Whose it is, the ledger of today says below, which has its keys.
    case 'valid':
    case 'consistent':
      return { tone: 'verified', words: `The bundle agrees with itself: ${all}, each proven under its checkpoint` };
    case 'tampered':
      return {
        tone: 'broken',
        words: `The bundle was altered: ${fault ?? 'it contradicts itself'} Below, its checkpoint alone is held against the ledger`,
      };
    case 'cannot_verify':
      return {
        tone: 'attention',
        words: 'The bundle cannot be verified by itself. Below, its checkpoint alone is held against the ledger',
      };
  }
}

/** The verdict on an older proof in a sentence. "Grew only" is said of the records that it covers, and of no others. */
export function comparisonWords(comparison: ComparisonDto): { tone: 'verified' | 'broken' | 'attention'; words: string } {
  const what = WHAT[comparison.what];
  switch (comparison.verdict) {
    case 'grew_only': {
      const { size, now } = comparison;
      const added = size === null || now === null ? null : BigInt(now.size) - BigInt(size);
      const covered = size === null ? 'What it covers' : `The first ${countOf(size, 'record', 'records')}`;
      const stand = size === '1' ? 'stands' : 'stand';
      const since = added === null || added === 0n ? '' : added > 0n ? `; ${formatCount(added)} came after them` : '';
      return { tone: 'verified', words: `${covered} ${stand} as your ${what} says${since}` };
    }
    case 'contradicted':
      return { tone: 'broken', words: `Your ${what} contradicts this ledger: its history is not the one that was signed` };
    case 'cannot_verify':
      return { tone: 'attention', words: `Nothing can be said by this ${what}` };
  }
}
