'use client';

import { useCallback } from 'react';
import { ApiProblem } from '@/components/api/call-api';
import { useApi } from '@/components/api/reauthenticate';
import { useFrame } from '@/components/shell/frame-context';
import type { RevealWish } from '@/lib/schema/words';
import { type RevealEnd, type RevealedPart, readRevealed } from './read-ndjson';
import { answeredAt, type Entered } from './reveal-entries';

type Reveal = (
  request: RevealWish,
  onPart: (part: RevealedPart) => void,
  /** Told once the answer is over, whole or cut off: by then the entry stands in either case. */
  onEntered?: (entered: Entered) => void,
) => Promise<RevealEnd>;

/**
 * Opens words: asks again who is there where that is some minutes old, then hands over each part as it arrives.
 * @returns the end of it, which says where the next reveal of a long conversation begins
 * @throws ApiProblem for a refusal; Error where the stream was cut
 */
export function useReveal(): Reveal {
  const api = useApi();
  const { ledger } = useFrame();
  return useCallback(
    (request, onPart, onEntered) =>
      api<RevealEnd>(`/api/v1/reveals?ledger=${encodeURIComponent(ledger.id)}`, {
        method: 'POST',
        body: request,
        read: async (response) => {
          const at = answeredAt(response.headers.get('date'), Date.now());
          let parts: number | null = null;
          try {
            if (response.body === null) throw new ApiProblem({ code: 'network', status: 0, detail: 'The answer had no words in it.' });
            const end = await readRevealed(response.body, onPart);
            parts = end.parts;
            return end;
          } finally {
            onEntered?.({ wish: request, parts, at });
          }
        },
      }),
    [api, ledger.id],
  );
}
