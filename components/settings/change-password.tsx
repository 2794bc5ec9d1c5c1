'use client';

import { useMutation } from '@tanstack/react-query';
import { useRouter } from 'next/navigation';
import { type FormEvent, useState } from 'react';
import { useApi } from '@/components/api/reauthenticate';
import { Button } from '@/components/ui/button';
import { Field, Input } from '@/components/ui/field';
import { useToast } from '@/components/ui/toast';

export function ChangePassword() {
  const api = useApi();
  const router = useRouter();
  const toast = useToast();
  const [current, setCurrent] = useState('');
  const [next, setNext] = useState('');
  const [again, setAgain] = useState('');
  const differs = again !== '' && again !== next;
  const change = useMutation({
    mutationFn: () => api<unknown>('/api/v1/account/password', { method: 'POST', body: { current, next } }),
    onSuccess: () => {
      setCurrent('');
      setNext('');
      setAgain('');
      toast('Your password is changed', 'Your other sessions have ended.');
      router.refresh();
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (next === again) change.mutate();
  };
  return (
    <form onSubmit={submit} className="flex max-w-[360px] flex-col gap-3">
      <Field label="Present password">
        <Input
          type="password"
          autoComplete="current-password"
          value={current}
          onValueChange={(value: string) => setCurrent(value)}
          required
        />
      </Field>
      <Field label="New password" hint="At least 12 characters. Length counts, not symbols.">
        <Input
          type="password"
          autoComplete="new-password"
          value={next}
          onValueChange={(value: string) => setNext(value)}
          required
          minLength={12}
        />
      </Field>
      <Field label="New password again" error={differs ? 'The two are not the same.' : null}>
        <Input type="password" autoComplete="new-password" value={again} onValueChange={(value: string) => setAgain(value)} required />
      </Field>
      {change.error !== null && (
        <p role="alert" className="text-sm text-broken">
          {change.error.message}
        </p>
      )}
      <div>
        <Button type="submit" busy={change.isPending} disabled={differs}>
          Change the password
        </Button>
      </div>
    </form>
  );
}
