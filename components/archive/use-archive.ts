'use client';

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useApi } from '@/components/api/reauthenticate';
import { useLedgerPath } from '@/components/shell/frame-context';
import type { ArchivePreviewDto, ArchiveRunDto } from '@/lib/schema/archive';
import { isRunOver } from './archive-words';

const pathOf = (id: string) => `/api/v1/archive/runs/${encodeURIComponent(id)}`;

/** A run, asked for every second while it works. It goes on whether or not anyone looks. */
export function useArchiveRun(initial: ArchiveRunDto) {
  const api = useApi();
  const at = useLedgerPath();
  return useQuery({
    queryKey: ['archive run', initial.id],
    queryFn: ({ signal }) => api<ArchiveRunDto>(at(pathOf(initial.id)), { signal }),
    enabled: !isRunOver(initial),
    refetchOnMount: true,
    // What an ended run did stays as it is, and each look at it is an entry: it is not asked for again.
    staleTime: (query) => (query.state.data !== undefined && isRunOver(query.state.data) ? Number.POSITIVE_INFINITY : 0),
    refetchInterval: (query) => (query.state.data !== undefined && isRunOver(query.state.data) ? false : 1000),
    initialData: initial,
  });
}

/** What a run would do; nothing is moved by asking. */
export function usePreview() {
  const api = useApi();
  const at = useLedgerPath();
  return useMutation({
    mutationFn: (policy: string | null) =>
      api<ArchivePreviewDto>(at('/api/v1/archive/preview'), { method: 'POST', body: policy === null ? {} : { policy } }),
  });
}

export function useStartRun(onStarted: (run: ArchiveRunDto) => void) {
  const api = useApi();
  const at = useLedgerPath();
  return useMutation({
    mutationFn: (policy: string | null) =>
      api<ArchiveRunDto>(at('/api/v1/archive/runs'), { method: 'POST', body: policy === null ? {} : { policy } }),
    onSuccess: onStarted,
  });
}

export interface RestoreWish {
  from: string;
  to: string;
  days: number;
  reason: string;
}

export function useRestore(onStarted: (run: ArchiveRunDto) => void) {
  const api = useApi();
  const at = useLedgerPath();
  return useMutation({
    mutationFn: (wish: RestoreWish) => api<ArchiveRunDto>(at('/api/v1/archive/restores'), { method: 'POST', body: wish }),
    onSuccess: onStarted,
  });
}

export function useCancelRun() {
  const api = useApi();
  const at = useLedgerPath();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => api<ArchiveRunDto>(at(`${pathOf(id)}/cancel`), { method: 'POST', body: {} }),
    onSettled: (_answer, _error, id) => queries.invalidateQueries({ queryKey: ['archive run', id] }),
  });
}

export function useSchedule(onKept: () => void) {
  const api = useApi();
  const at = useLedgerPath();
  return useMutation({
    mutationFn: (schedule: { on: boolean; at: string }) =>
      api<{ on: boolean; at: string }>(at('/api/v1/archive/schedule'), { method: 'POST', body: schedule }),
    onSuccess: onKept,
  });
}
