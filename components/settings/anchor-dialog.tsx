'use client';

import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useApi } from '@/components/api/reauthenticate';
import { ANCHOR_WORDS } from '@/components/proof/anchor-words';
import { useLedgerPath } from '@/components/shell/frame-context';
import { Dialog } from '@/components/ui/dialog';
import { FIELD_CLASS, Field, Input } from '@/components/ui/field';
import { FormActions } from '@/components/ui/form-actions';
import { Select } from '@/components/ui/select';
import { ANCHOR_KINDS, type AnchorKind, type AnchorTargetDto } from '@/lib/schema/proofs';
import { ANCHOR_EVERY, ANCHOR_FIELDS, type AnchorField, readConfig } from './anchor-fields';

interface Props {
  /** Null for a new one. */
  target: AnchorTargetDto | null;
  onClose: () => void;
  /** `secret` of a webhook that was just made: told now and never again. */
  onDone: (made: AnchorTargetDto & { secret?: string | null }) => void;
}

const EVERY = [
  [60, 'Every minute'],
  [300, 'Every 5 minutes'],
  [900, 'Every 15 minutes'],
  [3600, 'Every hour'],
  [21_600, 'Every 6 hours'],
  [86_400, 'Every day'],
] as const;

function everyOptions(present: number) {
  const options = EVERY.map(([seconds, label]) => ({ value: String(seconds), label: label as string }));
  if (!EVERY.some(([seconds]) => seconds === present)) options.unshift({ value: String(present), label: `Every ${present} seconds` });
  return options;
}

function ConfigField({ field, value, onChange }: { field: AnchorField; value: string; onChange: (value: string) => void }) {
  if (field.shape === 'text') {
    return (
      <Field label={field.label} hint={field.hint}>
        <Input
          render={<textarea rows={4} />}
          value={value}
          onValueChange={onChange}
          required={field.required}
          placeholder={field.placeholder}
          spellCheck={false}
          className={`${FIELD_CLASS} mono h-auto py-1.5 text-xs`}
        />
      </Field>
    );
  }
  return (
    <Field label={field.label} hint={field.hint}>
      <Input
        type={field.shape === 'number' ? 'number' : 'text'}
        value={value}
        onValueChange={onChange}
        required={field.required}
        placeholder={field.placeholder}
        spellCheck={false}
        autoCapitalize="none"
        maxLength={2000}
        {...(field.shape === 'number' ? { min: 1, max: 36_500 } : {})}
      />
    </Field>
  );
}

/** A place outside: its kind and how it is reached; of one that is there, its name and how often. */
export function AnchorDialog({ target, onClose, onDone }: Props) {
  const api = useApi();
  const at = useLedgerPath();
  const [kind, setKind] = useState<AnchorKind>(target?.kind ?? 'witness');
  const [name, setName] = useState(target?.name ?? '');
  const [every, setEvery] = useState(String(target?.every_seconds ?? ANCHOR_EVERY[kind]));
  const [entered, setEntered] = useState<Record<string, string>>({});
  const save = useMutation({
    mutationFn: () =>
      target === null
        ? api<AnchorTargetDto>(at('/api/v1/settings/anchors'), {
            method: 'POST',
            body: { kind, name: name.trim(), config: readConfig(kind, entered), every_seconds: Number(every) },
          })
        : api<AnchorTargetDto>(at(`/api/v1/settings/anchors/${encodeURIComponent(target.id)}`), {
            method: 'PATCH',
            body: { name: name.trim(), every_seconds: Number(every) },
          }),
    onSuccess: onDone,
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate();
  };
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={target === null ? 'Add a place outside' : `Change ${target.name}`}
      description={ANCHOR_WORDS[kind].why}
    >
      <form onSubmit={submit} className="flex flex-col gap-3">
        {target === null && (
          <Field label="Kind">
            <Select
              value={kind}
              onChange={(value) => {
                setKind(value as AnchorKind);
                setEvery(String(ANCHOR_EVERY[value as AnchorKind]));
              }}
              options={ANCHOR_KINDS.map((value) => ({ value, label: ANCHOR_WORDS[value].noun }))}
              aria-label="Kind"
            />
          </Field>
        )}
        <Field label="Name" hint="As it stands beside each checkpoint that it has.">
          <Input value={name} onValueChange={(value: string) => setName(value)} required maxLength={120} autoFocus />
        </Field>
        {target === null &&
          ANCHOR_FIELDS[kind].map((field) => (
            <ConfigField
              key={`${kind} ${field.name}`}
              field={field}
              value={entered[field.name] ?? field.initial ?? ''}
              onChange={(value) => setEntered({ ...entered, [field.name]: value })}
            />
          ))}
        <Field label="How often">
          <Select value={every} onChange={setEvery} options={everyOptions(Number(every))} aria-label="How often" />
        </Field>
        {save.error !== null && (
          <p role="alert" className="text-sm text-broken">
            {save.error.message}
          </p>
        )}
        <FormActions action={target === null ? 'Add' : 'Save'} onCancel={onClose} busy={save.isPending} />
      </form>
    </Dialog>
  );
}
