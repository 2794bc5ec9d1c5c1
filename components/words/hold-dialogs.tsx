'use client';

import { useRouter } from 'next/navigation';
import { type FormEvent, type ReactNode, useState } from 'react';
import { useApi } from '@/components/api/reauthenticate';
import { useLedgerPath } from '@/components/shell/frame-context';
import { Button } from '@/components/ui/button';
import { Dialog } from '@/components/ui/dialog';
import { Field, Input } from '@/components/ui/field';
import { InertText } from '@/components/ui/inert-text';
import type { HoldDto } from '@/lib/schema/holds';
import type { WordsScope } from '@/lib/schema/words';

interface FormProps {
  title: string;
  description: ReactNode;
  action: string;
  fields: { name: string; label: string; hint?: string; most: number }[];
  send: (values: Record<string, string>) => Promise<unknown>;
  onDone: (() => void) | undefined;
  onClose: () => void;
}

function WordForm({ title, description, action, fields, send, onDone, onClose }: FormProps) {
  const router = useRouter();
  const [values, setValues] = useState<Record<string, string>>({});
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      await send(Object.fromEntries(fields.map(({ name }) => [name, (values[name] ?? '').trim()])));
      onClose();
      if (onDone === undefined) router.refresh();
      else onDone();
    } catch (refusal) {
      setError(refusal instanceof Error ? refusal.message : 'That did not work.');
      setBusy(false);
    }
  };
  return (
    <Dialog
      open
      onOpenChange={(next) => {
        if (!next) onClose();
      }}
      title={title}
      description={description}
    >
      <form onSubmit={submit} className="flex flex-col gap-3">
        {fields.map(({ name, label, hint, most }, i) => (
          <Field key={name} label={label} {...(hint === undefined ? {} : { hint })} error={i === 0 ? error : null}>
            <Input
              required
              value={values[name] ?? ''}
              onValueChange={(value) => setValues((before) => ({ ...before, [name]: value }))}
              maxLength={most}
            />
          </Field>
        ))}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" tone="primary" busy={busy}>
            {action}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

/** @param onDone what follows once it stands; the page is asked for anew where that is left out */
export function HoldButton({ scope, onDone }: { scope: WordsScope; onDone?: () => void }) {
  const api = useApi();
  const at = useLedgerPath();
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button size="small" onClick={() => setOpen(true)}>
        Place a hold
      </Button>
      {open && (
        <WordForm
          title="Place a legal hold"
          description={
            <>
              On {scope.kind === 'subject' && 'everything about '}
              <InertText text={scope.value} />: until it is released, nothing of it can be destroyed, whoever asks.
            </>
          }
          action="Place the hold"
          fields={[
            { name: 'matter', label: 'Matter', hint: 'The case by its name or number.', most: 120 },
            { name: 'reason', label: 'Reason', most: 1_000 },
          ]}
          send={({ matter, reason }) => api(at('/api/v1/holds'), { method: 'POST', body: { matter, reason, scope } })}
          onDone={onDone}
          onClose={() => setOpen(false)}
        />
      )}
    </>
  );
}

/** @param onDone as of {@link HoldButton} */
export function ReleaseButton({ hold, onDone }: { hold: HoldDto; onDone?: () => void }) {
  const api = useApi();
  const at = useLedgerPath();
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button size="small" tone="quiet" disabled={hold.release_asked !== null} onClick={() => setOpen(true)}>
        {hold.release_asked === null ? 'Release' : 'Release asked for'}
      </Button>
      {open && (
        <WordForm
          title="Ask for the release of the hold"
          description={
            <>
              Of <InertText text={hold.matter} />. It stands until another person confirms the release. Nothing is destroyed by that; what
              may be destroyed is decided anew.
            </>
          }
          action="Ask for the release"
          fields={[{ name: 'reason', label: 'Reason', most: 1_000 }]}
          send={({ reason }) => api(at(`/api/v1/holds/${hold.id}/release`), { method: 'POST', body: { reason } })}
          onDone={onDone}
          onClose={() => setOpen(false)}
        />
      )}
    </>
  );
}
