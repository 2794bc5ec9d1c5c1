'use client';

import { type FormEvent, useState } from 'react';
import { Button } from '@/components/ui/button';
import { Dialog } from '@/components/ui/dialog';
import { Field, Input } from '@/components/ui/field';
import { Select } from '@/components/ui/select';
import { plainWords } from '@/components/ui/vocabulary-words';
import { findFault } from '@/lib/policy/registry-check';
import { entryLabel, KNOWN_DOMAINS, REGISTRY_KINDS, REGISTRY_LIMITS, type RegistryEntry, TOOL_ACCESS } from '@/lib/schema/registry';
import { CLASSIFICATIONS } from '@/lib/schema/vocabulary';
import { PreviewView } from './preview-view';
import { ACCESS_WORDS, type EntryForm, entryOf, formOf, withEntry } from './registry-words';
import { useRegistry } from './use-registry';

interface Props {
  entries: readonly RegistryEntry[];
  version: number;
  /** The entry that is changed; null for a new one. */
  old: RegistryEntry | null;
  /** What a new one begins with. */
  begin?: RegistryEntry | null;
  onClose: () => void;
}

const CLASS_OPTIONS = CLASSIFICATIONS.map((value) => ({ value, label: plainWords(value) }));
const ACCESS_OPTIONS = TOOL_ACCESS.map((value) => ({ value, label: ACCESS_WORDS[value] }));
const KIND_OPTIONS = REGISTRY_KINDS.map((value) => ({ value, label: plainWords(value) }));

/** One entry: what a tool or a data source means for the records that name it. */
export function EntryDialog({ entries, version, old, begin = null, onClose }: Props) {
  const [form, setForm] = useState<EntryForm>(() => formOf(old ?? begin));
  const [note, setNote] = useState('');
  const { save, preview } = useRegistry(version, onClose);
  const set = (over: Partial<EntryForm>) => {
    preview.reset();
    setForm({ ...form, ...over });
  };
  const text = (name: 'label' | 'resourceType' | 'domains' | 'resourcePointer' | 'subjectPointer') => ({
    value: form[name],
    onValueChange: (value: string) => set({ [name]: value }),
    spellCheck: false,
    autoCapitalize: 'none' as const,
  });
  const entry = entryOf(form, old);
  const next = withEntry(entries, old, entry);
  const fault = form.label === '' ? null : findFault(next);
  const ready = form.label !== '' && fault === null;
  const isTool = form.kind === 'tool';
  const touches = isTool && form.access !== 'none';
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (ready)
      save.mutate({ entries: next, note, say: old === null ? `“${entryLabel(entry)}” is mapped` : `“${entryLabel(entry)}” is changed` });
  };
  const error = save.error ?? preview.error;
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      width="wide"
      title={old === null ? 'Add an entry' : `Change ${entryLabel(old)}`}
      description="A record that names it is kept with at least this classification and all of these domains, whatever its sender wrote."
    >
      <form onSubmit={submit} className="flex flex-col gap-3">
        <div className="grid gap-3 sm:grid-cols-[160px_minmax(0,1fr)]">
          <Field label="Kind">
            <Select
              value={form.kind}
              onChange={(kind) => set({ kind: kind as EntryForm['kind'] })}
              options={KIND_OPTIONS}
              aria-label="Kind"
            />
          </Field>
          <Field
            label="Name or pattern"
            hint="* stands for any characters. An exact name goes before a pattern, the longest pattern before others."
          >
            <Input
              {...text('label')}
              required
              maxLength={REGISTRY_LIMITS.nameChars}
              autoFocus={begin === null}
              placeholder={isTool ? 'chart.read' : 'patient_record'}
            />
          </Field>
        </div>
        <div className="grid gap-3 sm:grid-cols-2">
          <Field label="Classification">
            <Select
              value={form.classification}
              onChange={(value) => set({ classification: value as EntryForm['classification'] })}
              options={CLASS_OPTIONS}
              aria-label="Classification"
            />
          </Field>
          <Field label="Domains" hint={`Apart by commas: ${KNOWN_DOMAINS.slice(0, 5).join(', ')} …`}>
            <Input {...text('domains')} />
          </Field>
          {isTool && (
            <Field label="What a call does" hint="A call that reads or changes data yields a record of that, unless its sender sends one.">
              <Select
                value={form.access}
                onChange={(value) => set({ access: value as EntryForm['access'] })}
                options={ACCESS_OPTIONS}
                aria-label="What a call does"
              />
            </Field>
          )}
          <Field label="Resource type" hint={touches ? 'Of what is read or changed.' : undefined}>
            <Input {...text('resourceType')} required={touches} maxLength={128} placeholder="patient_record" />
          </Field>
          {touches && (
            <>
              <Field
                label="Where the resource’s id stands"
                hint="JSON pointer into the tool’s arguments; leave empty where they do not say."
              >
                <Input {...text('resourcePointer')} maxLength={256} placeholder="/patient_id" className="mono" />
              </Field>
              <Field label="Where the person’s id stands" hint="The person whom the data is about.">
                <Input {...text('subjectPointer')} maxLength={256} placeholder="/patient_id" className="mono" />
              </Field>
            </>
          )}
        </div>
        <Field label="Note" hint="Why; it stands beside the version.">
          <Input value={note} onValueChange={(value: string) => setNote(value)} maxLength={500} />
        </Field>
        {preview.data !== undefined && <PreviewView answer={preview.data} />}
        {(fault !== null || error !== null) && (
          <p role="alert" className="text-sm text-broken">
            {fault?.detail ?? error?.message}
          </p>
        )}
        <div className="flex flex-wrap justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button onClick={() => preview.mutate(next)} busy={preview.isPending} disabled={!ready}>
            Preview
          </Button>
          <Button type="submit" tone="primary" busy={save.isPending} disabled={!ready}>
            {old === null ? 'Add' : 'Save'}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
