'use client';

import { CSPProvider } from '@base-ui/react/csp-provider';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { NuqsAdapter } from 'nuqs/adapters/next/app';
import { type ReactNode, useState } from 'react';
import { ToastProvider } from '@/components/ui/toast';

/** Reads of the API are access records: nothing is fetched again behind the reader's back. */
function makeClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: { retry: false, refetchOnWindowFocus: false, refetchOnReconnect: false, refetchOnMount: false },
      mutations: { retry: false },
    },
  });
}

/** @param nonce of this answer, for the style elements that the primitives bring */
export function Providers({ nonce, children }: { nonce?: string; children: ReactNode }) {
  const [client] = useState(makeClient);
  // The document's policy knows the nonce of its own answer only; a refresh brings another that it would refuse.
  const [own] = useState(nonce);
  return (
    <CSPProvider nonce={own}>
      <QueryClientProvider client={client}>
        <NuqsAdapter>
          <ToastProvider>{children}</ToastProvider>
        </NuqsAdapter>
      </QueryClientProvider>
    </CSPProvider>
  );
}
