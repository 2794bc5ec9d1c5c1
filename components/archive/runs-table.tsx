'use client';

import Link from 'next/link';
import type { Column } from '@/components/data-table/columns';
import { DataTable } from '@/components/data-table/data-table';
import { Absence } from '@/components/ui/absence';
import { buttonClass } from '@/components/ui/button';
import { formatCount } from '@/components/ui/format-count';
import { InertText } from '@/components/ui/inert-text';
import { Status, type Tone } from '@/components/ui/status';
import { Time } from '@/components/ui/time';
import { plainWords } from '@/components/ui/vocabulary-words';
import type { ArchiveRunDto, ArchiveScreenDto } from '@/lib/schema/archive';

const TONES: Record<ArchiveRunDto['state'], Tone> = {
  queued: 'waiting',
  running: 'waiting',
  done: 'verified',
  cancelled: 'pending',
  failed: 'attention',
};
const number = (value: string | number) => <span className="tnum">{formatCount(value)}</span>;
const dash = <span className="text-ink-3">–</span>;

/** As the report of archive runs has them. */
export const ARCHIVE_RUN_COLUMNS: Column<ArchiveRunDto>[] = [
  {
    id: 'asked',
    label: 'Asked',
    width: 'var(--time-width)',
    priority: 1,
    render: (run) => (
      <Link href={`/retention/archive/runs/${run.id}`} prefetch={false} className="text-ink no-underline hover:underline">
        <Time at={run.requested_at} />
      </Link>
    ),
  },
  {
    id: 'kind',
    label: 'What',
    width: '84px',
    priority: 2,
    render: (run) => (run.kind === 'archive' ? 'Archival' : 'Restore'),
  },
  {
    id: 'state',
    label: 'State',
    width: '108px',
    priority: 1,
    render: (run) => <Status tone={TONES[run.state]}>{plainWords(run.state)}</Status>,
  },
  { id: 'records', label: 'Records', width: '84px', align: 'end', priority: 2, render: (run) => number(run.records) },
  { id: 'pruned', label: 'Left the database', width: '124px', align: 'end', priority: 3, render: (run) => number(run.pruned) },
  { id: 'held', label: 'Held back', width: '84px', align: 'end', priority: 3, render: (run) => number(run.held) },
  {
    id: 'altered',
    label: 'Left as altered',
    width: '116px',
    align: 'end',
    priority: 3,
    render: (run) => (run.altered === '0' ? number(run.altered) : <Status tone="broken">{number(run.altered)}</Status>),
  },
  {
    id: 'outcome',
    label: 'Outcome',
    priority: 2,
    render: (run) =>
      run.outcome === null ? (
        dash
      ) : (
        <span title={run.outcome}>
          <InertText text={run.outcome} />
        </span>
      ),
  },
  {
    id: 'by',
    label: 'By',
    width: '168px',
    priority: 3,
    render: (run) => (run.triggered_by === 'schedule' ? 'Schedule' : <InertText text={run.requested_by} />),
  },
  { id: 'segments', label: 'Objects', width: '84px', align: 'end', priority: 3, extra: true, render: (run) => number(run.segments) },
  { id: 'bytes', label: 'Bytes', width: '104px', align: 'end', priority: 3, extra: true, render: (run) => number(run.bytes) },
  {
    id: 'finished',
    label: 'Ended',
    width: 'var(--time-width)',
    priority: 3,
    extra: true,
    render: (run) => (run.finished_at === null ? dash : <Time at={run.finished_at} />),
  },
];

/** Every run is kept: those that did nothing, and those that were stopped, too. */
export function RunsTable({ runs, firstPage }: { runs: ArchiveScreenDto['runs']; firstPage: boolean }) {
  return (
    <>
      <DataTable
        name="archive-runs"
        caption="Runs of the archive, newest first"
        noun="runs"
        columns={ARCHIVE_RUN_COLUMNS}
        rows={runs.rows}
        idOf={(run) => run.id}
        report={{ kind: 'archive_runs' }}
        empty={
          <Absence kind="nothing_recorded" title="No run yet">
            The first one will stand here, whatever comes of it.
          </Absence>
        }
      />
      <PageLine first={firstPage} firstHref="/retention/archive?show=runs" firstWords="Newest runs">
        {runs.next_before !== null && (
          <Link
            href={`/retention/archive?show=runs&before=${encodeURIComponent(runs.next_before)}`}
            prefetch={false}
            className={buttonClass('plain', 'small')}
          >
            Older runs
          </Link>
        )}
      </PageLine>
    </>
  );
}

/** The way to the neighbouring pages of a list, and back to its first. */
export function PageLine(props: { first: boolean; firstHref: string; firstWords: string; children: React.ReactNode }) {
  if (props.first && props.children === false) return null;
  return (
    <p className="no-print flex gap-2 py-3">
      {!props.first && (
        <Link href={props.firstHref} prefetch={false} className={buttonClass('plain', 'small')}>
          {props.firstWords}
        </Link>
      )}
      {props.children}
    </p>
  );
}
