'use client';

import { useRouter } from 'next/navigation';
import { type FormEvent, useState } from 'react';
import { ApiProblem } from '@/components/api/call-api';
import { useApi } from '@/components/api/reauthenticate';
import { useLedgerPath } from '@/components/shell/frame-context';
import { Button } from '@/components/ui/button';
import { Field, Input } from '@/components/ui/field';
import { Select } from '@/components/ui/select';
import { useToast } from '@/components/ui/toast';
import { IDENTIFIER } from '@/lib/schema/vocabulary';
import { BREAK_GLASS_MINUTES, BREAK_GLASS_REASONS, type BreakGlassReason } from '@/lib/schema/words';
import { REASONS } from './words-words';

type Place = 'conversation' | 'reason' | 'note';
const PLACES: Record<string, Place> = { '/conversation_id': 'conversation', '/reason': 'reason', '/note': 'note' };

/** Opens the words of a conversation that is named, not looked for: who has an emergency has been told which. */
export function BreakGlassForm() {
  const api = useApi();
  const at = useLedgerPath();
  const router = useRouter();
  const toast = useToast();
  const [conversation, setConversation] = useState('');
  const [reason, setReason] = useState<BreakGlassReason | ''>('');
  const [note, setNote] = useState('');
  const [fault, setFault] = useState<{ place: Place; say: string } | null>(null);
  const [busy, setBusy] = useState(false);
  const faultAt = (place: Place) => (fault?.place === place ? fault.say : null);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (conversation.trim() === '') return setFault({ place: 'conversation', say: 'Name the conversation, as it was told to you.' });
    if (!IDENTIFIER.test(conversation.trim()))
      return setFault({ place: 'conversation', say: 'That is no id: it has a character that ids do not have.' });
    if (reason === '') return setFault({ place: 'reason', say: 'Choose a reason.' });
    if (note.trim().length < 10)
      return setFault({ place: 'note', say: 'Say in a few words what has happened: whoever reviews this reads it.' });
    setBusy(true);
    setFault(null);
    try {
      const body = { conversation_id: conversation.trim(), reason, note: note.trim() };
      await api(at('/api/v1/break-glass'), { method: 'POST', body });
      setConversation('');
      setReason('');
      setNote('');
      toast(`Open to you for ${BREAK_GLASS_MINUTES} minutes.`);
      router.refresh();
    } catch (refusal) {
      const pointer = refusal instanceof ApiProblem ? refusal.pointer : null;
      const say = refusal instanceof Error ? refusal.message : 'That did not work.';
      setFault({ place: PLACES[pointer ?? ''] ?? 'conversation', say });
    } finally {
      setBusy(false);
    }
  };
  return (
    <form onSubmit={submit} className="flex flex-col gap-3" aria-label="Break the glass" noValidate>
      <Field label="Conversation" hint="Its id, exactly. Conversations are not listed here." error={faultAt('conversation')}>
        <Input
          value={conversation}
          onValueChange={setConversation}
          maxLength={256}
          autoComplete="off"
          spellCheck={false}
          className="mono"
        />
      </Field>
      <Field label="Reason" error={faultAt('reason')}>
        <Select
          aria-label="Reason"
          value={reason}
          onChange={(value) => setReason(value as BreakGlassReason)}
          options={[{ value: '', label: 'Choose …' }, ...BREAK_GLASS_REASONS.map((one) => ({ value: one, label: REASONS[one] }))]}
        />
      </Field>
      <Field label="What has happened" hint="Stands in the access log for as long as that does." error={faultAt('note')}>
        <Input value={note} onValueChange={setNote} maxLength={500} />
      </Field>
      <div>
        <Button type="submit" tone="danger" busy={busy}>
          Break the glass
        </Button>
      </div>
    </form>
  );
}
