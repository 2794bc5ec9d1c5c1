import { formatCount } from '@/components/ui/format-count';
import type { RecordVerdict } from '@/lib/chain/verify-record';
import type { RecordProofDto } from '@/lib/schema/proofs';
import { stepWords } from './step-words';

type Tone = 'verified' | 'broken' | 'attention' | 'pending';

/** What came of verifying one record here. A record that no checkpoint covers is not called proven, and not called broken. */
export function verdictOfRecord(proof: RecordProofDto, { verdict, steps }: RecordVerdict): { tone: Tone; words: string } {
  const failed = steps.find((step) => step.outcome === 'failed');
  const number = formatCount(proof.seq);
  switch (verdict) {
    case 'valid':
      return {
        tone: 'verified',
        words:
          proof.checkpoint === null
            ? `Record #${number} is proven`
            : `Record #${number} is proven under checkpoint ${formatCount(proof.checkpoint.number)}`,
      };
    case 'tampered':
      return {
        tone: 'broken',
        words: `Record #${number} is not what was signed${failed === undefined ? '' : `: ${lowerFirst(stepWords(failed).title)}`}`,
      };
    case 'cannot_verify': {
      const covered = steps.some((step) => step.name === 'proof' && step.outcome === 'passed');
      if (steps.some((step) => step.why === 'not_covered'))
        return { tone: 'pending', words: `Record #${number} agrees with itself; no checkpoint covers it yet` };
      return {
        tone: 'attention',
        words: covered
          ? `Record #${number} could not be proven: ${steps.some((step) => step.why === 'half_signed') ? 'one of the ledger’s two signatures is not there' : 'no signature by a key that is known here'}`
          : `Record #${number} could not be proven${failed === undefined ? '' : `: ${lowerFirst(stepWords(failed).title)}`}`,
      };
    }
  }
}

function lowerFirst(words: string): string {
  return words.charAt(0).toLowerCase() + words.slice(1);
}
