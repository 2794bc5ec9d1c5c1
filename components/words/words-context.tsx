'use client';

import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useRef, useState } from 'react';
import { useMay } from '@/components/shell/frame-context';
import type { PartDto, WordsDto } from '@/lib/schema/words';
import type { RevealedPart } from './read-ndjson';
import { type Asked, RevealDialog } from './reveal-dialog';

/** After so long what was revealed is covered again. */
export const SHOWN_MS = 5 * 60_000;

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
const nameOf = ({ record_id: id, index }: Pick<PartDto, 'record_id' | 'index'>) => `${id} ${index}`;

/** Holds what was opened, for as long as it may be seen and no longer: it is nowhere but in this page's memory. */
export function WordsProvider({ dto, children }: { dto: WordsDto; children: ReactNode }) {
  const may = useMay('content.reveal') || dto.break_glass_until !== null;
  const [opened, setOpened] = useState<ReadonlyMap<string, RevealedPart>>(new Map());
  const [until, setUntil] = useState<number | null>(null);
  const [purpose, setPurpose] = useState<string | null>(null);
  const [asked, setAsked] = useState<Asked | null>(null);
  const timer = useRef<ReturnType<typeof setTimeout> | null>(null);
  const cover = useCallback(() => {
    setOpened(new Map());
    setUntil(null);
    setPurpose(null);
  }, []);
  useEffect(() => {
    if (until === null) return;
    timer.current = setTimeout(cover, Math.max(0, until - Date.now()));
    return () => clearTimeout(timer.current ?? undefined);
  }, [until, cover]);
  const onPart = useCallback((part: RevealedPart) => {
    setOpened((before) => new Map(before).set(nameOf(part), part));
    setUntil(Date.now() + SHOWN_MS);
  }, []);
  const value = useMemo<Words>(
    () => ({ dto, opened: (part) => opened.get(nameOf(part)) ?? null, until, purpose, ask: may ? setAsked : null, cover }),
    [dto, opened, until, purpose, may, cover],
  );
  return (
    <WordsContext value={value}>
      {children}
      {asked !== null && (
        <RevealDialog
          asked={asked}
          purposes={dto.purposes}
          onPart={onPart}
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
