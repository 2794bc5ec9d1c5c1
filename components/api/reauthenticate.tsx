'use client';

import { createContext, type ReactNode, useCallback, useContext, useRef, useState } from 'react';
import { Dialog } from '@/components/ui/dialog';
import { ApiProblem, type Call, callApi } from './call-api';
import { ProveIdentity } from './prove-identity';

type Caller = <T>(path: string, call?: Call) => Promise<T>;
const CallerContext = createContext<Caller>(callApi);

/** Calls the API; where the person is asked again who they are, shows the question and repeats the call once it is answered. */
export function useApi(): Caller {
  return useContext(CallerContext);
}

export function ReauthenticateProvider({ children }: { children: ReactNode }) {
  const [open, setOpen] = useState(false);
  const waiting = useRef<((confirmed: boolean) => void)[]>([]);

  const settle = useCallback((confirmed: boolean) => {
    setOpen(false);
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

  return (
    <CallerContext value={call}>
      {children}
      <Dialog
        above
        open={open}
        onOpenChange={(next) => {
          if (!next) settle(false);
        }}
        title="Confirm that it is you"
        description="It is asked for before rights, keys or settings change and before evidence leaves, when your last sign-in is some minutes old."
      >
        <ProveIdentity onProven={() => settle(true)} onCancel={() => settle(false)} />
      </Dialog>
    </CallerContext>
  );
}
