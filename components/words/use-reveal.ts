'use client';

import { useCallback } from 'react';
import { ApiProblem } from '@/components/api/call-api';
import { useApi } from '@/components/api/reauthenticate';
import { useFrame } from '@/components/shell/frame-context';
import type { RevealWish } from '@/lib/schema/words';
import { type RevealEnd, type RevealedPart, readRevealed } from './read-ndjson';

/**
 * Opens words: asks again who is there where that is some minutes old, then hands over each part as it arrives.
 * @returns the end of it, which says where the next reveal of a long conversation begins
 * @throws ApiProblem for a refusal; Error where the stream was cut
 */
export function useReveal(): (request: RevealWish, onPart: (part: RevealedPart) => void) => Promise<RevealEnd> {
  const api = useApi();
  const { ledger } = useFrame();
  return useCallback(
    (request, onPart) =>
      api<RevealEnd>(`/api/v1/reveals?ledger=${encodeURIComponent(ledger.id)}`, {
        method: 'POST',
        body: request,
        read: (response) => {
          if (response.body === null) throw new ApiProblem({ code: 'network', status: 0, detail: 'The answer had no words in it.' });
          return readRevealed(response.body, onPart);
        },
      }),
    [api, ledger.id],
  );
}
