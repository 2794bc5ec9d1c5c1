'use client';

import { useRouter } from 'next/navigation';
import { useEffect } from 'react';
import { useMay } from '@/components/shell/frame-context';
import { Button } from '@/components/ui/button';
import { formatCount } from '@/components/ui/format-count';
import { ProgressBar } from '@/components/ui/progress-bar';
import { Status } from '@/components/ui/status';
import type { DestructionDto } from '@/lib/schema/destruction';
import { destructionState, isSettled, sayOutcome } from './destruction-words';
import { useDecideDestruction, useDestruction } from './use-destruction';

/** One as it is carried out. It goes on without this page; the page is read anew when it has ended. */
export function DestructionProgress({ initial }: { initial: DestructionDto }) {
  const router = useRouter();
  const { data: one = initial } = useDestruction(initial);
  const mayStop = useMay('destruction.approve');
  const stop = useDecideDestruction(initial.id, () => {});
  const ended = isSettled(one) && !isSettled(initial);
  useEffect(() => {
    if (ended) router.refresh();
  }, [ended, router]);
  const { tone, words } = destructionState(one);
  const going = !isSettled(one);
  const { done = 0, total = null } = one.job ?? {};
  const part = total === null || total === 0 ? 0 : Math.min(1, done / total);
  return (
    <div className="flex flex-col gap-1.5" data-destruction={one.state}>
      <p aria-live="polite" className="font-serif text-lg">
        <Status tone={tone}>{words}</Status>
      </p>
      {going && (
        <>
          <ProgressBar label={`Destruction #${one.number}`} part={part} tone="broken" className="max-w-[560px]" />
          {mayStop && (
            <Button size="small" className="self-start" busy={stop.isPending} onClick={() => stop.mutate({ step: 'stop' })}>
              Stop
            </Button>
          )}
          {stop.error !== null && (
            <p role="alert" className="text-xs text-broken">
              {stop.error.message}
            </p>
          )}
          <p className="tnum text-xs text-ink-3">
            {total === null ? 'waits for its turn' : `${formatCount(done)} of ${formatCount(total)} records decided`} · goes on if you leave
          </p>
        </>
      )}
      {one.finished_at !== null && <p className="text-sm text-ink-2">{sayOutcome(one)}.</p>}
    </div>
  );
}
