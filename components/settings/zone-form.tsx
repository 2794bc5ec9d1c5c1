'use client';

import { useMutation } from '@tanstack/react-query';
import { useRouter } from 'next/navigation';
import { type FormEvent, useState } from 'react';
import { useApi } from '@/components/api/reauthenticate';
import { useFrame } from '@/components/shell/frame-context';
import { Button } from '@/components/ui/button';
import { Field, Input } from '@/components/ui/field';
import { formatTime } from '@/components/ui/format-time';
import { useToast } from '@/components/ui/toast';

const ZONES = ['UTC', ...Intl.supportedValuesOf('timeZone').filter((zone) => zone !== 'UTC')];

/** Browsers list one of several names of a zone (Asia/Calcutta) and take them all (Asia/Kolkata). */
function isZone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

/** The zone that is printed behind every time. Filters and the API stay in UTC. */
export function ZoneForm({ zone }: { zone: string }) {
  const api = useApi();
  const router = useRouter();
  const toast = useToast();
  const { now } = useFrame();
  const [chosen, setChosen] = useState(zone);
  const known = isZone(chosen);
  const save = useMutation({
    mutationFn: () => api<unknown>('/api/v1/account', { method: 'PATCH', body: { zone: chosen } }),
    onSuccess: () => {
      toast(`Times are shown in ${chosen}`);
      router.refresh();
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (known) save.mutate();
  };
  return (
    <form onSubmit={submit} className="flex max-w-[480px] flex-wrap items-end gap-3">
      <Field label="Time zone" className="min-w-56 flex-1" error={save.error?.message ?? null}>
        <Input value={chosen} onValueChange={(value: string) => setChosen(value)} list="zones" spellCheck={false} required />
      </Field>
      <datalist id="zones">
        {ZONES.map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
      <Button type="submit" busy={save.isPending} disabled={!known || chosen === zone}>
        Save
      </Button>
      <p className="basis-full text-xs text-ink-3">
        {known ? `Now: ${formatTime(now, chosen)}. Filters and the API stay in UTC.` : 'Choose a name of the list, such as Europe/Berlin.'}
      </p>
    </form>
  );
}
