'use client';

import Link from 'next/link';
import { useState } from 'react';
import { SettingsTable } from '@/components/settings/settings-table';
import { useFrame, useMay } from '@/components/shell/frame-context';
import { Absence } from '@/components/ui/absence';
import { Button, buttonClass } from '@/components/ui/button';
import { Hash } from '@/components/ui/hash';
import { InertText } from '@/components/ui/inert-text';
import { JobState } from '@/components/ui/job-state';
import { Time } from '@/components/ui/time';
import type { ExportDto } from '@/lib/schema/proofs';
import { DownloadButton } from './export-progress';
import { evidenceScopeWords, exportWords, formatBytes, isExportOver, isGivenTo } from './export-words';
import { RangeExport } from './range-export';
import { useCancelExport, useExport } from './use-export';

interface Props {
  exports: ExportDto[];
  next_before: string | null;
  /** Position of the newest record; null for an empty ledger. */
  head: string | null;
  /** SHA-256 of the verify.html that bundles carry, hex. */
  verifier: string;
}

/** State of one export; one that is being made is watched, and the list made again when it is done. */
function State({ initial }: { initial: ExportDto }) {
  const { data: made = initial } = useExport(initial.id, initial);
  const cancel = useCancelExport();
  return (
    <JobState
      said={exportWords(made)}
      over={isExportOver(made)}
      wasOver={isExportOver(initial)}
      cancelling={cancel.isPending}
      onCancel={() => cancel.mutate(made.id)}
    />
  );
}

/** The file, or whose it is: with words it is given to whoever told their purpose. */
function File({ made }: { made: ExportDto }) {
  const { person } = useFrame();
  const reveals = useMay('content.reveal');
  if (isGivenTo(made, person, reveals)) return <DownloadButton made={made} size="small" />;
  return (
    <span className="block max-w-[22ch] text-xs text-ink-3">
      Has words: given to <InertText text={made.requested_by} /> alone
    </span>
  );
}

/** Every export of this ledger with the hash of its file, so that a file from elsewhere can be told to be the one that was made here. */
export function ExportsScreen({ exports, next_before: before, head, verifier }: Props) {
  const { ledger } = useFrame();
  const [open, setOpen] = useState(false);
  return (
    <div className="flex max-w-[1240px] flex-col gap-4">
      <div className="flex flex-wrap items-start justify-between gap-4">
        <p className="max-w-[72ch] text-sm text-ink-2">
          An evidence bundle is one file that proves its records without this server. A conversation is exported from its page, a filtered
          list from Records, a range from here. Files are kept for seven days; what was made, by whom, and its hash stay.
        </p>
        {head !== null && (
          <Button tone="primary" onClick={() => setOpen(true)}>
            Export a range
          </Button>
        )}
      </div>
      {exports.length === 0 ? (
        <Absence kind="nothing_recorded" title="No exports yet">
          Nobody has taken evidence out of {ledger.name}. When somebody does, it stands here.
        </Absence>
      ) : (
        <SettingsTable
          caption="Exports, newest first"
          head={['What', 'State', 'Asked', 'Size', 'SHA-256', 'Kept until', '']}
          hideBelow={[null, null, 'md', 'lg', 'md', 'lg', null]}
          rows={exports.map((made) => ({
            id: made.id,
            faded: made.state === 'expired' || made.state === 'cancelled',
            cells: [
              <InertText key="what" text={evidenceScopeWords(made.scope)} className="font-medium" />,
              <State key={`state ${made.state}`} initial={made} />,
              <span key="asked">
                <Time at={made.requested_at} />
                <span className="block text-xs text-ink-3">
                  by <InertText text={made.requested_by} />
                </span>
              </span>,
              made.bytes === null ? (
                '–'
              ) : (
                <span key="size" className="tnum whitespace-nowrap">
                  {formatBytes(made.bytes)}
                </span>
              ),
              made.sha256 === null ? '–' : <Hash key="hash" value={made.sha256} label="SHA-256 of the file" />,
              <Time key="until" at={made.expires_at} precision="minute" none="–" />,
              made.state === 'done' ? <File key="file" made={made} /> : null,
            ],
          }))}
        />
      )}
      {before !== null && (
        <p>
          <Link href={`/exports?before=${encodeURIComponent(before)}`} prefetch={false} className={buttonClass('plain', 'small')}>
            Older exports
          </Link>
        </p>
      )}
      <p className="max-w-[72ch] text-sm text-ink-2">
        Each bundle carries <code className="mono">verify.html</code>, which checks it without a network. Whoever doubts where a bundle
        comes from takes that page from somewhere else; the one of this installation has the SHA-256{' '}
        <Hash value={verifier} label="SHA-256 of verify.html" />.
      </p>
      {open && head !== null && <RangeExport head={head} onClose={() => setOpen(false)} />}
    </div>
  );
}
