'use client';

import { useRouter } from 'next/navigation';
import { type FormEvent, useState } from 'react';
import { useMay } from '@/components/shell/frame-context';
import { Button } from '@/components/ui/button';
import { Dialog } from '@/components/ui/dialog';
import { Field, Input } from '@/components/ui/field';
import { FormActions } from '@/components/ui/form-actions';
import { countOf } from '@/components/ui/format-count';
import { Status } from '@/components/ui/status';
import { sayGoverning } from '@/lib/policy/destruction-say';
import type { DestructionDto } from '@/lib/schema/destruction';
import { isStopped } from './destruction-words';
import { useDecideDestruction } from './use-destruction';

type Step = 'approve' | 'decline' | 'withdraw';

/** What can be decided of one, by who may: another than the one who asked approves or declines; the one who asked withdraws. */
export function Decision({ destruction }: { destruction: DestructionDto }) {
  const [open, setOpen] = useState<Step | null>(null);
  const mayApprove = useMay('destruction.approve');
  const mayRequest = useMay('destruction.request');
  const { state, own } = destruction;
  if (isStopped(destruction)) return mayApprove ? <Resume destruction={destruction} /> : null;
  if (state !== 'requested') return null;
  return (
    <>
      {own && mayRequest && (
        <>
          <p className="text-sm text-ink-2">You asked for this: another compliance officer has to approve it.</p>
          <Button size="small" className="self-start" onClick={() => setOpen('withdraw')}>
            Withdraw it
          </Button>
        </>
      )}
      {!own && mayApprove && (
        <div className="flex flex-wrap gap-2">
          <Button tone="danger" size="small" onClick={() => setOpen('approve')}>
            Approve and destroy
          </Button>
          <Button size="small" onClick={() => setOpen('decline')}>
            Decline
          </Button>
        </div>
      )}
      {open === 'approve' && <ApproveDialog destruction={destruction} onClose={() => setOpen(null)} />}
      {(open === 'decline' || open === 'withdraw') && <CloseDialog destruction={destruction} step={open} onClose={() => setOpen(null)} />}
    </>
  );
}

interface Props {
  destruction: DestructionDto;
  onClose: () => void;
}

function ApproveDialog({ destruction: { id, number, records, requested, found }, onClose }: Props) {
  const router = useRouter();
  const governing = sayGoverning(found);
  const [typed, setTyped] = useState('');
  const decide = useDecideDestruction(id, () => {
    onClose();
    router.refresh();
  });
  return (
    <Dialog
      open
      onOpenChange={(next) => {
        if (!next) onClose();
      }}
      title={`Approve destruction #${number}`}
      description={`${requested.by} asked to destroy ${countOf(records, 'record', 'records')}. Each is decided once more when its turn comes; what is held or not due by then stays. What is destroyed cannot be had back.`}
    >
      <form
        className="flex flex-col gap-4"
        onSubmit={(event: FormEvent) => {
          event.preventDefault();
          decide.mutate({ step: 'approve', body: { confirm: Number(typed) } });
        }}
      >
        {governing !== null && <Status tone="attention">{governing}</Status>}
        <Field label={`Type ${number}, the number of this request`} error={decide.error?.message ?? null}>
          <Input required inputMode="numeric" value={typed} onValueChange={setTyped} autoComplete="off" maxLength={9} />
        </Field>
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" tone="danger" busy={decide.isPending} disabled={typed.trim() !== String(number)}>
            Approve and destroy
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

function CloseDialog({ destruction: { id, number }, step, onClose }: Props & { step: 'decline' | 'withdraw' }) {
  const router = useRouter();
  const [reason, setReason] = useState('');
  const decide = useDecideDestruction(id, () => {
    onClose();
    router.refresh();
  });
  const words = step === 'decline' ? 'Decline' : 'Withdraw';
  return (
    <Dialog
      open
      onOpenChange={(next) => {
        if (!next) onClose();
      }}
      title={`${words} destruction #${number}`}
      description="Nothing is destroyed by it. The request and the reason stay in the list and in the access log."
    >
      <form
        className="flex flex-col gap-4"
        onSubmit={(event: FormEvent) => {
          event.preventDefault();
          decide.mutate({ step, body: { reason: reason.trim() } });
        }}
      >
        <Field label="Reason" error={decide.error?.message ?? null}>
          <Input required minLength={3} value={reason} onValueChange={setReason} maxLength={1_000} />
        </Field>
        <FormActions action={words} onCancel={onClose} busy={decide.isPending} />
      </form>
    </Dialog>
  );
}

function Resume({ destruction: { id } }: { destruction: DestructionDto }) {
  const router = useRouter();
  const decide = useDecideDestruction(id, () => router.refresh());
  return (
    <div className="flex flex-col items-start gap-1">
      <Button size="small" tone="danger" busy={decide.isPending} onClick={() => decide.mutate({ step: 'resume' })}>
        Take it up again
      </Button>
      {decide.error !== null && (
        <p role="alert" className="text-xs text-broken">
          {decide.error.message}
        </p>
      )}
    </div>
  );
}
