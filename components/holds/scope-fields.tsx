'use client';

import { Field, Input } from '@/components/ui/field';
import { Select } from '@/components/ui/select';
import { HOLD_KINDS, type HoldKind } from '@/lib/schema/holds';
import { KIND_WORDS, type ScopeDraft } from './hold-words';

interface Props {
  draft: ScopeDraft;
  faults: Partial<Record<keyof ScopeDraft, string>>;
  onChange: (draft: ScopeDraft) => void;
}

const ID = { autoComplete: 'off', autoCapitalize: 'none', spellCheck: false, className: 'mono', required: true } as const;

/** What the hold is to be on. */
export function ScopeFields({ draft, faults, onChange }: Props) {
  const { field, hint } = KIND_WORDS[draft.kind];
  const set = (part: Partial<ScopeDraft>) => onChange({ ...draft, ...part });
  return (
    <fieldset className="grid gap-x-4 gap-y-3 sm:grid-cols-2">
      <legend className="sr-only">What it holds</legend>
      <div className="flex flex-col gap-1">
        <span id="hold-kind" className="text-xs font-medium text-ink-2">
          Hold
        </span>
        <Select
          aria-labelledby="hold-kind"
          value={draft.kind}
          onChange={(kind) => onChange({ ...draft, kind: kind as HoldKind })}
          options={HOLD_KINDS.map((kind) => ({ value: kind, label: KIND_WORDS[kind].label }))}
        />
      </div>
      {draft.kind === 'resource' && (
        <Field label="Type of the resource" error={faults.type ?? null}>
          <Input {...ID} value={draft.type} onValueChange={(type) => set({ type })} maxLength={128} />
        </Field>
      )}
      {draft.kind === 'time' ? (
        <div className="grid grid-cols-2 gap-3">
          <Field label="First day">
            <Input required type="date" value={draft.from} onValueChange={(from) => set({ from })} max="9999-12-31" />
          </Field>
          <Field label="Last day" error={faults.to ?? null}>
            <Input required type="date" value={draft.to} onValueChange={(to) => set({ to })} max="9999-12-31" />
          </Field>
        </div>
      ) : (
        <Field label={field} error={faults.value ?? null} className={draft.kind === 'resource' ? 'sm:col-span-2' : ''}>
          <Input {...ID} value={draft.value} onValueChange={(value) => set({ value })} maxLength={256} />
        </Field>
      )}
      <p className="text-xs text-ink-3 sm:col-span-2">{hint}</p>
    </fieldset>
  );
}
