'use client';

import { useRouter } from 'next/navigation';
import { type FormEvent, useState } from 'react';
import { Button } from '@/components/ui/button';
import { Dialog } from '@/components/ui/dialog';
import { Field, Input } from '@/components/ui/field';
import { countOf } from '@/components/ui/format-count';
import { Select } from '@/components/ui/select';
import type { DestructionDto, DestructionScope } from '@/lib/schema/destruction';
import { FoundView } from './found-view';
import { useDestructionPreview, useRequestDestruction } from './use-destruction';

export interface Draft {
  kind: DestructionScope['kind'];
  value: string;
  until: string;
  from: string;
  to: string;
}
export const NO_DRAFT: Draft = { kind: 'policy', value: '', until: '', from: '', to: '' };

const KINDS = [
  { value: 'policy', label: 'What a policy has kept until a day' },
  { value: 'conversation', label: 'A conversation' },
  { value: 'subject', label: 'What is about a person' },
  { value: 'range', label: 'A range of positions' },
] as const;

/** @returns null while it is not said whole */
export function scopeOf({ kind, value, until, from, to }: Draft): DestructionScope | null {
  if (kind === 'range') return /^\d{1,19}$/.test(from) && /^\d{1,19}$/.test(to) && BigInt(from) <= BigInt(to) ? { kind, from, to } : null;
  if (value.trim() === '') return null;
  if (kind === 'policy') return /^\d{4}-\d{2}-\d{2}$/.test(until) ? { kind, value, until } : null;
  return { kind, value: value.trim() };
}

interface Props {
  draft?: Partial<Draft>;
  policies: readonly { code: string; title: string }[];
  onClose: () => void;
}

/** Looks first, then asks: a request names the records that can go at this moment, and another person decides. */
export function RequestDialog({ draft: begun, policies, onClose }: Props) {
  const router = useRouter();
  const [draft, setDraft] = useState<Draft>({ ...NO_DRAFT, value: policies[0]?.code ?? '', ...begun });
  const [authority, setAuthority] = useState('');
  const [reason, setReason] = useState('');
  const preview = useDestructionPreview();
  const ask = useRequestDestruction((made: DestructionDto) => {
    onClose();
    router.push(`/retention/destruction/${made.id}`);
    router.refresh();
  });
  const scope = scopeOf(draft);
  const seen =
    preview.data !== undefined && scope !== null && JSON.stringify(preview.variables) === JSON.stringify(scope) ? preview.data : null;
  const change = (members: Partial<Draft>) => setDraft((before) => ({ ...before, ...members }));
  const titles = new Map(policies.map(({ code, title }) => [code, title]));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (scope === null) return;
    if (seen === null) preview.mutate(scope);
    else ask.mutate({ scope, authority: authority.trim(), reason: reason.trim() });
  };
  return (
    <Dialog
      open
      onOpenChange={(next) => {
        if (!next) onClose();
      }}
      title="Ask for a destruction"
      description="Only what is past its minimum and under no hold can be named. Another compliance officer has to approve it; then it cannot be undone."
      width="wide"
    >
      <form onSubmit={submit} className="flex flex-col gap-4">
        <div className="grid gap-x-4 gap-y-3 sm:grid-cols-2">
          <Field label="Of what" className="sm:col-span-2">
            <Select
              value={draft.kind}
              onChange={(kind) => change({ kind: kind as Draft['kind'], value: kind === 'policy' ? (policies[0]?.code ?? '') : '' })}
              options={[...KINDS]}
              aria-label="Of what"
            />
          </Field>
          {draft.kind === 'policy' && (
            <>
              <Field label="Policy">
                <Select
                  value={draft.value}
                  onChange={(value) => change({ value })}
                  options={policies.map(({ code, title }) => ({ value: code, label: title }))}
                  aria-label="Policy"
                />
              </Field>
              <Field label="Kept until, at the latest" hint="A day in UTC; the day that the policy ends on.">
                <Input type="date" required value={draft.until} onValueChange={(until) => change({ until })} />
              </Field>
            </>
          )}
          {(draft.kind === 'conversation' || draft.kind === 'subject') && (
            <Field label={draft.kind === 'conversation' ? 'Conversation' : 'Person'} className="sm:col-span-2">
              <Input required value={draft.value} onValueChange={(value) => change({ value })} maxLength={128} />
            </Field>
          )}
          {draft.kind === 'range' && (
            <>
              <Field label="From position">
                <Input required inputMode="numeric" value={draft.from} onValueChange={(from) => change({ from })} maxLength={19} />
              </Field>
              <Field label="To position">
                <Input required inputMode="numeric" value={draft.to} onValueChange={(to) => change({ to })} maxLength={19} />
              </Field>
            </>
          )}
        </div>
        <section aria-label="What would go" aria-live="polite" className="min-h-16 border-y border-hairline py-2 text-sm" data-preview>
          {preview.isPending ? (
            <p className="text-ink-3">Looking at each record …</p>
          ) : preview.error !== null ? (
            <p role="alert" className="text-broken">
              {preview.error.message}
            </p>
          ) : seen === null ? (
            <p className="text-ink-3">
              Look first: each record is decided by the policies in force and by holds. Nothing is asked for by that.
            </p>
          ) : (
            <FoundView found={seen.found} titles={titles} />
          )}
        </section>
        {seen !== null && seen.found.due > 0 && (
          <div className="grid gap-3">
            <Field label="Authority" hint="The clause or schedule that lets it go; it stands in the certificate.">
              <Input required minLength={3} value={authority} onValueChange={setAuthority} maxLength={200} />
            </Field>
            <Field label="Reason" error={ask.error?.message ?? null}>
              <Input required minLength={3} value={reason} onValueChange={setReason} maxLength={1_000} />
            </Field>
          </div>
        )}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          {seen === null || seen.found.due === 0 ? (
            <Button type="submit" tone="primary" busy={preview.isPending} disabled={scope === null}>
              Look what would go
            </Button>
          ) : (
            <Button type="submit" tone="danger" busy={ask.isPending}>
              Ask to destroy {countOf(seen.found.due, 'record', 'records')}
            </Button>
          )}
        </div>
      </form>
    </Dialog>
  );
}
