'use client';

import { useQuery } from '@tanstack/react-query';
import { signIn } from 'next-auth/react';
import { type FormEvent, useState } from 'react';
import { callApi } from '@/components/api/call-api';
import { Button } from '@/components/ui/button';
import { Field, Input } from '@/components/ui/field';
import { OneLeaf } from './one-leaf';
import { safeTarget, signInWords } from './sign-in-words';

type Providers = Record<string, { id: string; name: string }>;

interface Props {
  /** Where the person wanted to go. */
  target: string | null;
  /** Code of a failure that a redirect brought back. */
  error: string | null;
}

export function SignInScreen({ target, error: brought }: Props) {
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(brought === null ? null : signInWords(brought));
  const providers = useQuery({ queryKey: ['providers'], queryFn: () => callApi<Providers>('/api/auth/providers'), refetchOnMount: true });
  const elsewhere = Object.values(providers.data ?? {}).filter((provider) => provider.id !== 'credentials');
  const to = safeTarget(target);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      const answer = await signIn('credentials', { email, password, redirect: false });
      if (answer === undefined || answer.error) {
        setError(signInWords(answer?.error ?? 'internal'));
        setPassword('');
        setBusy(false);
        return;
      }
      // A whole load: nothing of the former reader stays in memory.
      window.location.assign(to);
    } catch {
      setError(signInWords('internal'));
      setBusy(false);
    }
  };

  return (
    <OneLeaf
      title="Sign in"
      lead={target === null ? 'Every sign-in, failed ones too, is recorded.' : 'You come back to the page that you asked for.'}
    >
      <form onSubmit={submit} className="flex flex-col gap-4">
        <Field label="E-mail address">
          <Input
            type="email"
            name="email"
            autoComplete="username"
            value={email}
            onValueChange={(value: string) => setEmail(value)}
            required
            autoFocus
          />
        </Field>
        <Field label="Password">
          <Input
            type="password"
            name="password"
            autoComplete="current-password"
            value={password}
            onValueChange={(value: string) => setPassword(value)}
            required
          />
        </Field>
        {error !== null && (
          <p role="alert" className="border-l-2 border-amber pl-3 text-sm text-amber">
            {error}
          </p>
        )}
        <Button type="submit" tone="primary" busy={busy} className="w-full">
          {busy ? 'Signing in…' : 'Sign in'}
        </Button>
      </form>
      {elsewhere.map((provider) => (
        <div key={provider.id} className="mt-4 border-t border-hairline pt-4">
          <Button className="w-full" onClick={() => void signIn(provider.id, { callbackUrl: to })}>
            Sign in with {provider.name}
          </Button>
        </div>
      ))}
    </OneLeaf>
  );
}
