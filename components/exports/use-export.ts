'use client';

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useApi } from '@/components/api/reauthenticate';
import { useLedgerPath } from '@/components/shell/frame-context';
import type { ExportPreview } from '@/lib/schema/evidence';
import type { EvidenceScope, ExportDto } from '@/lib/schema/proofs';
import type { PurposeOfUse } from '@/lib/schema/words';
import { isExportOver } from './export-words';

const SETTLE_MS = 400;

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
    mutationFn: (body: { scope: EvidenceScope; content?: PurposeOfUse }) => api<ExportDto>(at('/api/v1/exports'), { method: 'POST', body }),
    onSuccess: (made) => {
      queries.setQueryData(['export', made.id], made);
      onStarted(made);
    },
  });
}

/** How many parts of words a bundle of that scope would hold; asked once while a dialog is open, since each time is an entry. @param scope null: not asked */
export function useExportPreview(scope: EvidenceScope | null) {
  const api = useApi();
  const at = useLedgerPath();
  const key = scope === null ? null : JSON.stringify(scope);
  const [settled, setSettled] = useState<string | null>(null);
  // A number that is still being typed is not asked about.
  useEffect(() => {
    const timer = setTimeout(() => setSettled(key), SETTLE_MS);
    return () => clearTimeout(timer);
  }, [key]);
  return useQuery({
    queryKey: ['export preview', key],
    queryFn: ({ signal }) => api<ExportPreview>(at('/api/v1/exports/preview'), { method: 'POST', body: { scope }, signal }),
    enabled: key !== null && settled === key,
    staleTime: 60_000,
    retry: false,
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
