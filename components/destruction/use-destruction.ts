'use client';

import { useMutation, useQuery } from '@tanstack/react-query';
import { useApi } from '@/components/api/reauthenticate';
import { useLedgerPath } from '@/components/shell/frame-context';
import type { DestructionDto, DestructionPreview, DestructionScope, DestructionWish } from '@/lib/schema/destruction';
import { isSettled } from './destruction-words';

export const pathOf = (id: string, step = '') => `/api/v1/destructions/${encodeURIComponent(id)}${step === '' ? '' : `/${step}`}`;

/** One, asked for every second while it is carried out. It goes on whether or not anyone looks. */
export function useDestruction(initial: DestructionDto) {
  const api = useApi();
  const at = useLedgerPath();
  return useQuery({
    queryKey: ['destruction', initial.id, initial.state],
    queryFn: ({ signal }) => api<DestructionDto>(at(pathOf(initial.id)), { signal }),
    enabled: !isSettled(initial),
    staleTime: (query) => (query.state.data !== undefined && isSettled(query.state.data) ? Number.POSITIVE_INFINITY : 0),
    refetchInterval: (query) => (query.state.data !== undefined && isSettled(query.state.data) ? false : 1000),
    initialData: initial,
  });
}

/** What of a scope could go now; nothing is asked for by looking. */
export function useDestructionPreview() {
  const api = useApi();
  const at = useLedgerPath();
  return useMutation({
    mutationFn: (scope: DestructionScope) =>
      api<DestructionPreview>(at('/api/v1/destructions/preview'), { method: 'POST', body: { scope } }),
  });
}

export function useRequestDestruction(onAsked: (made: DestructionDto) => void) {
  const api = useApi();
  const at = useLedgerPath();
  return useMutation({
    mutationFn: (wish: DestructionWish) => api<DestructionDto>(at('/api/v1/destructions'), { method: 'POST', body: wish }),
    onSuccess: onAsked,
  });
}

/** approve, decline, withdraw, stop or resume. */
export function useDecideDestruction(id: string, onDone: (done: DestructionDto) => void) {
  const api = useApi();
  const at = useLedgerPath();
  return useMutation({
    mutationFn: ({ step, body }: { step: 'approve' | 'decline' | 'withdraw' | 'stop' | 'resume'; body?: object }) =>
      api<DestructionDto>(at(pathOf(id, step)), { method: 'POST', ...(body && { body }) }),
    onSuccess: onDone,
  });
}
