'use client';

import { useRouter } from 'next/navigation';
import { useEffect } from 'react';
import { Fact, FactList } from '@/components/ui/fact-list';
import { formatCount } from '@/components/ui/format-count';
import { formatDuration } from '@/components/ui/format-time';
import { Hash } from '@/components/ui/hash';
import { InertText } from '@/components/ui/inert-text';
import { Time } from '@/components/ui/time';
import { scopeWords } from '@/components/ui/vocabulary-words';
import type { VerificationDto } from '@/lib/schema/verification';
import { BreaksTable } from './breaks-table';
import { ChecksList } from './checks-list';
import { RunProgress } from './run-progress';
import { isOver, useVerification } from './use-verification';

/** One run: its verdict, what it covered, and every break. */
export function RunScreen({ run: initial }: { run: VerificationDto }) {
  const router = useRouter();
  const { data: run = initial } = useVerification(initial.id, initial);
  const ended = isOver(run) && !isOver(initial);
  // The integrity line of the frame speaks of finished runs: have it made again once this one has ended.
  useEffect(() => {
    if (ended) router.refresh();
  }, [ended, router]);
  const took = run.started_at !== null && run.finished_at !== null ? Date.parse(run.finished_at) - Date.parse(run.started_at) : null;
  return (
    <div className="flex max-w-[1120px] flex-col gap-6">
      <RunProgress initial={run} />
      <section className="border-t border-rule pt-2">
        <h2 className="section-title mb-1">The run</h2>
        <FactList>
          <Fact name="Scope">
            <InertText text={scopeWords(run.scope)} />
          </Fact>
          <Fact name="Asked by">
            <InertText text={run.requested_by} />, <Time at={run.requested_at} />
          </Fact>
          {run.triggered_by !== 'person' && (
            <Fact name="Because">{run.triggered_by === 'schedule' ? 'the schedule asks for it' : 'the process started'}</Fact>
          )}
          <Fact name="Finished">
            <Time at={run.finished_at} none="not yet" />
            {took !== null && <span className="text-ink-3"> after {formatDuration(took)}</span>}
          </Fact>
          {run.rate !== null && <Fact name="Rate">{formatCount(Math.round(run.rate))} records a second</Fact>}
          {run.head !== null && (
            <Fact name="Speaks up to">
              #{formatCount(run.head.seq)} · <Hash value={run.head.integrity_hash} label="integrity hash" />
            </Fact>
          )}
          {run.checkpoint_number !== null && (
            <Fact name="Held against">
              checkpoint {formatCount(run.checkpoint_number)}
              {run.checkpoints_checked !== null &&
                run.checkpoints_checked > 1 &&
                ` and ${formatCount(run.checkpoints_checked - 1)} before it`}
            </Fact>
          )}
          {run.broken_at_record !== null && (
            <Fact name="First broken">
              <Hash value={run.broken_at_record} label="record id" />
            </Fact>
          )}
        </FactList>
      </section>
      {run.breaks.length > 0 && (
        <section className="border-t border-rule pt-2">
          <h2 className="section-title mb-1">Breaks</h2>
          <BreaksTable run={run} />
        </section>
      )}
      {run.checks.length > 0 && (
        <section className="border-t border-rule pt-2">
          <h2 className="section-title mb-1">What was checked, and what was not</h2>
          <ChecksList checks={run.checks} />
        </section>
      )}
    </div>
  );
}
