'use client';

import { useQuery } from '@tanstack/react-query';
import { signIn } from 'next-auth/react';
import { type FormEvent, type ReactNode, useState } from 'react';
import { Button } from '@/components/ui/button';
import { Field, Input } from '@/components/ui/field';
import { FormActions } from '@/components/ui/form-actions';
import type { ConfirmationWays } from '@/lib/schema/screens';
import { callApi } from './call-api';

const WAYS = '/api/v1/account/confirm';

interface Props {
  onProven: () => void;
  onCancel: () => void;
}

/** Asks again who is there: by the password, or at the identity provider, whichever the account has. */
export function ProveIdentity({ onProven, onCancel }: Props) {
  const ways = useQuery({ queryKey: [WAYS], queryFn: () => callApi<ConfirmationWays>(WAYS), refetchOnMount: 'always' });
  const cancel = <Button onClick={onCancel}>Cancel</Button>;
  if (ways.data === undefined)
    return (
      <div className="flex items-center justify-between gap-2">
        <p role="status" className="text-sm text-ink-2">
          {ways.error?.message ?? 'One moment …'}
        </p>
        {cancel}
      </div>
    );
  const { password, provider } = ways.data;
  return (
    <div className="flex flex-col gap-4">
      {password && <PasswordForm onProven={onProven} onCancel={onCancel} />}
      {provider !== null && <ProviderLink name={provider}>{!password && cancel}</ProviderLink>}
      {!password && provider === null && (
        <>
          <p className="text-sm">Your account has neither a password nor an identity provider. An administrator can send you a link.</p>
          <div className="flex justify-end">{cancel}</div>
        </>
      )}
    </div>
  );
}

function PasswordForm({ onProven, onCancel }: Props) {
  const [password, setPassword] = useState('');
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    event.stopPropagation();
    setBusy(true);
    try {
      await callApi(WAYS, { method: 'POST', body: { password } });
      onProven();
    } catch (refusal) {
      setError(refusal instanceof Error ? refusal.message : 'That did not work.');
    } finally {
      setBusy(false);
    }
  };
  return (
    <form onSubmit={submit} className="flex flex-col gap-3">
      <Field label="Password" error={error}>
        <Input type="password" autoComplete="current-password" required value={password} onValueChange={setPassword} autoFocus />
      </Field>
      <FormActions action="Continue" onCancel={onCancel} busy={busy} />
    </form>
  );
}

/** Leaves the page. What was being entered is lost, so that the person is told before; the provider is asked not to take its own word of earlier. */
function ProviderLink({ name, children }: { name: string; children: ReactNode }) {
  const [busy, setBusy] = useState(false);
  const leave = () => {
    setBusy(true);
    const { pathname, search } = window.location;
    signIn('oidc', { callbackUrl: pathname + search }, { prompt: 'login', max_age: '0' }).catch(() => setBusy(false));
  };
  return (
    <div className="flex flex-col gap-3">
      <p className="text-sm text-ink-2">
        You are asked to sign in there once more, and come back to this page. Then start again here: what you entered is not kept.
      </p>
      <div className="flex justify-end gap-2">
        {children}
        <Button tone="primary" busy={busy} onClick={leave}>
          Sign in again at {name}
        </Button>
      </div>
    </div>
  );
}
