'use client';

import { useState } from 'react';
import { Button } from '@/components/ui/button';
import { Dialog } from '@/components/ui/dialog';
import { Field } from '@/components/ui/field';
import { countOf } from '@/components/ui/format-count';
import { InertText } from '@/components/ui/inert-text';
import { Select } from '@/components/ui/select';
import type { ArchivePreviewDto, ArchiveRunDto } from '@/lib/schema/archive';
import { PreviewView } from './preview-view';
import { usePreview, useStartRun } from './use-archive';

const ALL = '';

interface Props {
  policies: { code: string; title: string }[];
  onStarted: (run: ArchiveRunDto) => void;
}

/** See first what would go; then start it, told once more what that means. */
export function StartForm({ policies, onStarted }: Props) {
  const [policy, setPolicy] = useState(ALL);
  const [asking, setAsking] = useState(false);
  const preview = usePreview();
  const shown = preview.data;
  const titles = new Map(policies.map(({ code, title }) => [code, title]));
  const choose = (value: string) => {
    setPolicy(value);
    preview.reset();
  };
  const ready = shown !== undefined && shown.records > 0 && shown.store !== null && shown.store.fault === null;
  return (
    <div className="flex flex-col gap-4">
      <div className="flex flex-wrap items-end gap-3">
        <Field label="What" className="w-72 max-w-full">
          <Select
            value={policy}
            onChange={choose}
            options={[
              { value: ALL, label: 'All that is due' },
              ...policies.map(({ code, title }) => ({ value: code, label: `Only what ${title} applies to` })),
            ]}
            aria-label="What"
          />
        </Field>
        <Button tone={ready ? 'plain' : 'primary'} busy={preview.isPending} onClick={() => preview.mutate(policy === ALL ? null : policy)}>
          Preview
        </Button>
        {ready && (
          <Button tone="primary" onClick={() => setAsking(true)}>
            Archive {countOf(shown.records, 'record', 'records')}
            {shown.complete ? '' : ' and more'}…
          </Button>
        )}
      </div>
      {preview.error !== null && (
        <p role="alert" className="text-sm text-broken">
          {preview.error.message}
        </p>
      )}
      {shown !== undefined && <PreviewView preview={shown} titles={titles} />}
      {asking && shown !== undefined && (
        <ConfirmStart
          preview={shown}
          onClose={() => setAsking(false)}
          onStarted={(run) => {
            setAsking(false);
            preview.reset();
            onStarted(run);
          }}
        />
      )}
    </div>
  );
}

interface ConfirmProps {
  preview: ArchivePreviewDto;
  onClose: () => void;
  onStarted: (run: ArchiveRunDto) => void;
}

function ConfirmStart({ preview, onClose, onStarted }: ConfirmProps) {
  const start = useStartRun(onStarted);
  const { records, complete, store, policy } = preview;
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={`Archive ${complete ? '' : 'at least '}${countOf(records, 'record', 'records')}?`}
    >
      <div className="flex flex-col gap-3 text-sm">
        <p>
          They go to <InertText text={store?.place ?? ''} />. Each copy is fetched back and checked against the ledger; only then does the
          record leave the database. It opens here as before, and can be put back.
        </p>
        <p className="text-ink-2">
          {store?.worm === true
            ? 'The copies are locked: until their day nobody can delete them, not even you.'
            : 'The copies lie in a folder, which is tamper-evident and not write-once.'}{' '}
          A run takes what is due when it comes to it; a hold that is placed meanwhile wins. Who started it is an entry of the access
          ledger.
        </p>
        {start.error !== null && (
          <p role="alert" className="text-broken">
            {start.error.message}
          </p>
        )}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Not now</Button>
          <Button tone="primary" busy={start.isPending} onClick={() => start.mutate(policy)}>
            Start archival
          </Button>
        </div>
      </div>
    </Dialog>
  );
}
