'use client';

import { useRouter } from 'next/navigation';
import { type FormEvent, useEffect, useState } from 'react';
import { useApi } from '@/components/api/reauthenticate';
import { useLedgerPath } from '@/components/shell/frame-context';
import { Button } from '@/components/ui/button';
import { Dialog } from '@/components/ui/dialog';
import { Fact, FactList } from '@/components/ui/fact-list';
import { Field, Input } from '@/components/ui/field';
import { countOf, formatCount } from '@/components/ui/format-count';
import { InertText } from '@/components/ui/inert-text';
import { Status } from '@/components/ui/status';
import { Time } from '@/components/ui/time';
import type { ShreddingDto, ShreddingPreview, WordsScope } from '@/lib/schema/words';

interface Props {
  scope: WordsScope;
  /** What follows once they are destroyed; the page is asked for anew where it is left out. */
  onDone?: (done: ShreddingDto) => void;
}

export function ShredButton(props: Props) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button size="small" tone="danger" onClick={() => setOpen(true)}>
        Destroy the words
      </Button>
      {open && <ShredDialog {...props} onClose={() => setOpen(false)} />}
    </>
  );
}

function Preview({ preview }: { preview: ShreddingPreview }) {
  return (
    <FactList>
      <Fact name="What goes">
        {countOf(preview.parts, 'part', 'parts')} of words, {formatCount(preview.bytes)} bytes, under {countOf(preview.keys, 'key', 'keys')}
      </Fact>
      {preview.scope.kind === 'subject' && (
        <Fact name="Where">
          {preview.conversations === 0 ? 'in no conversation' : countOf(preview.conversations, 'conversation', 'conversations')}
        </Fact>
      )}
      <Fact name="What stays">every record, its seal and its proofs; that there were words, and how long they were</Fact>
      <Fact name="Backups">
        may hold the keys until <Time at={preview.backups_until} precision="minute" />
      </Fact>
      {preview.holds_total > preview.holds.length && (
        <Fact name="Holds">{countOf(preview.holds_total, 'hold', 'holds')}, of which the newest are named</Fact>
      )}
      {preview.holds.map((hold) => (
        <Fact key={hold.id} name="Held">
          <Status tone="attention">
            for <InertText text={hold.matter} />: nothing can be destroyed
          </Status>
        </Fact>
      ))}
    </FactList>
  );
}

/** Says what would go before anything does, and has the name typed: this cannot be taken back. */
function ShredDialog({ scope, onDone, onClose }: Props & { onClose: () => void }) {
  const api = useApi();
  const at = useLedgerPath();
  const router = useRouter();
  const [preview, setPreview] = useState<ShreddingPreview | null>(null);
  const [authority, setAuthority] = useState('');
  const [reason, setReason] = useState('');
  const [confirm, setConfirm] = useState('');
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const fail = (refusal: unknown) => setError(refusal instanceof Error ? refusal.message : 'That did not work.');
  // biome-ignore lint/correctness/useExhaustiveDependencies: asked once, when the dialog opens
  useEffect(() => {
    api<ShreddingPreview>(at('/api/v1/shreddings/preview'), { method: 'POST', body: { scope } }).then(setPreview, fail);
  }, []);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      const done = await api<ShreddingDto>(at('/api/v1/shreddings'), { method: 'POST', body: { scope, authority, reason, confirm } });
      onClose();
      if (onDone === undefined) router.refresh();
      else onDone(done);
    } catch (refusal) {
      fail(refusal);
      setBusy(false);
    }
  };
  const held = (preview?.holds.length ?? 0) > 0;
  return (
    <Dialog
      open
      onOpenChange={(next) => {
        if (!next) onClose();
      }}
      title="Destroy the words"
      description={
        <>
          {scope.kind === 'subject' ? (
            <>
              All words recorded as about <InertText text={scope.value} />.{' '}
            </>
          ) : null}
          Their keys are destroyed, and nobody can read them again. This cannot be taken back.
        </>
      }
      width="wide"
    >
      <form onSubmit={submit} className="flex flex-col gap-4">
        {preview === null ? <p className="text-sm text-ink-2">{error === null ? 'Counting …' : ''}</p> : <Preview preview={preview} />}
        <Field label="Authority" hint="The clause or decision under which it is done, such as GDPR Art. 17(1)(a).">
          <Input required value={authority} onValueChange={setAuthority} maxLength={200} />
        </Field>
        <Field label="Reason">
          <Input required value={reason} onValueChange={setReason} maxLength={1_000} />
        </Field>
        <Field label={`Type ${scope.value} to confirm`} error={error}>
          <Input required value={confirm} onValueChange={setConfirm} autoComplete="off" spellCheck={false} />
        </Field>
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Keep them</Button>
          <Button type="submit" tone="danger" busy={busy} disabled={preview === null || held || confirm !== scope.value}>
            Destroy for good
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
