'use client';

import { FileUp } from 'lucide-react';
import { type DragEvent, useRef, useState } from 'react';
import { Button } from '@/components/ui/button';
import { cx } from '@/components/ui/class-names';
import { ComparisonResult } from './comparison-result';
import { useComparison } from './use-comparison';

/** Drop an old checkpoint, receipt or bundle: does today's history still hold what it says? */
export function BringYourOwn() {
  const input = useRef<HTMLInputElement>(null);
  const [over, setOver] = useState(false);
  const { compare, busy, error, result, own, fileName } = useComparison();
  const take = (files: FileList | null) => {
    const file = files?.[0];
    if (file !== undefined) compare(file);
  };
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    take(event.dataTransfer.files);
  };
  return (
    <div className="flex flex-col gap-3">
      {/* biome-ignore lint/a11y/noStaticElementInteractions: dropping is the second way; the button is the first */}
      <div
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={drop}
        data-drop-zone
        className={cx(
          'no-print flex flex-wrap items-center gap-x-5 gap-y-2 rounded border border-dashed px-4 py-4',
          over ? 'border-seal bg-seal-wash' : 'border-rule',
        )}
      >
        <FileUp size={18} aria-hidden className="text-ink-3 max-sm:hidden" />
        <p className="min-w-0 flex-1 basis-72 text-sm text-ink-2">
          Drop an old checkpoint, a receipt (.tlog-proof) or an evidence bundle here. It is held against the ledger of today: if anything
          that it covers was changed, reordered or removed since, it does not fit any more.
        </p>
        <input
          ref={input}
          type="file"
          aria-label="Checkpoint, receipt or bundle"
          tabIndex={-1}
          className="sr-only"
          onChange={(event) => {
            take(event.target.files);
            event.target.value = '';
          }}
        />
        <Button onClick={() => input.current?.click()} busy={busy}>
          {busy ? 'Comparing…' : 'Choose a file'}
        </Button>
      </div>
      {error !== null && (
        <p role="alert" className="text-sm text-broken">
          {error}
        </p>
      )}
      {result !== null && <ComparisonResult key={`${fileName} ${result.now?.number}`} comparison={result} own={own} fileName={fileName} />}
    </div>
  );
}
