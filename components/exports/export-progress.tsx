'use client';

import { Button } from '@/components/ui/button';
import { Fact, FactList } from '@/components/ui/fact-list';
import { Hash } from '@/components/ui/hash';
import { InertText } from '@/components/ui/inert-text';
import { ProgressBar } from '@/components/ui/progress-bar';
import { Status } from '@/components/ui/status';
import { Time } from '@/components/ui/time';
import type { ExportDto } from '@/lib/schema/proofs';
import { exportWords, formatBytes, isExportOver } from './export-words';
import { useCancelExport, useDownload, useExport } from './use-export';

export function DownloadButton({ made, size = 'normal' }: { made: ExportDto; size?: 'small' | 'normal' }) {
  const download = useDownload();
  return (
    <>
      <Button tone={size === 'small' ? 'plain' : 'primary'} size={size} busy={download.isPending} onClick={() => download.mutate(made)}>
        {download.isPending ? 'Downloading…' : 'Download'}
        <span className="sr-only"> {made.file_name}</span>
      </Button>
      {download.error !== null && (
        <span role="alert" className="text-xs text-broken">
          {download.error.message}
        </span>
      )}
    </>
  );
}

/** An export as it is made, and then the file with its hash. */
export function ExportProgress({ initial }: { initial: ExportDto }) {
  const { data: made = initial } = useExport(initial.id, initial);
  const cancel = useCancelExport();
  const said = exportWords(made);
  const part = made.progress_total === null || made.progress_total === 0 ? null : Math.min(1, made.progress_done / made.progress_total);
  return (
    <div className="flex flex-col gap-3" data-export={made.state}>
      <p aria-live="polite" className="font-serif text-lg">
        <Status tone={said.tone}>{said.words}</Status>
      </p>
      {!isExportOver(made) && (
        <>
          <ProgressBar label="Export" part={part} />
          <div className="flex items-center justify-between gap-3">
            <p className="text-xs text-ink-3">Goes on if you close this; it will be under Exports.</p>
            <Button size="small" busy={cancel.isPending} onClick={() => cancel.mutate(made.id)}>
              Cancel it
            </Button>
          </div>
        </>
      )}
      {made.state === 'done' && (
        <FactList>
          <Fact name="File">
            <InertText text={made.file_name ?? ''} />
          </Fact>
          {made.bytes !== null && <Fact name="Size">{formatBytes(made.bytes)}</Fact>}
          {made.sha256 !== null && (
            <Fact name="SHA-256">
              <Hash value={made.sha256} label="SHA-256 of the file" whole />
            </Fact>
          )}
          {made.expires_at !== null && (
            <Fact name="Kept until">
              <Time at={made.expires_at} precision="minute" />
            </Fact>
          )}
        </FactList>
      )}
      {cancel.error !== null && (
        <p role="alert" className="text-xs text-broken">
          {cancel.error.message}
        </p>
      )}
    </div>
  );
}
