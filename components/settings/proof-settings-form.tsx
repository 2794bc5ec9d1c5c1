'use client';

import { useMutation } from '@tanstack/react-query';
import { useRouter } from 'next/navigation';
import { type FormEvent, type ReactNode, useState } from 'react';
import { useApi } from '@/components/api/reauthenticate';
import { useLedgerPath } from '@/components/shell/frame-context';
import { Button } from '@/components/ui/button';
import { Checkbox } from '@/components/ui/checkbox';
import { CopyButton } from '@/components/ui/copy-button';
import { Field, Input } from '@/components/ui/field';
import { countOf } from '@/components/ui/format-count';
import { Select } from '@/components/ui/select';
import { useToast } from '@/components/ui/toast';
import type { ProofSettingsDto } from '@/lib/schema/proofs';
import { readAddresses } from './read-addresses';
import { SecretDialog } from './secret-dialog';

interface Changed {
  settings: ProofSettingsDto;
  /** Of a new webhook: told now and never again. */
  alarm_webhook_secret: string | null;
}

/** What the form says otherwise than the settings: nothing else is sent, so that two people do not undo each other's changes. */
export function changedMembers(before: ProofSettingsDto, after: ProofSettingsDto): Partial<ProofSettingsDto> {
  const changed = Object.entries(after).filter(
    ([name, value]) => JSON.stringify(before[name as keyof ProofSettingsDto]) !== JSON.stringify(value),
  );
  return Object.fromEntries(changed);
}

const EVERY = [1, 5, 15, 30, 60, 240, 720, 1440];

function minuteOptions(present: number) {
  const all = EVERY.includes(present) ? EVERY : [...EVERY, present].sort((a, b) => a - b);
  return all.map((minutes) => ({
    value: String(minutes),
    label:
      minutes % 60 === 0
        ? `Every ${minutes === 60 ? 'hour' : countOf(minutes / 60, 'hour', 'hours')}`
        : `Every ${minutes === 1 ? 'minute' : countOf(minutes, 'minute', 'minutes')}`,
  }));
}

function Part({ title, why, children }: { title: string; why: ReactNode; children: ReactNode }) {
  return (
    <fieldset className="grid gap-x-12 gap-y-3 border-t border-rule pt-2 lg:grid-cols-[minmax(0,1fr)_minmax(0,1fr)]">
      <legend className="sr-only">{title}</legend>
      <div>
        <p aria-hidden className="section-title mb-1">
          {title}
        </p>
        <div className="max-w-[52ch] text-sm text-ink-2">{why}</div>
      </div>
      <div className="flex flex-col gap-3 lg:pt-1">{children}</div>
    </fieldset>
  );
}

interface Props {
  settings: ProofSettingsDto;
  tlogUrl: string;
  /** How many witnesses are configured. */
  witnesses: number;
}

