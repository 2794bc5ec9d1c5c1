'use client';

import { type FormEvent, type ReactNode, useState } from 'react';
import { useSending } from '@/components/api/use-sending';
import { Field, Input } from '@/components/ui/field';
import { FormActions } from '@/components/ui/form-actions';
import { Select } from '@/components/ui/select';
import { type Purpose, purposeFault } from '@/lib/policy/purposes';

interface Props {
  purposes: readonly Purpose[];
  /** What the button does: "Reveal 3 parts". */
  action: string;
  onSubmit: (purpose: { purpose: string; note?: string }) => Promise<void>;
  onCancel: () => void;
  children?: ReactNode;
}

/** Why somebody opens words: a purpose of the ledger's list, and words of their own. Nothing is chosen beforehand. */
export function PurposeForm({ purposes, action, onSubmit, onCancel, children }: Props) {
  const [purpose, setPurpose] = useState('');
  const [note, setNote] = useState('');
  const { busy, error, setError, attempt } = useSending();
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const fault = purposeFault(purposes, purpose, note.trim());
    if (fault !== null) {
      setError(
        fault === 'unknown'
          ? 'Choose a purpose: it is recorded with your name before anything is shown.'
          : 'This purpose asks for a note in your own words.',
      );
      return;
    }
    await attempt(async () => {
      await onSubmit({ purpose, ...(note.trim() === '' ? {} : { note: note.trim() }) });
    });
  };
  return (
    <form onSubmit={submit} className="flex flex-col gap-3">
      <Field label="Purpose of use" error={error}>
        <Select
          aria-label="Purpose of use"
          value={purpose}
          onChange={(next) => {
            setPurpose(next);
            setError(null);
          }}
          options={[{ value: '', label: 'Choose …' }, ...purposes.map(({ code, say }) => ({ value: code, label: say }))]}
        />
      </Field>
      <Field label="Note" hint="Such as the number of the case. It stands in the access log for as long as that does.">
        <Input value={note} onValueChange={setNote} maxLength={500} />
      </Field>
      {children}
      <FormActions action={action} onCancel={onCancel} busy={busy} />
    </form>
  );
}
