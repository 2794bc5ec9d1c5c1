'use client';

import Link from 'next/link';
import { type ReactNode, useState } from 'react';
import { useFrame } from '@/components/shell/frame-context';
import { Button, buttonClass } from '@/components/ui/button';
import { Checkbox } from '@/components/ui/checkbox';
import { Dialog } from '@/components/ui/dialog';
import { InertText } from '@/components/ui/inert-text';
import type { ReportDto, ReportKind } from '@/lib/schema/reports';
import { ReportProgress } from './report-progress';
import { reportWords } from './report-words';
import { useAskReport } from './use-report';

interface Props {
  title: string;
  /** Null while what is chosen is no report yet. */
  asked: { kind: ReportKind; query: string; columns: string[] } | null;
  /** How many rows that is, where it is known. */
  count?: ReactNode;
  /** What it holds, in a sentence. */
  about: ReactNode;
  /** Choosing it, where there is something to choose. */
  children?: ReactNode;
  onClose: () => void;
}

/** Which files, that it is recorded, then how far it has come, and the files with their hashes. */
export function ReportDialog({ title, asked, count, about, children, onClose }: Props) {
  const { person } = useFrame();
  const [csv, setCsv] = useState(true);
  const [pdf, setPdf] = useState(true);
  const [started, setStarted] = useState<ReportDto | null>(null);
  const ask = useAskReport(setStarted);
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title={title} width="wide">
      {started === null ? (
        <div className="flex flex-col gap-4">
          {children}
          {asked !== null && (
            <p className="font-serif text-lg text-balance">
              <InertText text={reportWords(asked.kind, asked.query)} />
              {count !== undefined && <span className="text-ink-2">, {count}</span>}
            </p>
          )}
          <fieldset className="flex flex-col gap-1.5 text-sm">
            <legend className="mb-1.5 text-ink-2">Files</legend>
            <Checkbox
              checked={csv}
              onChange={setCsv}
              hint="For spreadsheets. A cell that one would carry out as a formula gets an apostrophe in front."
            >
              CSV
            </Checkbox>
            <Checkbox checked={pdf} onChange={setPdf} hint="For the file. Root, filters, zone and number on every page.">
              PDF
            </Checkbox>
            <p className="ml-6 text-ink-2">JSONL is always with them: each row whole, records byte for byte as they are kept.</p>
          </fieldset>
          <div className="text-sm text-ink-2">
            <p>{about}</p>
            <p className="mt-2">
              Times stand in {person.zone}. Words of conversations are in no report; what the records say of people is, so the files are as
              confidential as they are. That you made it is an entry of the access ledger.
            </p>
          </div>
          {ask.error !== null && (
            <p role="alert" className="text-sm text-broken">
              {ask.error.message}
            </p>
          )}
          <div className="flex justify-end gap-2">
            <Button onClick={onClose}>Cancel</Button>
            <Button
              tone="primary"
              busy={ask.isPending}
              disabled={asked === null}
              onClick={() =>
                asked !== null &&
                ask.mutate({ ...asked, formats: ['jsonl', ...(csv ? (['csv'] as const) : []), ...(pdf ? (['pdf'] as const) : [])] })
              }
            >
              Make the report
            </Button>
          </div>
        </div>
      ) : (
        <div className="flex flex-col gap-4">
          <p className="text-sm text-ink-2">
            <InertText text={reportWords(started.kind, started.query)} />
          </p>
          <ReportProgress initial={started} />
          <div className="flex flex-wrap items-center justify-end gap-2">
            <Link href="/reports" prefetch={false} className={buttonClass('quiet')}>
              All reports
            </Link>
            <Button onClick={onClose}>Close</Button>
          </div>
        </div>
      )}
    </Dialog>
  );
}
