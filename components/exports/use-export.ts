'use client';

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useApi } from '@/components/api/reauthenticate';
import { useLedgerPath } from '@/components/shell/frame-context';
import type { EvidenceScope, ExportDto } from '@/lib/schema/proofs';
import { isExportOver } from './export-words';

/** An export, asked for every second while it is made. It goes on whether or not anyone looks. */
export function useExport(id: string | null, initial?: ExportDto) {
  const api = useApi();
  const at = useLedgerPath();
  return useQuery({
    queryKey: ['export', id],
    queryFn: ({ signal }) => api<ExportDto>(at(`/api/v1/exports/${encodeURIComponent(id ?? '')}`), { signal }),
    enabled: id !== null && !(initial !== undefined && isExportOver(initial)),
    refetchOnMount: true,
    staleTime: (query) => (query.state.data !== undefined && isExportOver(query.state.data) ? Number.POSITIVE_INFINITY : 0),
    refetchInterval: (query) => (query.state.data !== undefined && isExportOver(query.state.data) ? false : 1000),
    ...(initial === undefined ? {} : { initialData: initial }),
  });
}

export function useStartExport(onStarted: (made: ExportDto) => void) {
  const api = useApi();
  const at = useLedgerPath();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (scope: EvidenceScope) => api<ExportDto>(at('/api/v1/exports'), { method: 'POST', body: { scope } }),
    onSuccess: (made) => {
      queries.setQueryData(['export', made.id], made);
      onStarted(made);
    },
  });
}

/** Fetches the file as the API gives it, which may first ask who is there, and hands it to the browser to keep. */
export function useDownload() {
  const api = useApi();
  const at = useLedgerPath();
  return useMutation({
    mutationFn: async ({ id, file_name: name }: ExportDto) => {
      const file = await api<Blob>(at(`/api/v1/exports/${encodeURIComponent(id)}/file`), { file: true });
      const address = URL.createObjectURL(file);
      const link = document.createElement('a');
      link.href = address;
      link.download = name ?? 'evidence.zip';
      link.click();
      // The browser has taken hold of it by then; without this it would be kept as long as the page.
      setTimeout(() => URL.revokeObjectURL(address), 60_000);
    },
  });
}

export function useCancelExport() {
  const api = useApi();
  const at = useLedgerPath();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => api<ExportDto>(at(`/api/v1/exports/${encodeURIComponent(id)}/cancel`), { method: 'POST', body: {} }),
    onSettled: (_answer, _error, id) => queries.invalidateQueries({ queryKey: ['export', id] }),
  });
}
