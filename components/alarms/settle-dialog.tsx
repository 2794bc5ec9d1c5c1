'use client';

import { useMutation } from '@tanstack/react-query';
import { useRouter } from 'next/navigation';
import { type FormEvent, useState } from 'react';
import { useApi } from '@/components/api/reauthenticate';
import { useLedgerPath } from '@/components/shell/frame-context';
import { Dialog } from '@/components/ui/dialog';
import { FIELD_CLASS } from '@/components/ui/field';
import { FormActions } from '@/components/ui/form-actions';
import { InertText } from '@/components/ui/inert-text';
import { useToast } from '@/components/ui/toast';
import type { AlarmDto } from '@/lib/schema/proofs';
import { ALARM_WORDS } from './alarm-words';

/** Says why an alarm is at an end. The reason is an entry of the access ledger and stays beside the alarm. */
export function SettleDialog({ alarm, onClose }: { alarm: AlarmDto; onClose: () => void }) {
  const api = useApi();
  const at = useLedgerPath();
  const router = useRouter();
  const toast = useToast();
  const [reason, setReason] = useState('');
  const settle = useMutation({
    mutationFn: () =>
      api<unknown>(at(`/api/v1/alarms/${encodeURIComponent(alarm.id)}/settle`), { method: 'POST', body: { reason: reason.trim() } }),
    onSuccess: () => {
      onClose();
      toast('The alarm is settled', 'Who settled it and why stands in the access ledger.');
      router.refresh();
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    settle.mutate();
  };
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={`Settle: ${ALARM_WORDS[alarm.kind].title.toLowerCase()}`}
      description={<InertText text={alarm.say} />}
    >
      <form onSubmit={submit} className="flex flex-col gap-3">
        <div className="flex flex-col gap-1">
          <label htmlFor="settle-reason" className="text-xs font-medium text-ink-2">
            Reason
          </label>
          <textarea
            id="settle-reason"
            value={reason}
            onChange={(event) => setReason(event.target.value)}
            required
            maxLength={1000}
            rows={4}
            className={`${FIELD_CLASS} h-auto py-1.5`}
          />
          <p className="text-xs text-ink-3">
            What you found, and on whose word. It stays beside the alarm. What the alarm was about stays in the ledger.
          </p>
        </div>
        {settle.error !== null && (
          <p role="alert" className="text-sm text-broken">
            {settle.error.message}
          </p>
        )}
        <FormActions action="Settle" onCancel={onClose} busy={settle.isPending} disabled={reason.trim() === ''} />
      </form>
    </Dialog>
  );
}
