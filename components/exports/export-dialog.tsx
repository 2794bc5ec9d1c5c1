'use client';

import Link from 'next/link';
import { type ReactNode, useState } from 'react';
import { useMay } from '@/components/shell/frame-context';
import { Button, buttonClass } from '@/components/ui/button';
import { Dialog } from '@/components/ui/dialog';
import { InertText } from '@/components/ui/inert-text';
import type { EvidenceScope, ExportDto } from '@/lib/schema/proofs';
import { DownloadButton, ExportProgress } from './export-progress';
import { evidenceScopeWords, isExportOver } from './export-words';
import { useExport, useExportPreview, useStartExport } from './use-export';
import { NO_WORDS, readWish, WordsChoice, type WordsWish } from './words-choice';

interface Props {
  /** Null while what is chosen is no scope yet. */
  scope: EvidenceScope | null;
  /** How many records that is, where it is known. */
  count?: ReactNode;
  /** Choosing the scope, where there is something to choose. */
  children?: ReactNode;
  onClose: () => void;
}

const CONTENTS = [
  'every record of it, byte for byte as it is kept, with its entry in the chain',
  'a proof for each that leads to one checkpoint, with its signatures and the copies outside',
  'the public keys of this ledger',
  'a report to read, as a page and as PDF',
  'the verifier, one page that needs no network and no trust in this server',
];

/** Evidence that somebody else can check without us: what it will hold, that it is recorded, then the file and its hash. */
export function ExportDialog({ scope, count, children, onClose }: Props) {
  const [started, setStarted] = useState<ExportDto | null>(null);
  const [wish, setWish] = useState<WordsWish>(NO_WORDS);
  const [fault, setFault] = useState<string | null>(null);
  const mayReveal = useMay('content.reveal');
  const { data: preview } = useExportPreview(wish.include ? scope : null);
  const start = useStartExport(setStarted);
  const submit = () => {
    const read = readWish(wish, preview);
    setFault('fault' in read ? read.fault : null);
    if (scope !== null && !('fault' in read)) start.mutate({ scope, ...read });
  };
  const blocked = scope === null || (wish.include && (preview === undefined || preview.refusal !== null));
  const { data } = useExport(started?.id ?? null, started ?? undefined);
  const made = data ?? started;
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title="Export evidence" width="wide">
      {made === null ? (
        <div className="flex flex-col gap-4">
          {children}
          {scope !== null && (
            <p className="font-serif text-lg text-balance">
              <InertText text={evidenceScopeWords(scope)} />
              {count !== undefined && <span className="text-ink-2">, {count}</span>}
            </p>
          )}
          <div className="text-sm">
            <p className="mb-1 text-ink-2">One zip file with</p>
            <ul className="ml-4 list-disc marker:text-ink-3">
              {CONTENTS.map((words) => (
                <li key={words}>{words}</li>
              ))}
            </ul>
            <p className="mt-2 text-ink-2">
              What the records say of people is in it, so the file is as confidential as they are. That you made it is an entry of the
              access ledger.{mayReveal ? '' : ' The words of conversations are not in it.'}
            </p>
          </div>
          {mayReveal && (
            <WordsChoice
              scope={scope}
              wish={wish}
              fault={fault}
              onChange={(next) => {
                setWish(next);
                setFault(null);
              }}
            />
          )}
          {start.error !== null && (
            <p role="alert" className="text-sm text-broken">
              {start.error.message}
            </p>
          )}
          <div className="flex justify-end gap-2">
            <Button onClick={onClose}>Cancel</Button>
            <Button tone="primary" busy={start.isPending} disabled={blocked} onClick={submit}>
              {wish.include ? 'Make the bundle with the words' : 'Make the bundle'}
            </Button>
          </div>
        </div>
      ) : (
        <div className="flex flex-col gap-4">
          <p className="text-sm text-ink-2">
            <InertText text={evidenceScopeWords(made.scope)} />
          </p>
          <ExportProgress initial={made} />
          <div className="flex flex-wrap items-center justify-end gap-2">
            <Link href="/exports" prefetch={false} className={buttonClass('quiet')}>
              All exports
            </Link>
            <Button onClick={onClose}>Close</Button>
            {made.state === 'done' && <DownloadButton made={made} />}
          </div>
          {made.state === 'failed' && isExportOver(made) && (
            <Button className="self-end" onClick={() => setStarted(null)}>
              Try again
            </Button>
          )}
        </div>
      )}
    </Dialog>
  );
}

/** Opens the dialog; shown to those who may export. */
export function ExportButton({ scope, count, size = 'small' }: { scope: EvidenceScope; count?: ReactNode; size?: 'small' | 'normal' }) {
  const allowed = useMay('evidence.export');
  const [open, setOpen] = useState(false);
  if (!allowed) return null;
  return (
    <>
      <Button size={size} tone={size === 'small' ? 'plain' : 'primary'} className="no-print" onClick={() => setOpen(true)}>
        Export evidence
      </Button>
      {open && <ExportDialog scope={scope} count={count} onClose={() => setOpen(false)} />}
    </>
  );
}
