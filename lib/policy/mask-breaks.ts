import type { VerificationDto } from '@/lib/schema/verification';
import type { Role } from '@/lib/schema/vocabulary';
import { may } from './permissions';

const HIDDEN = 'not shown to your role';

/**
 * What a break expected and found can quote a record (an actor, a subject), which is for those who may read records. Hashes and numbers quote nothing.
 */
export function maskBreaks(run: VerificationDto, role: Role | null): VerificationDto {
  if (may(role, 'records.read')) return run;
  return { ...run, breaks: run.breaks.map((b) => (b.code === 'projection_altered' ? { ...b, expected: HIDDEN, found: HIDDEN } : b)) };
}
