'use client';

import { useMay } from '@/components/shell/frame-context';
import { Button } from '@/components/ui/button';
import { formatCount } from '@/components/ui/format-count';
import { InertText } from '@/components/ui/inert-text';
import { ProgressBar } from '@/components/ui/progress-bar';
import { Status } from '@/components/ui/status';
import type { ArchiveRunDto } from '@/lib/schema/archive';
import { isRunOver, partDone, rateOf, runStateWords, runWords } from './archive-words';
import { useArchiveRun, useCancelRun } from './use-archive';

/** A run as it works, and then what came of it. It goes on without this page. */
export function ArchiveRunProgress({ initial, named = true }: { initial: ArchiveRunDto; named?: boolean }) {
  const { data: run = initial, dataUpdatedAt } = useArchiveRun(initial);
  const cancel = useCancelRun();
  const mayCancel = useMay('archive.run');
  const said = runStateWords(run);
  const part = partDone(run);
  const rate = isRunOver(run) ? null : rateOf(run, dataUpdatedAt);
  return (
    <div className="flex flex-col gap-1.5" data-run={run.state}>
      {named && (
        <p className="text-sm text-ink-2">
          <InertText text={runWords(run)} />
        </p>
      )}
      <div className="flex flex-wrap items-center gap-x-4 gap-y-1">
        <p aria-live="polite" className="max-w-[76ch] font-serif text-lg">
          <Status tone={said.tone}>
            <InertText text={said.words} />
          </Status>
        </p>
        {!isRunOver(run) && mayCancel && (
          <Button size="small" busy={cancel.isPending} onClick={() => cancel.mutate(run.id)}>
            Cancel
          </Button>
        )}
      </div>
      {!isRunOver(run) && (
        <>
          <ProgressBar label={runWords(run)} part={part} className="max-w-[560px]" />
          <p className="tnum text-xs text-ink-3">
            {rate !== null && `${formatCount(Math.round(rate))} records a second · `}goes on if you leave
          </p>
        </>
      )}
      {cancel.error !== null && (
        <p role="alert" className="text-xs text-broken">
          {cancel.error.message}
        </p>
      )}
    </div>
  );
}
