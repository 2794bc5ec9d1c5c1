'use client';

import { useRouter } from 'next/navigation';
import { useEffect } from 'react';
import { formatBytes } from '@/components/exports/export-words';
import { Fact, FactList } from '@/components/ui/fact-list';
import { countOf, formatCount } from '@/components/ui/format-count';
import { formatDuration } from '@/components/ui/format-time';
import { InertText } from '@/components/ui/inert-text';
import { Status } from '@/components/ui/status';
import { Time } from '@/components/ui/time';
import type { ArchiveRunScreenDto } from '@/lib/schema/archive';
import { isRunOver, reasonOf } from './archive-words';
import { ArchiveRunProgress } from './run-progress';
import { SegmentsTable } from './segments-table';
import { useArchiveRun } from './use-archive';

function placeOf(store: unknown): string | null {
  const { place } = (store ?? {}) as Record<string, unknown>;
  return typeof place === 'string' ? place : null;
}

/** One run: what was asked, what came of it, and the objects that it made. */
export function ArchiveRunScreen({ run: initial, segments }: ArchiveRunScreenDto) {
  const router = useRouter();
  const { data: run = initial } = useArchiveRun(initial);
  const ended = isRunOver(run) && !isRunOver(initial);
  useEffect(() => {
    if (ended) router.refresh();
  }, [ended, router]);
  const took = run.started_at !== null && run.finished_at !== null ? Date.parse(run.finished_at) - Date.parse(run.started_at) : null;
  const archival = run.kind === 'archive';
  const place = placeOf(run.store);
  const reason = reasonOf(run);
  return (
    <div className="flex max-w-[1240px] flex-col gap-6">
      <ArchiveRunProgress initial={run} named={false} />
      <section className="border-t border-rule pt-2">
        <h2 className="section-title mb-1">The run</h2>
        <FactList>
          <Fact name="Asked by">
            {run.triggered_by === 'schedule' ? 'the schedule' : <InertText text={run.requested_by} />}, <Time at={run.requested_at} />
          </Fact>
          {reason !== null && (
            <Fact name="Reason">
              <InertText text={reason} />
            </Fact>
          )}
          {place !== null && (
            <Fact name="Went to">
              <code className="mono">
                <InertText text={place} />
              </code>
            </Fact>
          )}
          <Fact name={archival ? 'Copies' : 'Put back'}>
            <span className="tnum">{formatCount(run.records)}</span> records
            {archival && (
              <span className="text-ink-3">
                {' '}
                in {formatCount(run.segments)} objects, {formatBytes(Number(run.bytes))} packed, each fetched back and checked
              </span>
            )}
          </Fact>
          {archival && (
            <>
              <Fact name="Taken out">
                <span className="tnum">{formatCount(run.pruned)}</span> records taken out of the database
              </Fact>
              <Fact name="Held back">{run.held === '0' ? 'None' : `${formatCount(run.held)} records, by legal holds`}</Fact>
              {run.altered !== '0' && (
                <Fact name="Altered">
                  <Status tone="broken">
                    {countOf(run.altered, 'record', 'records')} left in the database: altered, or beside one that is; a verification names
                    it
                  </Status>
                </Fact>
              )}
            </>
          )}
          <Fact name="Ended">
            <Time at={run.finished_at} none="not yet" />
            {took !== null && <span className="text-ink-3"> after {formatDuration(took)}</span>}
          </Fact>
        </FactList>
      </section>
      {segments.length > 0 && (
        <section className="border-t border-rule pt-2">
          <h2 className="section-title mb-1">Objects that it made</h2>
          <SegmentsTable segments={segments} />
        </section>
      )}
    </div>
  );
}
