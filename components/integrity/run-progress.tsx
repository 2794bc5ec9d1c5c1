'use client';

import { Button } from '@/components/ui/button';
import { formatCount } from '@/components/ui/format-count';
import { formatDuration } from '@/components/ui/format-time';
import { ProgressBar } from '@/components/ui/progress-bar';
import { Status } from '@/components/ui/status';
import { scopeWords } from '@/components/ui/vocabulary-words';
import { progressOf, provenUnder, verdictWords } from '@/lib/schema/verdict-words';
import type { VerificationDto } from '@/lib/schema/verification';
import { isOver, useCancelVerification, useVerification } from './use-verification';

/** Time left at the present rate; null while there is nothing to reckon with. */
function timeLeft(run: VerificationDto): string | null {
  if (run.records_total === null || run.rate === null || run.rate <= 0) return null;
  return formatDuration(((run.records_total - run.records_checked) / run.rate) * 1000);
}

/** A run as it works. It goes on without this page. */
export function RunProgress({ initial }: { initial: VerificationDto }) {
  const { data: run = initial } = useVerification(initial.id, initial);
  const cancel = useCancelVerification();
  const said = verdictWords(run);
  const under = provenUnder(run);
  const part = progressOf(run);
  const left = timeLeft(run);
  return (
    <div className="flex flex-col gap-1.5">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-1">
        <p aria-live="polite" className="font-serif text-xl">
          <Status tone={said.tone}>
            {said.words}
            {under !== null && `, proven under checkpoint ${formatCount(under)}`}
          </Status>
        </p>
        {!isOver(run) && (
          <Button size="small" busy={cancel.isPending} onClick={() => cancel.mutate(run.id)}>
            Cancel
          </Button>
        )}
      </div>
      {!isOver(run) && (
        <>
          <ProgressBar label={`Verification of ${scopeWords(run.scope)}`} part={part} className="max-w-[560px]" />
          <p className="tnum text-xs text-ink-3">
            {scopeWords(run.scope)}
            {run.rate !== null && ` · ${formatCount(Math.round(run.rate))} records a second`}
            {left !== null && ` · about ${left} left`}
            {run.breaks_total > 0 && ` · ${formatCount(run.breaks_total)} breaks so far`} · goes on if you leave
          </p>
        </>
      )}
      {cancel.error !== null && <p className="text-xs text-broken">{cancel.error.message}</p>}
    </div>
  );
}
