'use client';

import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import type { PartDto } from '@/lib/schema/words';
import type { RevealedPart } from './read-ndjson';

/** After so long what was revealed is covered again. */
export const SHOWN_MS = 5 * 60_000;

type Place = Pick<PartDto, 'record_id' | 'index'>;
const nameOf = ({ record_id: id, index }: Place) => `${id} ${index}`;

export interface Shown {
  /** In the order in which they came. */
  parts: RevealedPart[];
  /** What was opened of a part, null while it is sealed here. */
  opened(part: Place): RevealedPart | null;
  /** When what is open is covered again, in milliseconds since 1970; null while nothing is. */
  until: number | null;
  show(part: RevealedPart): void;
  cover(): void;
}

/**
 * Holds what was opened, for as long as it may be seen and no longer: it is nowhere but in this page's memory.
 * @param most asked as each part comes: milliseconds after which it is over in any case
 */
export function useShown(most: () => number = () => SHOWN_MS): Shown {
  const [shown, setShown] = useState<ReadonlyMap<string, RevealedPart>>(new Map());
  const [until, setUntil] = useState<number | null>(null);
  const limit = useRef(most);
  limit.current = most;
  const cover = useCallback(() => {
    setShown(new Map());
    setUntil(null);
  }, []);
  useEffect(() => {
    if (until === null) return;
    // By the clock and not by one long timer, which stands still while the machine sleeps.
    const timer = setInterval(() => {
      if (Date.now() >= until) cover();
    }, 1_000);
    // A page that is left is kept as it is for the way back.
    window.addEventListener('pagehide', cover);
    return () => {
      clearInterval(timer);
      window.removeEventListener('pagehide', cover);
    };
  }, [until, cover]);
  const show = useCallback((part: RevealedPart) => {
    setShown((before) => new Map(before).set(nameOf(part), part));
    setUntil(Date.now() + Math.min(SHOWN_MS, Math.max(0, limit.current())));
  }, []);
  return useMemo(
    () => ({ parts: [...shown.values()], opened: (part: Place) => shown.get(nameOf(part)) ?? null, until, show, cover }),
    [shown, until, show, cover],
  );
}
