'use client';

import { usePathname, useRouter } from 'next/navigation';
import { type FormEvent, useState } from 'react';
import { Button } from '@/components/ui/button';
import { Field, Input } from '@/components/ui/field';
import { Time } from '@/components/ui/time';

/** Looks back: everything on the page as it stood at a moment, by the server's clock. The moment is in the address. */
export function AsOfForm({ at }: { at: string | null }) {
  const router = useRouter();
  const path = usePathname();
  const [value, setValue] = useState(at === null ? '' : at.slice(0, 16));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    router.push(value === '' ? path : `${path}?at=${encodeURIComponent(`${value}Z`)}`);
  };
  return (
    <form onSubmit={submit} className="flex flex-wrap items-end gap-2">
      <Field label="As of (UTC)" className="w-52">
        <Input type="datetime-local" value={value} onValueChange={setValue} />
      </Field>
      <Button type="submit">Look back</Button>
      {at !== null && (
        <Button tone="quiet" onClick={() => router.push(path)}>
          Now
        </Button>
      )}
      {at !== null && (
        <p className="basis-full text-sm text-amber">
          As it stood at <Time at={at} precision="minute" />.
        </p>
      )}
    </form>
  );
}
