'use client';

import { type FormEvent, useState } from 'react';
import { Button } from '@/components/ui/button';
import { Checkbox } from '@/components/ui/checkbox';
import { Field, Input } from '@/components/ui/field';
import { formatCount } from '@/components/ui/format-count';
import { Select } from '@/components/ui/select';
import type { VerificationScope } from '@/lib/schema/verification';

type Kind = VerificationScope['kind'];

const KINDS: { value: Kind; label: string }[] = [
  { value: 'ledger', label: 'The whole ledger' },
  { value: 'range', label: 'A range of numbers' },
  { value: 'conversation', label: 'One conversation' },
];

/** Reads a position as people write it: "#1,042" is 1042. Null for what is none. */
export function readPosition(text: string): string | null {
  const digits = text.trim().replace(/^#/, '').replaceAll(',', '');
  return /^\d{1,19}$/.test(digits) ? BigInt(digits).toString() : null;
}

interface Props {
  head: string | null;
  busy: boolean;
  error: string | null;
  /** @param archive what is archived is fetched and verified too. */
  onStart: (scope: VerificationScope, archive: boolean) => void;
}

/** What to check: all of it, a part, or one conversation. */
export function RunForm({ head, busy, error, onStart }: Props) {
  const [kind, setKind] = useState<Kind>('ledger');
  const [from, setFrom] = useState('0');
  const [to, setTo] = useState(head ?? '');
  const [conversation, setConversation] = useState('');
  const [archive, setArchive] = useState(false);
  const [wrong, setWrong] = useState<string | null>(null);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setWrong(null);
    if (kind === 'ledger') return onStart({ kind }, archive);
    if (kind === 'conversation') return onStart({ kind, conversation_id: conversation.trim() }, false);
    const first = readPosition(from);
    const last = readPosition(to);
    if (first === null || last === null || BigInt(first) > BigInt(last)) return setWrong('Give two numbers, the smaller one first.');
    onStart({ kind, from: first, to: last }, archive);
  };
  return (
    <form onSubmit={submit} className="flex flex-wrap items-end gap-3">
      <Field label="Check" className="w-52">
        <Select value={kind} onChange={(value) => setKind(value as Kind)} options={KINDS} aria-label="What to check" />
      </Field>
      {kind === 'range' && (
        <>
          <Field label="From number" className="w-32">
            <Input value={from} onValueChange={(value: string) => setFrom(value)} inputMode="numeric" />
          </Field>
          <Field label="To number" className="w-32">
            <Input value={to} onValueChange={(value: string) => setTo(value)} inputMode="numeric" />
          </Field>
        </>
      )}
      {kind === 'conversation' && (
        <Field label="Conversation id" className="w-80 max-w-full">
          <Input
            value={conversation}
            onValueChange={(value: string) => setConversation(value)}
            required
            spellCheck={false}
            maxLength={128}
          />
        </Field>
      )}
      <Button type="submit" tone="primary" busy={busy}>
        Verify
      </Button>
      {kind !== 'conversation' && (
        <div className="text-sm sm:pb-1.5">
          <Checkbox checked={archive} onChange={setArchive}>
            Fetch what is archived, and verify it too
          </Checkbox>
        </div>
      )}
      {kind === 'ledger' && head !== null && (
        <p className="basis-full text-xs text-ink-3 sm:basis-auto sm:pb-2">
          {formatCount((BigInt(head) + 1n).toString())} records, from #0 on
        </p>
      )}
      {(wrong ?? error) !== null && (
        <p role="alert" className="basis-full text-sm text-broken">
          {wrong ?? error}
        </p>
      )}
    </form>
  );
}
