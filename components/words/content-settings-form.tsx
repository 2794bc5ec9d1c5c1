'use client';

import { useRouter } from 'next/navigation';
import { type FormEvent, type ReactNode, useState } from 'react';
import { useApi } from '@/components/api/reauthenticate';
import { useSending } from '@/components/api/use-sending';
import { useLedgerPath } from '@/components/shell/frame-context';
import { Button } from '@/components/ui/button';
import { Checkbox } from '@/components/ui/checkbox';
import { Field, Input } from '@/components/ui/field';
import { InertText } from '@/components/ui/inert-text';
import { Select } from '@/components/ui/select';
import { Time } from '@/components/ui/time';
import { useToast } from '@/components/ui/toast';
import type { ContentSettings } from '@/lib/schema/words';
import { readPurposes, writePurposes } from './purpose-lines';

function Part({ title, why, children }: { title: string; why: ReactNode; children: ReactNode }) {
  return (
    <fieldset className="grid gap-x-12 gap-y-3 border-t border-rule pt-2 lg:grid-cols-2">
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

const DETAILS = [
  { value: 'mask', label: 'Mask them, and seal the originals' },
  { value: 'reject', label: 'Refuse the record' },
  { value: 'keep', label: 'Keep them as they came' },
];

/** How words are detected, kept and revealed. Saved together; each change is an entry of the access ledger with what it was before. */
export function ContentSettingsForm({ settings }: { settings: ContentSettings }) {
  const api = useApi();
  const at = useLedgerPath();
  const router = useRouter();
  const toast = useToast();
  const [details, setDetails] = useState<string>(settings.phi_in_details);
  const [horizon, setHorizon] = useState(String(settings.backup_horizon_days));
  const [blind, setBlind] = useState(settings.blind_index);
  const [purposes, setPurposes] = useState(writePurposes(settings.purposes));
  const { busy, error, setError, attempt } = useSending();
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const read = readPurposes(purposes);
    if (!read.ok) return setError(read.say);
    if (!/^\d{1,4}$/.test(horizon)) return setError('The days of a backup are a number from 0 to 3650.');
    await attempt(async () => {
      await api(at('/api/v1/settings/content'), {
        method: 'PATCH',
        body: {
          if_version: settings.version,
          phi_in_details: details,
          backup_horizon_days: Number(horizon),
          blind_index: blind,
          purposes: read.purposes,
        },
      });
      toast('Saved.');
      router.refresh();
    });
  };
  return (
    <form onSubmit={submit} className="flex max-w-[1040px] flex-col gap-6">
      <Part
        title="Personal identifiers in details"
        why="Details are metadata, and are shown to everybody who may read records. What looks like a telephone number, a number of a card or the like does not belong there."
      >
        <Field label="Where a sender puts them there">
          <Select aria-label="Where a sender puts them there" value={details} onChange={setDetails} options={DETAILS} />
        </Field>
      </Part>
      <Part
        title="Purposes of a reveal"
        why="Whoever opens words chooses one of these; it stands in the access log beside the name. A line each: the code, a colon, what the dialog says. An asterisk behind the code asks for a note besides."
      >
        <Field label="Purposes">
          <textarea
            aria-label="Purposes"
            rows={Math.max(6, settings.purposes.length + 1)}
            value={purposes}
            onChange={(event) => setPurposes(event.target.value)}
            className="mono w-full rounded border border-rule bg-leaf px-2.5 py-1.5 text-sm"
            spellCheck={false}
          />
        </Field>
      </Part>
      <Part
        title="Backups"
        why="When words are destroyed, their wrapped keys may still lie in backups. Until these are over, a destruction is called pending."
      >
        <Field label="Backups are kept for (days)">
          <div className="w-32">
            <Input inputMode="numeric" value={horizon} onValueChange={setHorizon} />
          </div>
        </Field>
      </Part>
      <Part
        title="Search in words"
        why="Off unless you turn it on. It keeps a keyed hash of each word beside the position of its record. Whoever holds the database and the key file together can test which records hold a word that they guess, and
          anyone with the database sees how often equal words occur. Words that are there already are taken in too, in the background; what is destroyed goes out of it, and turning it off empties it."
      >
        <Checkbox checked={blind} onChange={setBlind}>
          Keep an index of words
        </Checkbox>
      </Part>
      {error !== null && (
        <p role="alert" className="text-sm text-broken">
          {error}
        </p>
      )}
      <div className="flex flex-wrap items-center gap-4 border-t border-rule pt-3">
        <Button type="submit" tone="primary" busy={busy}>
          Save
        </Button>
        <span className="text-sm text-ink-3">
          {settings.changed_at === null ? (
            'As the product comes.'
          ) : (
            <>
              Changed <Time at={settings.changed_at} precision="minute" /> by <InertText text={settings.changed_by ?? ''} />.
            </>
          )}
        </span>
      </div>
    </form>
  );
}
