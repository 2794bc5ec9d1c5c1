'use client';

import { formatBytes } from '@/components/exports/export-words';
import { Button } from '@/components/ui/button';
import { Hash } from '@/components/ui/hash';
import type { ReportDto } from '@/lib/schema/reports';
import { FILE_WORDS } from './report-words';
import { useTakeFile } from './use-report';

type File = ReportDto['files'][number];

function TakeButton({ made, file, words }: { made: ReportDto; file: File; words: string }) {
  const take = useTakeFile(made);
  return (
    <>
      <Button size="small" busy={take.isPending} onClick={() => take.mutate(file)}>
        {take.isPending ? 'Downloading…' : words}
        <span className="sr-only">
          {words === 'Download' ? '' : ', download'} {file.file_name}
        </span>
      </Button>
      {take.error !== null && (
        <span role="alert" className="text-xs text-broken">
          {take.error.message}
        </span>
      )}
    </>
  );
}

/** The files of a report, each with its size and its hash. */
export function ReportFiles({ made }: { made: ReportDto }) {
  return (
    <ul className="flex flex-col gap-1.5" aria-label="Files">
      {made.files.map((file) => (
        <li key={file.format} className="grid grid-cols-[3.25rem_4.5rem_minmax(0,1fr)_auto] items-center gap-x-3 text-sm">
          <span className="font-medium">{FILE_WORDS[file.format]}</span>
          <span className="tnum text-ink-2">{formatBytes(file.bytes)}</span>
          <span className="truncate">
            <span className="text-xs text-ink-3 max-sm:hidden">SHA-256 </span>
            <Hash value={file.sha256} label={`SHA-256 of ${file.file_name}`} />
          </span>
          {made.state === 'done' && <TakeButton made={made} file={file} words="Download" />}
        </li>
      ))}
    </ul>
  );
}

/** The same in a cell of a list. Files that are no longer kept can still be told by their hashes. */
export function ReportFilesCell({ made }: { made: ReportDto }) {
  return (
    <ul className="flex flex-col gap-1 py-0.5 max-md:flex-row max-md:flex-wrap" aria-label="Files">
      {made.files.map((file) => (
        <li key={file.format} className="flex items-center gap-x-3 whitespace-nowrap text-sm">
          <span className="md:w-14">
            {made.state === 'done' ? (
              <TakeButton made={made} file={file} words={FILE_WORDS[file.format]} />
            ) : (
              <span className="text-xs font-medium">{FILE_WORDS[file.format]}</span>
            )}
          </span>
          <span className="tnum w-16 text-ink-2 max-md:hidden">{formatBytes(file.bytes)}</span>
          <span className="max-md:hidden">
            <Hash value={file.sha256} label={`SHA-256 of ${file.file_name}`} />
          </span>
        </li>
      ))}
    </ul>
  );
}
