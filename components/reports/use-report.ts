'use client';

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useApi } from '@/components/api/reauthenticate';
import { useLedgerPath } from '@/components/shell/frame-context';
import type { ReportDto, ReportFile, ReportFormat, ReportKind } from '@/lib/schema/reports';
import { isReportOver } from './report-words';

/** A report is of a ledger of its own: that of the access log stands on the page of every ledger. */
const pathOf = ({ id, ledger }: Pick<ReportDto, 'id' | 'ledger'>, rest = '') =>
  `/api/v1/reports/${encodeURIComponent(id)}${rest}?ledger=${encodeURIComponent(ledger)}`;

/** A report, asked for every second while it is made. It goes on whether or not anyone looks. */
export function useReport(initial: ReportDto) {
  const api = useApi();
  return useQuery({
    queryKey: ['report', initial.id],
    queryFn: ({ signal }) => api<ReportDto>(pathOf(initial), { signal }),
    enabled: !isReportOver(initial),
    refetchOnMount: true,
    staleTime: (query) => (query.state.data !== undefined && isReportOver(query.state.data) ? Number.POSITIVE_INFINITY : 0),
    refetchInterval: (query) => (query.state.data !== undefined && isReportOver(query.state.data) ? false : 1000),
    initialData: initial,
  });
}

export interface Asked {
  kind: ReportKind;
  query: string;
  columns: string[];
  formats: ReportFormat[];
}

export function useAskReport(onAsked: (made: ReportDto) => void) {
  const api = useApi();
  const at = useLedgerPath();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (asked: Asked) => api<ReportDto>(at('/api/v1/reports'), { method: 'POST', body: asked }),
    onSuccess: (made) => {
      queries.setQueryData(['report', made.id], made);
      onAsked(made);
    },
  });
}

/** Fetches a file as the API gives it, which may first ask who is there, and hands it to the browser to keep. */
export function useTakeFile(made: ReportDto) {
  const api = useApi();
  return useMutation({
    mutationFn: async ({ format, file_name: name }: { format: ReportFile; file_name: string }) => {
      const file = await api<Blob>(pathOf(made, `/files/${format}`), { file: true });
      const address = URL.createObjectURL(file);
      const link = document.createElement('a');
      link.href = address;
      link.download = name;
      link.click();
      // The browser has taken hold of it by then; without this it would be kept as long as the page.
      setTimeout(() => URL.revokeObjectURL(address), 60_000);
    },
  });
}

export function useCancelReport() {
  const api = useApi();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (made: ReportDto) => api<ReportDto>(pathOf(made, '/cancel'), { method: 'POST', body: {} }),
    onSettled: (_answer, _error, made) => queries.invalidateQueries({ queryKey: ['report', made.id] }),
  });
}
