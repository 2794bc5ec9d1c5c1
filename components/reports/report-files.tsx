'use client';

import { formatBytes } from '@/components/exports/export-words';
import { Button } from '@/components/ui/button';
import { cx } from '@/components/ui/class-names';
import { Hash } from '@/components/ui/hash';
import type { ReportDto } from '@/lib/schema/reports';
import { FILE_WORDS } from './report-words';
import { useTakeFile } from './use-report';

type File = ReportDto['files'][number];

function TakeButton({ made, file }: { made: ReportDto; file: File }) {
  const take = useTakeFile(made);
  return (
    <>
      <Button size="small" busy={take.isPending} onClick={() => take.mutate(file)}>
        {take.isPending ? 'Downloading…' : 'Download'}
        <span className="sr-only"> {file.file_name}</span>
      </Button>
      {take.error !== null && (
        <span role="alert" className="text-xs text-broken">
          {take.error.message}
        </span>
      )}
    </>
  );
}

/** The files of a report, each with its size and its hash; those that are no longer kept can still be told by it. @param narrow among other columns of a list */
export function ReportFiles({ made, narrow = false }: { made: ReportDto; narrow?: boolean }) {
  return (
    <ul className="flex flex-col gap-1" aria-label="Files">
      {made.files.map((file) => (
        <li key={file.format} className="flex flex-wrap items-center gap-x-3 gap-y-0.5 text-sm">
          <span className="w-12 font-medium">{FILE_WORDS[file.format]}</span>
          <span className={cx('tnum w-18 text-ink-2', narrow && 'max-md:hidden')}>{formatBytes(file.bytes)}</span>
          <span className={cx(narrow && 'max-md:hidden')}>
            <Hash value={file.sha256} label={`SHA-256 of ${file.file_name}`} />
          </span>
          {made.state === 'done' && <TakeButton made={made} file={file} />}
        </li>
      ))}
    </ul>
  );
}
