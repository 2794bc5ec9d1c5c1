'use client';

import { useMutation, useQuery } from '@tanstack/react-query';
import { useRouter } from 'next/navigation';
import { ApiProblem } from '@/components/api/call-api';
import { useApi } from '@/components/api/reauthenticate';
import { useLedgerPath } from '@/components/shell/frame-context';
import { useToast } from '@/components/ui/toast';
import type { PoliciesDto, PoliciesPreview, PolicyChange, Settlement } from '@/lib/schema/retention';

export interface Wish {
  set?: PolicyChange[];
  settle?: Settlement[];
  reopen?: { floor: string; ceiling: string }[];
}

/** What a change would do, asked for once; null while what is wished is not complete yet. */
export function usePreview(wish: Wish | null, version: number) {
  const api = useApi();
  const at = useLedgerPath();
  return useQuery({
    queryKey: ['retention-preview', version, wish],
    queryFn: ({ signal }) => api<PoliciesPreview>(at('/api/v1/retention/policies/preview'), { method: 'POST', body: wish, signal }),
    enabled: wish !== null,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    retry: false,
    refetchOnWindowFocus: false,
  });
}

/** @param version the one that was looked at: where somebody else was there before, nothing is kept */
export function useSavePolicies(version: number, onSaved: () => void) {
  const api = useApi();
  const at = useLedgerPath();
  const router = useRouter();
  const toast = useToast();
  const save = useMutation({
    mutationFn: ({ wish, reason }: { wish: Wish; reason: string; say: string }) =>
      api<PoliciesDto>(at('/api/v1/retention/policies'), { method: 'POST', body: { ...wish, reason, if_version: version } }),
    onSuccess: (answer, { say }) => {
      toast(say, `Version ${answer.version} decides from now on. No record was rewritten.`);
      onSaved();
      router.refresh();
    },
  });
  const overtaken = save.error instanceof ApiProblem && save.error.pointer === '/if_version';
  return {
    save,
    /** Somebody else changed the policies meanwhile. */
    overtaken,
    lookAgain: () => {
      onSaved();
      router.refresh();
    },
  };
}
