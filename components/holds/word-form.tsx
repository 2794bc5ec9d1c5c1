'use client';

import { useRouter } from 'next/navigation';
import { type FormEvent, type ReactNode, useState } from 'react';
import { useSending } from '@/components/api/use-sending';
import { Dialog } from '@/components/ui/dialog';
import { Field, Input } from '@/components/ui/field';
import { FormActions } from '@/components/ui/form-actions';

interface Props {
  title: string;
  description: ReactNode;
  action: string;
  /** Whether a reason is asked for. */
  reason: boolean;
  send: (reason: string) => Promise<unknown>;
  /** What follows once it is done; the page is asked for anew where that is left out. */
  onDone: (() => void) | undefined;
  onClose: () => void;
}

/** One step of a release: what it does, the reason for it, and what the server had against it. */
export function WordForm({ title, description, action, reason: asksReason, send, onDone, onClose }: Props) {
  const router = useRouter();
  const [reason, setReason] = useState('');
  const { busy, error, attempt } = useSending();
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    await attempt(async () => {
      await send(reason.trim());
      onClose();
      if (onDone === undefined) router.refresh();
      else onDone();
    });
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
        {asksReason ? (
          <Field label="Reason" error={error}>
            <Input required minLength={3} value={reason} onValueChange={setReason} maxLength={1_000} />
          </Field>
        ) : (
          error !== null && (
            <p role="alert" className="text-sm text-broken">
              {error}
            </p>
          )
        )}
        <FormActions action={action} onCancel={onClose} busy={busy} />
      </form>
    </Dialog>
  );
}