/** Quorum, public address, schedule and who is told: saved together, entered in the access ledger with what it was before. */
export function ProofSettingsForm({ settings, tlogUrl, witnesses }: Props) {
  const api = useApi();
  const at = useLedgerPath();
  const router = useRouter();
  const toast = useToast();
  const [isPublic, setPublic] = useState(settings.tlog_public);
  const [quorum, setQuorum] = useState(String(settings.witness_quorum));
  const [every, setEvery] = useState(String(settings.verify_every_minutes));
  const [whole, setWhole] = useState(settings.verify_whole_at);
  const [old, setOld] = useState(String(settings.anchor_alarm_minutes));
  const [webhook, setWebhook] = useState(settings.alarm_webhook ?? '');
  const [emails, setEmails] = useState(settings.alarm_emails.join('\n'));
  const [secret, setSecret] = useState<string | null>(null);
  const wish: ProofSettingsDto = {
    tlog_public: isPublic,
    witness_quorum: Number(quorum),
    verify_every_minutes: Number(every),
    verify_whole_at: whole,
    anchor_alarm_minutes: Number(old),
    alarm_webhook: webhook.trim() === '' ? null : webhook.trim(),
    alarm_emails: readAddresses(emails),
  };
  const changed = changedMembers(settings, wish);
  const save = useMutation({
    mutationFn: () => api<Changed>(at('/api/v1/settings/proofs'), { method: 'PATCH', body: changed }),
    onSuccess: (answer) => {
      setSecret(answer.alarm_webhook_secret);
      toast('Saved', 'What it was before stands in the access ledger.');
      router.refresh();
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate();
  };
  return (
    <form onSubmit={submit} className="flex flex-col gap-7">
      <Part title="Witnesses" why="A checkpoint counts as witnessed when so many witnesses have cosigned it.">
        <Field
          label="Quorum"
          className="w-32"
          error={Number(quorum) > Math.max(1, witnesses) ? `Only ${countOf(witnesses, 'witness is', 'witnesses are')} configured.` : null}
        >
          <Input type="number" min={1} max={32} value={quorum} onValueChange={(value: string) => setQuorum(value)} required />
        </Field>
      </Part>
      <Part
        title="Public log"
        why={
          <>
            Others’ tools read checkpoint and tiles at <code className="mono wrap-anywhere">{tlogUrl}</code>{' '}
            <CopyButton text={tlogUrl} label="Copy the address of the log" />. They are hashes alone; how many records there are and when
            they come can be seen from them.
          </>
        }
      >
        <Checkbox checked={isPublic} onChange={setPublic} hint="Otherwise it asks for a read key or a session.">
          Anyone may read it
        </Checkbox>
      </Part>
      <Part title="Verification" why="Runs that nobody has to think of. One that finds a break, fails or is not made raises an alarm.">
        <div className="flex flex-wrap gap-3">
          <Field label="What is new" className="w-48">
            <Select
              value={every}
              onChange={setEvery}
              options={minuteOptions(settings.verify_every_minutes)}
              aria-label="How often what is new is verified"
            />
          </Field>
          <Field label="The whole, daily at (UTC)" className="w-48">
            <Input
              value={whole}
              onValueChange={(value: string) => setWhole(value)}
              pattern="([01][0-9]|2[0-3]):[0-5][0-9]"
              title="Hours and minutes, as 02:00"
              inputMode="numeric"
              maxLength={5}
              required
            />
          </Field>
        </div>
      </Part>
      <Part title="Who is told" why="Of every alarm, by webhook, by mail, or both. The screens say it in any case.">
        <Field label="Alarm when nothing was anchored for (minutes)" className="w-72">
          <Input type="number" min={1} max={10080} value={old} onValueChange={(value: string) => setOld(value)} required />
        </Field>
        <Field label="Webhook" hint="Signed as Standard Webhooks ask. Leave empty for none.">
          <Input
            type="url"
            value={webhook}
            onValueChange={(value: string) => setWebhook(value)}
            placeholder="https://alarms.example.org/holdfast"
            spellCheck={false}
            maxLength={2000}
          />
        </Field>
        <Field label="E-mail addresses" hint="Separate several by commas.">
          <Input
            value={emails.replaceAll('\n', ', ')}
            onValueChange={(value: string) => setEmails(value)}
            spellCheck={false}
            autoCapitalize="none"
          />
        </Field>
      </Part>
      <div className="flex items-center gap-4 border-t border-rule pt-4">
        <Button type="submit" tone="primary" busy={save.isPending} disabled={Object.keys(changed).length === 0}>
          Save
        </Button>
        {save.error !== null && (
          <p role="alert" className="text-sm text-broken">
            {save.error.message}
          </p>
        )}
      </div>
      {secret !== null && (
        <SecretDialog
          title="Secret of the alarm webhook"
          description="Whoever receives the posts checks their signature with it (Standard Webhooks)."
          kept="It is kept to sign with."
          secret={secret}
          onClose={() => setSecret(null)}
        />
      )}
    </form>
  );
}
