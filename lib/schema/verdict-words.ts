import type { VerificationDto } from '@/lib/schema/verification';
import { countOf, formatCount } from './format-count';
import { VERDICT_WORDS } from './vocabulary-words';

type Tone = 'verified' | 'broken' | 'attention' | 'pending' | 'waiting';

/** A run in a sentence. Never "valid" alone: how many records of how many, and where it broke. */
export function verdictWords(run: VerificationDto): { tone: Tone; words: string } {
  const checked = formatCount(run.records_checked);
  switch (run.state) {
    case 'queued':
      return { tone: 'waiting', words: 'Waiting to start' };
    case 'running':
      return {
        tone: 'waiting',
        words:
          run.records_total === null
            ? `Checked ${checked} records so far`
            : `Checked ${checked} of ${formatCount(run.records_total)} records`,
      };
    case 'cancelled':
      return {
        tone: 'pending',
        words: `Cancelled after ${countOf(run.records_checked, 'record', 'records')}; nothing is said about the rest`,
      };
    case 'failed':
      return {
        tone: 'attention',
        words: `The run failed after ${countOf(run.records_checked, 'record', 'records')}: ${run.error ?? 'no reason was kept'}`,
      };
    case 'done':
      return doneWords(run);
  }
}

function doneWords(run: VerificationDto): { tone: Tone; words: string } {
  const total = formatCount(run.records_total ?? run.records_checked);
  const checked = formatCount(run.records_checked);
  const breaks = countOf(run.breaks_total, 'break', 'breaks');
  switch (run.verdict) {
    case 'valid':
      return { tone: 'verified', words: `Verified: ${checked} of ${total} records match their seal` };
    case 'tampered': {
      const first = run.breaks[0]?.seq;
      return {
        tone: 'broken',
        words: `Broken${first === undefined ? '' : ` at #${formatCount(first)}`}: ${breaks} in ${countOf(run.records_checked, 'record', 'records')}`,
      };
    }
    case 'incomplete':
      return { tone: 'broken', words: `Incomplete: ${breaks}; ${checked} of ${total} records were there to check` };
    case 'empty':
      return { tone: 'pending', words: 'Nothing to verify: no record lies in this scope' };
    case 'cannot_verify':
      return { tone: 'attention', words: 'Not verified to the end: the archive did not answer. What could be looked at has no break' };
    default:
      return { tone: 'attention', words: run.error ?? VERDICT_WORDS.cannot_verify.word };
  }
}

/** The checkpoint under which each record of the scope was proven to lie; null where the run did not check that. */
export function provenUnder(run: VerificationDto): string | null {
  const included = run.checks.some((check) => check.name === 'inclusion' && check.outcome === 'passed');
  return run.state === 'done' && run.verdict === 'valid' && included ? run.checkpoint_number : null;
}

/** A run over one conversation, beside it. "Complete" is said only where the sender's own numbering has no gap. @param missing numbers that never arrived */
export function conversationWords(run: VerificationDto, missing: number): { tone: Tone; words: string } {
  const number = provenUnder(run);
  if (number === null) return verdictWords(run);
  const records = `${formatCount(run.records_checked)} of ${countOf(run.records_total ?? run.records_checked, 'record', 'records')}`;
  return { tone: 'verified', words: `${records}, ${missing === 0 ? 'complete, ' : ''}proven under checkpoint ${formatCount(number)}` };
}

/** Share of the work that is done, 0 to 1; null while the total is not known. */
export function progressOf(run: VerificationDto): number | null {
  if (run.records_total === null || run.records_total === 0) return null;
  return Math.min(1, run.records_checked / run.records_total);
}
