'use client';

import { useRouter } from 'next/navigation';
import { type FormEvent, useState } from 'react';
import { useApi } from '@/components/api/reauthenticate';
import { useLedgerPath, useMay } from '@/components/shell/frame-context';
import { Button } from '@/components/ui/button';
import { Dialog } from '@/components/ui/dialog';
import { Field, Input } from '@/components/ui/field';
import { Select } from '@/components/ui/select';
import { BREAK_GLASS_MINUTES, BREAK_GLASS_REASONS, type BreakGlassReason } from '@/lib/schema/words';
import { REASONS } from './words-words';

/** For who may not open words by their role: in an emergency they may, for half an hour, and everybody is told. */
export function BreakGlass({ conversationId }: { conversationId: string }) {
  const may = useMay('break_glass.use');
  const [open, setOpen] = useState(false);
  if (!may) return <span className="text-ink-3">Your role does not open them.</span>;
  return (
    <>
      <Button size="small" tone="danger" onClick={() => setOpen(true)}>
        Break the glass
      </Button>
      {open && <BreakGlassDialog conversationId={conversationId} onClose={() => setOpen(false)} />}
    </>
  );
}

function BreakGlassDialog({ conversationId, onClose }: { conversationId: string; onClose: () => void }) {
  const api = useApi();
  const at = useLedgerPath();
  const router = useRouter();
  const [reason, setReason] = useState<BreakGlassReason | ''>('');
  const [note, setNote] = useState('');
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (reason === '') return setError('Choose a reason.');
    if (note.trim().length < 10) return setError('Say in a few words what has happened: whoever reviews this reads it.');
    setBusy(true);
    setError(null);
    try {
      await api(at('/api/v1/break-glass'), { method: 'POST', body: { conversation_id: conversationId, reason, note: note.trim() } });
      onClose();
      router.refresh();
    } catch (refusal) {
      setError(refusal instanceof Error ? refusal.message : 'That did not work.');
      setBusy(false);
    }
  };
  return (
    <Dialog
      open
      onOpenChange={(next) => {
        if (!next) onClose();
      }}
      title="Open these words in an emergency"
      description={`For ${BREAK_GLASS_MINUTES} minutes, for you, for this conversation alone. An alarm is raised at once, and a compliance officer reviews each use.`}
    >
      <form onSubmit={submit} className="flex flex-col gap-3">
        <Field label="Reason" error={error}>
          <Select
            aria-label="Reason"
            value={reason}
            onChange={(value) => setReason(value as BreakGlassReason)}
            options={[{ value: '', label: 'Choose …' }, ...BREAK_GLASS_REASONS.map((one) => ({ value: one, label: REASONS[one] }))]}
          />
        </Field>
        <Field label="What has happened">
          <Input value={note} onValueChange={setNote} maxLength={500} />
        </Field>
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" tone="danger" busy={busy}>
            Break the glass
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
