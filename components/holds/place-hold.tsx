'use client';

import { useRouter } from 'next/navigation';
import { type FormEvent, useState } from 'react';
import { useApi } from '@/components/api/reauthenticate';
import { useSending } from '@/components/api/use-sending';
import { useLedgerPath } from '@/components/shell/frame-context';
import { Button } from '@/components/ui/button';
import { Dialog } from '@/components/ui/dialog';
import { Field, Input } from '@/components/ui/field';
import { FormActions } from '@/components/ui/form-actions';
import type { HoldDto, HoldScope } from '@/lib/schema/holds';
import { HeldPreview } from './held-preview';
import { HeldScope } from './held-scope';
import { NO_SCOPE, readScope } from './hold-words';
import { ScopeFields } from './scope-fields';

interface Props {
  /** On what; the form asks where that is left out. */
  scope?: HoldScope;
  /** What it begins with. */
  matter?: string;
  /** What follows once it stands; the page is asked for anew where that is left out. */
  onDone?: (hold: HoldDto) => void;
  /** The one action of the page, and not one beside others. */
  primary?: boolean;
}

export function PlaceHold({ primary = false, ...props }: Props) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button {...(primary ? { tone: 'primary' } : { size: 'small' })} onClick={() => setOpen(true)}>
        Place a hold
      </Button>
      {open && <PlaceDialog {...props} onClose={() => setOpen(false)} />}
    </>
  );
}

/** Shows what would be held before anything is: a hold can be released by two people alone. */
function PlaceDialog({ scope: given, matter: begun = '', onDone, onClose }: Omit<Props, 'primary'> & { onClose: () => void }) {
  const api = useApi();
  const at = useLedgerPath();
  const router = useRouter();
  const [draft, setDraft] = useState(NO_SCOPE);
  const [matter, setMatter] = useState(begun);
  const [custodian, setCustodian] = useState('');
  const [reason, setReason] = useState('');
  const { busy, error, attempt } = useSending();
  const read = given === undefined ? readScope(draft) : { scope: given };
  const scope = 'scope' in read ? read.scope : null;
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (scope === null) return;
    await attempt(async () => {
      const who = custodian.trim();
      const body = { matter: matter.trim(), reason: reason.trim(), scope, ...(who !== '' && { custodian: who }) };
      const hold = await api<HoldDto>(at('/api/v1/holds'), { method: 'POST', body });
      onClose();
      if (onDone === undefined) router.refresh();
      else onDone(hold);
    });
  };
  return (
    <Dialog
      open
      onOpenChange={(next) => {
        if (!next) onClose();
      }}
      title="Place a legal hold"
      description={
        <>
          {given !== undefined && (
            <>
              On <HeldScope scope={given.kind === 'time' ? { ...given, value: '' } : given} />.{' '}
            </>
          )}
          Until two people release it, nothing of it is destroyed or leaves hot storage, whoever asks. It opens nothing to anybody.
        </>
      }
      width="wide"
    >
      <form onSubmit={submit} className="flex flex-col gap-4">
        {given === undefined && <ScopeFields draft={draft} faults={'faults' in read ? read.faults : {}} onChange={setDraft} />}
        <HeldPreview scope={scope} />
        <div className="grid gap-x-4 gap-y-3 sm:grid-cols-2">
          <Field label="Matter" hint="The case by its name or number.">
            <Input required value={matter} onValueChange={setMatter} maxLength={120} />
          </Field>
          <Field label="Custodian" hint="Who sees to it that it is kept. May be left out.">
            <Input value={custodian} onValueChange={setCustodian} maxLength={120} />
          </Field>
          <Field label="Reason" error={error} className="sm:col-span-2">
            <Input required minLength={3} value={reason} onValueChange={setReason} maxLength={1_000} />
          </Field>
        </div>
        <FormActions action="Place the hold" onCancel={onClose} busy={busy} disabled={scope === null} />
      </form>
    </Dialog>
  );
}
