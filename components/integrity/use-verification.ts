'use client';

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useApi } from '@/components/api/reauthenticate';
import { useLedgerPath } from '@/components/shell/frame-context';
import type { VerificationDto, VerificationScope } from '@/lib/schema/verification';

export function isOver(run: VerificationDto): boolean {
  return run.state === 'done' || run.state === 'cancelled' || run.state === 'failed';
}

/** A run, asked for every second while it works. The run itself goes on whether or not anyone looks. */
export function useVerification(id: string | null, initial?: VerificationDto) {
  const api = useApi();
  const at = useLedgerPath();
  return useQuery({
    queryKey: ['verification', id],
    queryFn: ({ signal }) => api<VerificationDto>(at(`/api/v1/verifications/${encodeURIComponent(id ?? '')}`), { signal }),
    enabled: id !== null && !(initial !== undefined && isOver(initial)),
    refetchOnMount: true,
    // What an ended run found stays as it is, and each look at it is an entry: it is not asked for again.
    staleTime: (query) => (query.state.data !== undefined && isOver(query.state.data) ? Number.POSITIVE_INFINITY : 0),
    refetchInterval: (query) => (query.state.data !== undefined && isOver(query.state.data) ? false : 1000),
    ...(initial === undefined ? {} : { initialData: initial }),
  });
}

export function useStartVerification(onStarted?: (run: VerificationDto) => void) {
  const api = useApi();
  const at = useLedgerPath();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ scope, archive = false }: { scope: VerificationScope; archive?: boolean }) =>
      api<VerificationDto>(at('/api/v1/verifications'), { method: 'POST', body: { scope, ...(archive && { archive }) } }),
    onSuccess: (run) => {
      queries.setQueryData(['verification', run.id], run);
      onStarted?.(run);
    },
  });
}

export function useCancelVerification() {
  const api = useApi();
  const at = useLedgerPath();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (id: string) =>
      api<VerificationDto>(at(`/api/v1/verifications/${encodeURIComponent(id)}/cancel`), { method: 'POST', body: {} }),
    onSettled: (_answer, _error, id) => queries.invalidateQueries({ queryKey: ['verification', id] }),
  });
}
