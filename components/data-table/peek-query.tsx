'use client';

import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useApi } from '@/components/api/reauthenticate';
import { useLedgerPath } from '@/components/shell/frame-context';

interface Props<T> {
  /** Path of the API without the ledger. */
  path: string;
  children: (data: T) => ReactNode;
}

/**
 * Fetches what the side panel shows. Each opening is one read, and one entry of the access ledger: nothing is fetched ahead and nothing
 * is kept when the panel moves on.
 */
export function PeekQuery<T>({ path, children }: Props<T>) {
  const api = useApi();
  const at = useLedgerPath();
  const { data, error, refetch } = useQuery({
    queryKey: ['peek', path],
    queryFn: ({ signal }) => api<T>(at(path), { signal }),
    gcTime: 0,
    staleTime: Number.POSITIVE_INFINITY,
    refetchOnMount: true,
  });
  if (error !== null) {
    return (
      <div role="alert" className="flex flex-col items-start gap-2 py-4 text-sm">
        <p>{error.message}</p>
        <button type="button" className="link" onClick={() => void refetch()}>
          Try again
        </button>
      </div>
    );
  }
  if (data === undefined) return <p className="py-4 text-sm text-ink-3">Reading…</p>;
  return children(data);
}
