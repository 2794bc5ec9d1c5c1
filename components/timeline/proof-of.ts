import type { IntegrityLine } from '@/lib/schema/screens';
import type { VerificationDto } from '@/lib/schema/verification';

export type Proof = 'proven' | 'broken' | 'open';

/**
 * What is known of one entry: broken where a run names it; proven where a finished run that found nothing wrong covers it; else open.
 * A run with breaks elsewhere proves nothing about the entries that it does not name: a re-hashed part names only its edge.
 */
export function proofOf(run: VerificationDto | null, line: IntegrityLine): (seq: string) => Proof {
  const broken = new Set(run?.breaks.map((found) => found.seq));
  if (line.state === 'broken' && line.broken_at !== null) broken.add(line.broken_at);
  const limits: bigint[] = [];
  if (run?.state === 'done' && run.verdict === 'valid' && run.head !== null) limits.push(BigInt(run.head.seq));
  if (line.state === 'verified' && line.verified_to !== null) limits.push(BigInt(line.verified_to));
  return (seq) => {
    if (broken.has(seq)) return 'broken';
    return line.state !== 'broken' && limits.some((limit) => BigInt(seq) <= limit) ? 'proven' : 'open';
  };
}
