'use client';

import { createContext, type ReactNode, useContext, useMemo, useState } from 'react';
import { useMay, useReader } from '@/components/shell/frame-context';
import type { PartDto, WordsDto } from '@/lib/schema/words';
import type { RevealedPart } from './read-ndjson';
import { type Asked, RevealDialog } from './reveal-dialog';
import { type Entered, type ListedReveal, listEntered } from './reveal-entries';
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
  /** Who was shown words, newest first, with what was revealed on this page since it came. */
  reveals: readonly ListedReveal[];
}

const WordsContext = createContext<Words | null>(null);

/** Around what shows the words of records: which of them are open, and the question what for. */
export function WordsProvider({ dto, children }: { dto: WordsDto; children: ReactNode }) {
  const may = useMay('content.reveal') || dto.break_glass_until !== null;
  const { opened, until, show, cover } = useShown();
  const [purpose, setPurpose] = useState<string | null>(null);
  const [asked, setAsked] = useState<Asked | null>(null);
  const { email } = useReader();
  // What comes anew from the server has these in it.
  const [here, setHere] = useState<{ dto: WordsDto; rows: readonly ListedReveal[] }>({ dto, rows: [] });
  const reveals = useMemo(() => (here.dto === dto ? [...here.rows, ...dto.reveals] : dto.reveals), [here, dto]);
  const enter = (entered: Entered) =>
    setHere((before) => {
      const rows = before.dto === dto ? before.rows : [];
      return { dto, rows: [listEntered(entered, email, dto.break_glass_until !== null, rows.length), ...rows] };
    });
  const value = useMemo<Words>(
    () => ({ dto, opened, until, purpose: until === null ? null : purpose, ask: may ? setAsked : null, cover, reveals }),
    [dto, opened, until, purpose, may, cover, reveals],
  );
  return (
    <WordsContext value={value}>
      {children}
      {asked !== null && (
        <RevealDialog
          asked={asked}
          purposes={dto.purposes}
          onPart={show}
          onEntered={enter}
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
