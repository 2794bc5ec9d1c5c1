'use client';

import { type FormEvent, useState } from 'react';
import type * as z from 'zod/mini';
import { Button } from '@/components/ui/button';
import { Field, Input } from '@/components/ui/field';
import { Select } from '@/components/ui/select';
import { readFilter } from '@/lib/schema/filters';
import type { FilterField } from './describe-filter';
import { filterLabel, filterValue } from './filter-words';

interface Props {
  shape: z.ZodMiniObject;
  fields: FilterField[];
  values: Record<string, string>;
  onApply: (values: Record<string, string>) => void;
}

const ERRORS: Record<FilterField['kind'], string> = {
  moment: 'Write 2026-11-20, or 2026-11-20T17:00Z in UTC.',
  text: 'At most 256 characters.',
  choice: 'Choose one of the list.',
};

export function FilterForm({ shape, fields, values, onApply }: Props) {
  const [draft, setDraft] = useState(values);
  const [wrong, setWrong] = useState<string | null>(null);
  const set = (name: string, value: string) => {
    setDraft({ ...draft, [name]: value });
    setWrong(null);
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const params = new URLSearchParams();
    for (const [name, value] of Object.entries(draft)) params.set(name, value.trim());
    const read = readFilter(shape, params);
    if (read.ok) onApply(draft);
    else setWrong(read.member);
  };
  return (
    <form onSubmit={submit} className="flex flex-col gap-4">
      <div className="grid grid-cols-1 gap-3 sm:grid-cols-2">
        {fields.map((field) => (
          <Field key={field.name} label={filterLabel(field.name)} error={wrong === field.name ? ERRORS[field.kind] : null}>
            {field.kind === 'choice' ? (
              <Select
                value={draft[field.name] ?? ''}
                onChange={(value) => set(field.name, value)}
                options={[
                  { value: '', label: 'Any' },
                  ...field.options.map((option) => ({ value: option, label: filterValue(field.name, option) })),
                ]}
              />
            ) : (
              <Input
                value={draft[field.name] ?? ''}
                onValueChange={(value: string) => set(field.name, value)}
                placeholder={field.kind === 'moment' ? '2026-11-20 (UTC)' : 'Any'}
                spellCheck={false}
                autoCapitalize="none"
                maxLength={256}
              />
            )}
          </Field>
        ))}
      </div>
      <div className="flex items-center justify-between gap-2">
        <p className="text-xs text-ink-3">Times are the sender’s, in UTC. “Before” is exclusive.</p>
        <div className="flex gap-2">
          <Button tone="quiet" onClick={() => onApply({})}>
            Clear
          </Button>
          <Button type="submit" tone="primary">
            Apply
          </Button>
        </div>
      </div>
    </form>
  );
}
