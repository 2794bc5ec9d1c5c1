'use client';

import { createContext, type ReactNode, useContext, useMemo, useState } from 'react';
import { useMay } from '@/components/shell/frame-context';
import type { PartDto, WordsDto } from '@/lib/schema/words';
import type { RevealedPart } from './read-ndjson';
import { type Asked, RevealDialog } from './reveal-dialog';
import { useShown } from './use-shown';

interface Words {
  dto: WordsDto;
  /** What was opened of a part, null while it is sealed here. */
  opened(part: Pick<PartDto, 'record_id' | 'index'>): RevealedPart | null;
  /** When what is open is covered again, in milliseconds since 1970; null while nothing is. */
  until: number | null;
  purpose: string | null;
  /** Asks for the purpose; null for who may not, now. */
  ask: ((asked: Asked) => void) | null;
  cover(): void;
}

const WordsContext = createContext<Words | null>(null);

/** Around what shows the words of records: which of them are open, and the question what for. */
export function WordsProvider({ dto, children }: { dto: WordsDto; children: ReactNode }) {
  const may = useMay('content.reveal') || dto.break_glass_until !== null;
  const { opened, until, show, cover } = useShown();
  const [purpose, setPurpose] = useState<string | null>(null);
  const [asked, setAsked] = useState<Asked | null>(null);
  const value = useMemo<Words>(
    () => ({ dto, opened, until, purpose: until === null ? null : purpose, ask: may ? setAsked : null, cover }),
    [dto, opened, until, purpose, may, cover],
  );
  return (
    <WordsContext value={value}>
      {children}
      {asked !== null && (
        <RevealDialog
          asked={asked}
          purposes={dto.purposes}
          onPart={show}
          onRevealed={(code) => {
            setPurpose(dto.purposes.find((one) => one.code === code)?.say ?? code);
            setAsked(null);
          }}
          onClose={() => setAsked(null)}
        />
      )}
    </WordsContext>
  );
}

/** Null where a page knows of no words. */
export function useWords(): Words | null {
  return useContext(WordsContext);
}
