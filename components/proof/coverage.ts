import { formatCount } from '@/components/ui/format-count';
import type { ProofLine } from '@/lib/schema/proofs';

export interface Coverage {
  tone: 'noted' | 'pending';
  words: string;
  /** The newest checkpoint covers it, so that a receipt can be had. */
  covered: boolean;
  /** A copy outside covers it as well. */
  anchored: boolean;
}

/**
 * How far the newest checkpoint and the newest anchor reach, for the last of some positions. Covered is not verified: it says that a signature over
 * this position exists, not that it was checked.
 * @param seq position, decimal
 */
export function coverageOf(proof: Pick<ProofLine, 'checkpoint' | 'anchor'>, seq: string): Coverage {
  const { checkpoint, anchor } = proof;
  const covered = checkpoint !== null && BigInt(seq) < BigInt(checkpoint.size);
  const anchored = covered && anchor !== null && BigInt(seq) < BigInt(anchor.size);
  if (checkpoint === null) return { tone: 'pending', words: 'Not yet covered: there is no checkpoint yet', covered, anchored };
  if (!covered) return { tone: 'pending', words: 'Not yet covered by a checkpoint; the next one will cover it', covered, anchored };
  return { tone: 'noted', words: `Covered by checkpoint ${formatCount(checkpoint.number)}`, covered, anchored };
}
