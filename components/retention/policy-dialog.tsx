'use client';

import { type FormEvent, useId, useState } from 'react';
import { Dialog } from '@/components/ui/dialog';
import { FIELD_CLASS, Field, Input } from '@/components/ui/field';
import { FormActions } from '@/components/ui/form-actions';
import { Select } from '@/components/ui/select';
import { CLOCKS, type PolicyChange, type PolicyDto } from '@/lib/schema/retention';
import { changeOf, formOf, type PolicyForm } from './policy-form';
import { PreviewAndSave } from './preview-and-save';

const CLOCK_OPTIONS = CLOCKS.map((value) => ({
  value,
  label: {
    event: 'The day it happened, as the sender says',
    recorded: 'The day it was recorded here',
    trigger: 'An event that is entered later',
  }[value],
}));
const ELSE_OPTIONS = [
  { value: 'recorded', label: 'The day it was recorded here' },
  { value: 'event', label: 'The day it happened' },
  { value: 'open', label: 'Nothing: the clock stays open' },
];
const UNIT_OPTIONS = [
  { value: 'years', label: 'years' },
  { value: 'months', label: 'months' },
];

interface PeriodProps {
  label: string;
  hint: string;
  value: PolicyForm['floor'];
  onChange: (value: PolicyForm['floor']) => void;
}

/** Two controls under one heading: a number, and of what. */
function PeriodInput({ label, hint, value, onChange }: PeriodProps) {
  const id = useId();
  return (
    <fieldset className="flex min-w-0 flex-col gap-1">
      <legend className="mb-1 text-xs font-medium text-ink-2">{label}</legend>
      <div className="grid grid-cols-[72px_minmax(0,1fr)] gap-2">
        <input
          className={FIELD_CLASS}
          value={value.count}
          inputMode="numeric"
          maxLength={4}
          placeholder="none"
          aria-label={`${label}: how many`}
          aria-describedby={id}
          onChange={(event) => onChange({ ...value, count: event.target.value })}
        />
        <Select
          value={value.unit}
          onChange={(unit) => onChange({ ...value, unit: unit as 'years' | 'months' })}
          options={UNIT_OPTIONS}
          aria-label={`${label}: years or months`}
        />
      </div>
      <p id={id} className="text-xs text-ink-3">
        {hint}
      </p>
    </fieldset>
  );
}

interface Props {
  /** The policy that is changed; null for one of one's own. */
  old: PolicyDto | null;
  policies: readonly PolicyDto[];
  version: number;
  onClose: () => void;
}

/** A policy of one's own, or other words and periods for one that is there; previewed before it is kept. */
export function PolicyDialog({ old, policies, version, onClose }: Props) {
  const [form, setForm] = useState(() => formOf(old));
  const [fault, setFault] = useState<string | null>(null);
  const [change, setChange] = useState<PolicyChange | null>(null);
  const set = (over: Partial<PolicyForm>) => {
    setFault(null);
    setForm({ ...form, ...over });
  };
  const text = (name: 'code' | 'title' | 'trigger' | 'note' | 'source') => ({
    value: form[name],
    onValueChange: (value: string) => set({ [name]: value }),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const known = old === null ? policies.find(({ code }) => code === form.code.trim()) : undefined;
    if (known !== undefined) return setFault(`“${known.code}” is there already, as ${known.title}: change it in its own row.`);
    const made = changeOf(form, old === null ? null : stored(old));
    if ('fault' in made) setFault(made.fault);
    else setChange(made.change);
  };
  const named = form.title.trim() === '' ? form.code : form.title.trim();
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      width="wide"
      title={old === null ? 'Add a policy' : `Change ${old.title}`}
      description={
        change === null
          ? 'Periods are calendar years or months. What would come of it is shown before anything is kept.'
          : 'This is what it would do to the records that are there.'
      }
    >
      {change === null ? (
        <form onSubmit={submit} className="flex flex-col gap-3">
          {old === null && (
            <div className="grid gap-3 sm:grid-cols-2">
              <Field label="Code" hint="Records that name it as a domain are under it.">
                <Input
                  {...text('code')}
                  required
                  maxLength={32}
                  spellCheck={false}
                  autoCapitalize="none"
                  autoFocus
                  placeholder="house-claims"
                />
              </Field>
              <Field label="Title">
                <Input {...text('title')} required maxLength={80} />
              </Field>
            </div>
          )}
          {old !== null && (
            <Field label="Title">
              <Input {...text('title')} required maxLength={80} />
            </Field>
          )}
          <div className="grid gap-3 sm:grid-cols-3">
            <PeriodInput label="Minimum" hint="Kept at least for so long." value={form.floor} onChange={(floor) => set({ floor })} />
            <PeriodInput label="Maximum" hint="Kept no longer than that." value={form.ceiling} onChange={(ceiling) => set({ ceiling })} />
            <PeriodInput label="In the database for" hint="Then it may be archived." value={form.hot} onChange={(hot) => set({ hot })} />
          </div>
          <div className="grid gap-3 sm:grid-cols-2">
            <Field label="Clock starts with">
              <Select
                value={form.clock}
                onChange={(clock) => set({ clock: clock as PolicyForm['clock'] })}
                options={CLOCK_OPTIONS}
                aria-label="Clock starts with"
              />
            </Field>
            <Field
              label={form.clock === 'trigger' ? 'Event that starts it' : 'Event that moves it'}
              hint={form.clock === 'trigger' ? 'Such as account closed.' : 'Optional: where it is entered and comes later.'}
            >
              <Input
                {...text('trigger')}
                maxLength={40}
                spellCheck={false}
                placeholder={form.clock === 'trigger' ? 'account closed' : 'none'}
              />
            </Field>
          </div>
          {form.clock === 'trigger' && (
            <Field label="Until the event is entered, from">
              <Select
                value={form.orElse}
                onChange={(orElse) => set({ orElse: orElse as PolicyForm['orElse'] })}
                options={ELSE_OPTIONS}
                aria-label="Until the event is entered, from"
              />
            </Field>
          )}
          <Field label="Source" hint="The clause, or who decided it.">
            <Input {...text('source')} required maxLength={200} />
          </Field>
          <Field label="Note">
            <Input {...text('note')} maxLength={500} />
          </Field>
          {fault !== null && (
            <p role="alert" className="text-sm text-broken">
              {fault}
            </p>
          )}
          <FormActions action="Preview" onCancel={onClose} />
        </form>
      ) : (
        <PreviewAndSave
          wish={{ set: [change] }}
          version={version}
          action={old === null ? 'Add' : 'Change'}
          say={old === null ? `“${named}” is on` : `“${named}” is changed`}
          onBack={() => setChange(null)}
          onClose={onClose}
        />
      )}
    </Dialog>
  );
}

/** Without what is told about it. */
function stored({ origin: _origin, edited: _edited, say: _say, ...policy }: PolicyDto) {
  return policy;
}
