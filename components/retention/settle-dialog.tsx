'use client';

import { type FormEvent, useState } from 'react';
import { Dialog } from '@/components/ui/dialog';
import { Field, Input } from '@/components/ui/field';
import { FormActions } from '@/components/ui/form-actions';
import { InertText } from '@/components/ui/inert-text';
import { Select } from '@/components/ui/select';
import type { Settlement } from '@/lib/schema/retention';
import { PreviewAndSave } from './preview-and-save';

interface Props {
  floor: string;
  ceiling: string;
  titles: { floor: string; ceiling: string };
  rules: Record<string, string>;
  version: number;
  onClose: () => void;
}

/** A person's answer to a conflict: which of the two gives way, for every record under both. */
export function SettleDialog({ floor, ceiling, titles, rules, version, onClose }: Props) {
  const [inFavour, setInFavour] = useState<Settlement['in_favour_of']>('floor');
  const [reason, setReason] = useState('');
  const [settled, setSettled] = useState<Settlement | null>(null);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setSettled({ floor, ceiling, in_favour_of: inFavour, reason: reason.trim() });
  };
  const won = inFavour === 'floor' ? titles.floor : titles.ceiling;
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      width="wide"
      title={`${titles.floor} against ${titles.ceiling}`}
      description="The minimum of the one ends after the maximum of the other. Your answer holds for every record under both, those to come included, and can be taken back."
    >
      {settled === null ? (
        <form onSubmit={submit} className="flex flex-col gap-3">
          <dl className="grid grid-cols-[112px_minmax(0,1fr)] gap-x-4 gap-y-1 text-sm">
            <dt className="text-ink-3">{titles.floor}</dt>
            <dd>{rules[floor]}</dd>
            <dt className="text-ink-3">{titles.ceiling}</dt>
            <dd>{rules[ceiling]}</dd>
          </dl>
          <Field label="Which decides">
            <Select
              value={inFavour}
              onChange={(value) => setInFavour(value as Settlement['in_favour_of'])}
              options={[
                { value: 'floor', label: `${titles.floor}: keep as long as its minimum` },
                { value: 'ceiling', label: `${titles.ceiling}: keep no longer than its maximum` },
              ]}
              aria-label="Which decides"
            />
          </Field>
          <Field label="Reason" hint="The legal ground; it stands beside the answer, and in the access log.">
            <Input value={reason} onValueChange={(value: string) => setReason(value)} required minLength={3} maxLength={500} />
          </Field>
          <FormActions action="Preview" onCancel={onClose} />
        </form>
      ) : (
        <div className="flex flex-col gap-3">
          <p className="text-sm">
            In favour of <strong className="font-medium">{won}</strong>: <InertText text={settled.reason} />
          </p>
          <PreviewAndSave
            wish={{ settle: [settled] }}
            version={version}
            action="Settle"
            say={`Settled in favour of ${won}`}
            reason={settled.reason}
            onBack={() => setSettled(null)}
            onClose={onClose}
          />
        </div>
      )}
    </Dialog>
  );
}
