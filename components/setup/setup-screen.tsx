'use client';

import { useMutation } from '@tanstack/react-query';
import { signIn } from 'next-auth/react';
import { type FormEvent, useState } from 'react';
import { callApi } from '@/components/api/call-api';
import { OneLeaf } from '@/components/sign-in/one-leaf';
import { Button } from '@/components/ui/button';
import { Field, Input } from '@/components/ui/field';

interface Props {
  token: string;
  purpose: 'first_administrator' | 'invitation' | 'password_reset';
  /** Known for whoever was invited. */
  email: string | null;
  name: string | null;
}

const WORDS: Record<Props['purpose'], { title: string; lead: string; action: string }> = {
  first_administrator: {
    title: 'The first administrator',
    lead: 'This installation has nobody yet. Whoever completes this page manages its people and keys. The link works once.',
    action: 'Begin',
  },
  invitation: { title: 'Welcome', lead: 'Choose a password to open your account. The link works once.', action: 'Open the account' },
  password_reset: { title: 'A new password', lead: 'Your sessions end when it is set. The link works once.', action: 'Set the password' },
};

/** Behind a one-time link: makes the first administrator, or sets the password of whom it was made for. */
export function SetupScreen({ token, purpose, email: known, name: knownName }: Props) {
  const words = WORDS[purpose];
  const [email, setEmail] = useState('');
  const [name, setName] = useState(knownName ?? '');
  const [password, setPassword] = useState('');
  const [again, setAgain] = useState('');
  const differs = again !== '' && password !== again;
  const complete = useMutation({
    mutationFn: async () => {
      const body = {
        password,
        ...(known === null ? { email: email.trim() } : {}),
        ...(purpose === 'password_reset' ? {} : { name: name.trim() }),
      };
      const made = await callApi<{ email: string }>(`/api/v1/setup/${encodeURIComponent(token)}`, { method: 'POST', body });
      const answer = await signIn('credentials', { email: made.email, password, redirect: false });
      window.location.assign(answer?.ok === true && !answer.error ? '/' : '/sign-in');
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (password === again) complete.mutate();
  };
  return (
    <OneLeaf title={words.title} lead={words.lead}>
      <form onSubmit={submit} className="flex flex-col gap-4">
        {known === null ? (
          <Field label="E-mail address" hint="Names you in the access ledger, and cannot be changed later.">
            <Input
              type="email"
              autoComplete="username"
              value={email}
              onValueChange={(value: string) => setEmail(value)}
              required
              maxLength={250}
              autoFocus
            />
          </Field>
        ) : (
          <p className="text-sm">
            <span className="text-ink-3">For </span>
            <span className="font-medium">{known}</span>
            <input type="hidden" autoComplete="username" value={known} readOnly />
          </p>
        )}
        {purpose !== 'password_reset' && (
          <Field label="Your name">
            <Input autoComplete="name" value={name} onValueChange={(value: string) => setName(value)} required maxLength={120} />
          </Field>
        )}
        <Field label="Password" hint="At least 12 characters. Length counts, not symbols.">
          <Input
            type="password"
            autoComplete="new-password"
            value={password}
            onValueChange={(value: string) => setPassword(value)}
            required
            minLength={12}
          />
        </Field>
        <Field label="Password again" error={differs ? 'The two are not the same.' : null}>
          <Input type="password" autoComplete="new-password" value={again} onValueChange={(value: string) => setAgain(value)} required />
        </Field>
        {complete.error !== null && (
          <p role="alert" className="border-l-2 border-amber pl-3 text-sm text-amber">
            {complete.error.message}
          </p>
        )}
        <Button type="submit" tone="primary" busy={complete.isPending} disabled={differs} className="w-full">
          {words.action}
        </Button>
      </form>
    </OneLeaf>
  );
}
