'use client';

import { createContext, type FormEvent, type ReactNode, useCallback, useContext, useRef, useState } from 'react';
import { Button } from '@/components/ui/button';
import { Dialog } from '@/components/ui/dialog';
import { Field, Input } from '@/components/ui/field';
import { ApiProblem, type Call, callApi } from './call-api';

type Caller = <T>(path: string, call?: Call) => Promise<T>;
const CallerContext = createContext<Caller>(callApi);

/** Calls the API; where the password is asked for again, shows the question and repeats the call once it is answered. */
export function useApi(): Caller {
  return useContext(CallerContext);
}

export function ReauthenticateProvider({ children }: { children: ReactNode }) {
  const [open, setOpen] = useState(false);
  const [password, setPassword] = useState('');
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const waiting = useRef<((confirmed: boolean) => void)[]>([]);

  const settle = useCallback((confirmed: boolean) => {
    setOpen(false);
    setPassword('');
    setError(null);
    for (const answer of waiting.current.splice(0)) answer(confirmed);
  }, []);

  const call = useCallback<Caller>(async <T,>(path: string, request?: Call): Promise<T> => {
    try {
      return await callApi<T>(path, request);
    } catch (refusal) {
      if (!(refusal instanceof ApiProblem) || refusal.code !== 'reauthentication_required') throw refusal;
      const confirmed = await new Promise<boolean>((answer) => {
        waiting.current.push(answer);
        setOpen(true);
      });
      if (!confirmed) throw refusal;
      return callApi<T>(path, request);
    }
  }, []);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    event.stopPropagation();
    setBusy(true);
    try {
      await callApi('/api/v1/account/confirm', { method: 'POST', body: { password } });
      settle(true);
    } catch (refusal) {
      setError(refusal instanceof Error ? refusal.message : 'That did not work.');
    } finally {
      setBusy(false);
    }
  };

  return (
    <CallerContext value={call}>
      {children}
      <Dialog
        above
        open={open}
        onOpenChange={(next) => {
          if (!next) settle(false);
        }}
        title="Enter your password again"
        description="This changes who may read or write. It is asked for when your last sign-in is some minutes old."
      >
        <form onSubmit={submit} className="flex flex-col gap-3">
          <Field label="Password" error={error}>
            <Input type="password" autoComplete="current-password" required value={password} onValueChange={setPassword} autoFocus />
          </Field>
          <div className="flex justify-end gap-2">
            <Button onClick={() => settle(false)}>Cancel</Button>
            <Button type="submit" tone="primary" busy={busy}>
              Continue
            </Button>
          </div>
        </form>
      </Dialog>
    </CallerContext>
  );
}
