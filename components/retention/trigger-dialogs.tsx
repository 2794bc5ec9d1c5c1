'use client';

import { useMutation } from '@tanstack/react-query';
import { useRouter } from 'next/navigation';
import { type FormEvent, useState } from 'react';
import { useApi } from '@/components/api/reauthenticate';
import { useLedgerPath } from '@/components/shell/frame-context';
import { Button } from '@/components/ui/button';
import { Dialog } from '@/components/ui/dialog';
import { Field, Input } from '@/components/ui/field';
import { FormActions } from '@/components/ui/form-actions';
import { Select } from '@/components/ui/select';
import { useToast } from '@/components/ui/toast';
import type { TriggerDto } from '@/lib/schema/retention';

const KINDS = [
  { value: 'resource', label: 'A resource, such as an account' },
  { value: 'subject', label: 'A person' },
  { value: 'conversation', label: 'A conversation' },
  { value: 'agent', label: 'An agent' },
];

const words = (name: string) => name.replaceAll('_', ' ');

function useSend(path: string, say: string, onClose: () => void) {
  const api = useApi();
  const at = useLedgerPath();
  const router = useRouter();
  const toast = useToast();
  return useMutation({
    mutationFn: (body: object) => api<TriggerDto>(at(path), { method: 'POST', body }),
    onSuccess: () => {
      toast(say, 'Records are decided by it from now on; figures follow when they have been counted anew.');
      onClose();
      router.refresh();
    },
  });
}

function Fault({ error }: { error: Error | null }) {
  if (error === null) return null;
  return (
    <p role="alert" className="text-sm text-broken">
      {error.message}
    </p>
  );
}

interface EnterProps {
  triggers: readonly string[];
  /** Titles of the policies that wait for it. */
  waiting: (name: string) => string;
  onClose: () => void;
}

/** The day on which a clock starts, for everything of a resource, a person, a conversation or an agent. */
export function EnterTrigger({ triggers, waiting, onClose }: EnterProps) {
  const [trigger, setTrigger] = useState(triggers[0] ?? '');
  const [kind, setKind] = useState('resource');
  const [type, setType] = useState('');
  const [value, setValue] = useState('');
  const [day, setDay] = useState('');
  const [reason, setReason] = useState('');
  const send = useSend('/api/v1/retention/triggers', `“${words(trigger)}” is entered`, onClose);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const scope = kind === 'resource' ? { kind, type: type.trim(), value: value.trim() } : { kind, value: value.trim() };
    send.mutate({ trigger, scope, day, reason: reason.trim() });
  };
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      width="wide"
      title="Enter an event"
      description="It starts or moves the clock of the policies that wait for it, for everything of what it is about, what comes in later included. It is an entry of the access ledger."
    >
      <form onSubmit={submit} className="flex flex-col gap-3">
        <div className="grid gap-3 sm:grid-cols-[minmax(0,1fr)_160px]">
          <Field label="Event" hint={`Waited for by ${waiting(trigger)}.`}>
            <Select
              value={trigger}
              onChange={setTrigger}
              options={triggers.map((name) => ({ value: name, label: words(name) }))}
              aria-label="Event"
            />
          </Field>
          <Field label="Day" hint="In UTC.">
            <Input type="date" required value={day} onValueChange={(next: string) => setDay(next)} />
          </Field>
        </div>
        <div className={`grid gap-3 ${kind === 'resource' ? 'sm:grid-cols-3' : 'sm:grid-cols-2'}`}>
          <Field label="For">
            <Select value={kind} onChange={setKind} options={KINDS} aria-label="For" />
          </Field>
          {kind === 'resource' && (
            <Field label="Resource type">
              <Input
                value={type}
                onValueChange={(next: string) => setType(next)}
                required
                maxLength={256}
                spellCheck={false}
                placeholder="account"
              />
            </Field>
          )}
          <Field label={kind === 'resource' ? 'Resource id' : 'Id'}>
            <Input value={value} onValueChange={(next: string) => setValue(next)} required maxLength={256} spellCheck={false} />
          </Field>
        </div>
        <Field label="Reason" hint="Where it is known from.">
          <Input value={reason} onValueChange={(next: string) => setReason(next)} required minLength={3} maxLength={1000} />
        </Field>
        <Fault error={send.error} />
        <FormActions action="Enter" onCancel={onClose} busy={send.isPending} />
      </form>
    </Dialog>
  );
}

/** Where it was entered wrongly: it stays on the list, and counts no more. */
export function WithdrawTrigger({ event: { id, trigger, day, scope }, onClose }: { event: TriggerDto; onClose: () => void }) {
  const [reason, setReason] = useState('');
  const send = useSend(`/api/v1/retention/triggers/${encodeURIComponent(id)}/withdraw`, `“${words(trigger)}” is withdrawn`, onClose);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    send.mutate({ reason: reason.trim() });
  };
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={`Withdraw ${words(trigger)}?`}
      description={`Of ${day}, for ${scope.kind} ${scope.value}. It stays on the list and counts no more.`}
    >
      <form onSubmit={submit} className="flex flex-col gap-3">
        <Field label="Reason">
          <Input value={reason} onValueChange={(next: string) => setReason(next)} required minLength={3} maxLength={1000} autoFocus />
        </Field>
        <Fault error={send.error} />
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Keep it</Button>
          <Button type="submit" tone="danger" busy={send.isPending}>
            Withdraw
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
