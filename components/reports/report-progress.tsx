'use client';

import { Button } from '@/components/ui/button';
import { InertText } from '@/components/ui/inert-text';
import { ProgressBar } from '@/components/ui/progress-bar';
import { Status } from '@/components/ui/status';
import { Time } from '@/components/ui/time';
import type { ReportDto } from '@/lib/schema/reports';
import { ReportFiles } from './report-files';
import { isReportOver, stateWords } from './report-words';
import { useCancelReport, useReport } from './use-report';

/** A report as it is made, and then its files with their hashes. */
export function ReportProgress({ initial }: { initial: ReportDto }) {
  const { data: made = initial } = useReport(initial);
  const cancel = useCancelReport();
  const said = stateWords(made);
  const part = made.progress_total === null || made.progress_total === 0 ? null : Math.min(1, made.progress_done / made.progress_total);
  return (
    <div className="flex flex-col gap-3" data-report={made.state}>
      <p aria-live="polite" className="font-serif text-lg">
        <Status tone={said.tone}>
          <InertText text={said.words} />
        </Status>
      </p>
      {!isReportOver(made) && (
        <>
          <ProgressBar label="Report" part={part} />
          <div className="flex items-center justify-between gap-3">
            <p className="text-xs text-ink-3">Goes on if you close this; it will be under Reports.</p>
            <Button size="small" busy={cancel.isPending} onClick={() => cancel.mutate(made)}>
              Cancel it
            </Button>
          </div>
        </>
      )}
      {made.state === 'done' && (
        <>
          <ReportFiles made={made} />
          {made.expires_at !== null && (
            <p className="text-xs text-ink-3">
              Kept until <Time at={made.expires_at} precision="minute" />. What was reported, by whom, and the hashes stay.
            </p>
          )}
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
