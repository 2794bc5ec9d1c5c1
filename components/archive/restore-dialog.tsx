'use client';

import { type FormEvent, useState } from 'react';
import { readPosition } from '@/components/integrity/run-form';
import { Dialog } from '@/components/ui/dialog';
import { Field, Input } from '@/components/ui/field';
import { FormActions } from '@/components/ui/form-actions';
import { formatCount } from '@/components/ui/format-count';
import type { ArchiveRunDto } from '@/lib/schema/archive';
import { useRestore } from './use-archive';

interface Props {
  /** What stands in the fields at first. */
  range: { from: string; to: string } | null;
  onClose: () => void;
  onStarted: (run: ArchiveRunDto) => void;
}

/** Puts a range back into the database for some days, with a reason that is kept. */
export function RestoreDialog({ range, onClose, onStarted }: Props) {
  const [from, setFrom] = useState(range === null ? '' : formatCount(range.from));
  const [to, setTo] = useState(range === null ? '' : formatCount(range.to));
  const [days, setDays] = useState('30');
  const [reason, setReason] = useState('');
  const [wrong, setWrong] = useState<string | null>(null);
  const restore = useRestore(onStarted);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setWrong(null);
    const [first, last, many] = [readPosition(from), readPosition(to), Number(days)];
    if (first === null || last === null || BigInt(first) > BigInt(last)) return setWrong('Give two numbers, the smaller one first.');
    if (!Number.isInteger(many) || many < 1 || many > 365) return setWrong('Give between 1 and 365 days.');
    if (reason.trim().length < 3) return setWrong('Say in a few words what they are put back for.');
    restore.mutate({ from: first, to: last, days: many, reason: reason.trim() });
  };
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title="Put records back"
      description="Reading needs no restore: archived records open as they are. Put back are those that are to lie in the database again, for searches of records and for reports that go over many."
    >
      <form onSubmit={submit} className="flex flex-col gap-3">
        <div className="flex flex-wrap gap-3">
          <Field label="From number" className="w-32">
            <Input value={from} onValueChange={(value: string) => setFrom(value)} inputMode="numeric" required />
          </Field>
          <Field label="To number" className="w-32">
            <Input value={to} onValueChange={(value: string) => setTo(value)} inputMode="numeric" required />
          </Field>
          <Field label="For days" className="w-24">
            <Input value={days} onValueChange={(value: string) => setDays(value)} inputMode="numeric" required />
          </Field>
        </div>
        <Field label="Reason" hint="Kept with the run and in the access ledger.">
          <Input value={reason} onValueChange={(value: string) => setReason(value)} maxLength={500} required />
        </Field>
        <p className="text-sm text-ink-2">
          Each body is fetched, verified, and taken only where it is the one that its entry names. The copies in the archive stay; when the
          days are over, the next run takes the records away again.
        </p>
        {(wrong ?? restore.error?.message) != null && (
          <p role="alert" className="text-sm text-broken">
            {wrong ?? restore.error?.message}
          </p>
        )}
        <FormActions action="Put them back" onCancel={onClose} busy={restore.isPending} />
      </form>
    </Dialog>
  );
}
