'use client';

import Link from 'next/link';
import { useState } from 'react';
import { SettingsTable } from '@/components/settings/settings-table';
import { useFrame } from '@/components/shell/frame-context';
import { Absence } from '@/components/ui/absence';
import { Button, buttonClass } from '@/components/ui/button';
import { InertText } from '@/components/ui/inert-text';
import { JobState } from '@/components/ui/job-state';
import { Time } from '@/components/ui/time';
import type { ReportDto } from '@/lib/schema/reports';
import { MonthReport } from './month-report';
import { ReportFilesCell } from './report-files';
import { isReportOver, reportWords, stateWords } from './report-words';
import { useCancelReport, useReport } from './use-report';

interface Props {
  reports: ReportDto[];
  next_before: string | null;
}

/** State of one report; one that is being made is watched, and the list made again when it is done. */
function State({ initial }: { initial: ReportDto }) {
  const { data: made = initial } = useReport(initial);
  const cancel = useCancelReport();
  return (
    <JobState
      said={stateWords(made)}
      over={isReportOver(made)}
      wasOver={isReportOver(initial)}
      cancelling={cancel.isPending}
      onCancel={() => cancel.mutate(made)}
    />
  );
}

/** Every report of this ledger with the hashes of its files, so that a file from elsewhere can be told to be the one that was made here. */
export function ReportsScreen({ reports, next_before: before }: Props) {
  const { ledger } = useFrame();
  const [open, setOpen] = useState(false);
  return (
    <div className="flex max-w-[1240px] flex-col gap-4">
      <div className="flex flex-wrap items-start justify-between gap-4">
        <p className="max-w-[72ch] text-sm text-ink-2">
          A report is a list as its screen shows it, or what happened in a month, as files for reading and counting. A list is exported from
          its own page: Records, Conversations, Access log, Integrity. It proves nothing by itself; evidence does, under{' '}
          <Link href="/exports" prefetch={false} className="link">
            Exports
          </Link>
          . Files are kept for seven days; what was reported, by whom, and the hashes stay.
        </p>
        <Button tone="primary" onClick={() => setOpen(true)}>
          Report of a month
        </Button>
      </div>
      {reports.length === 0 ? (
        <Absence kind="nothing_recorded" title="No reports yet">
          Nobody has made a report of {ledger.name} or of the access log. When somebody does, it stands here.
        </Absence>
      ) : (
        <SettingsTable
          caption="Reports, newest first"
          head={['What', 'State', 'Asked', 'Files with their SHA-256', 'Kept until']}
          hideBelow={[null, null, 'lg', null, 'lg']}
          rows={reports.map((made) => ({
            id: made.id,
            faded: made.state === 'expired' || made.state === 'cancelled',
            cells: [
              <span key="what">
                <InertText text={reportWords(made.kind, made.query)} className="font-medium" />
                {made.ledger !== ledger.id && <span className="block text-xs text-ink-3">of the ledger {made.ledger}</span>}
              </span>,
              <State key={`state ${made.state}`} initial={made} />,
              <span key="asked">
                <Time at={made.requested_at} />
                <span className="block text-xs text-ink-3">
                  by <InertText text={made.requested_by} />
                </span>
              </span>,
              made.files.length === 0 ? '–' : <ReportFilesCell key="files" made={made} />,
              <Time key="until" at={made.expires_at} precision="minute" none="–" />,
            ],
          }))}
        />
      )}
      {before !== null && (
        <p>
          <Link href={`/reports?before=${encodeURIComponent(before)}`} prefetch={false} className={buttonClass('plain', 'small')}>
            Older reports
          </Link>
        </p>
      )}
      {open && <MonthReport onClose={() => setOpen(false)} />}
    </div>
  );
}
