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
  /** When the first of what is open is covered again, in milliseconds since 1970; null while nothing is. */
  until: number | null;
  show(part: RevealedPart): void;
  cover(): void;
}

/**
 * Holds what was opened, for as long as it may be seen and no longer: it is nowhere but in this page's memory.
 * @param most asked as each part comes: milliseconds after which it is over in any case
 */
export function useShown(most: () => number = () => SHOWN_MS): Shown {
  const [shown, setShown] = useState<ReadonlyMap<string, { part: RevealedPart; until: number }>>(new Map());
  const limit = useRef(most);
  limit.current = most;
  const cover = useCallback(() => setShown(new Map()), []);
  const open = shown.size > 0;
  useEffect(() => {
    if (!open) return;
    // By the clock and not by one long timer, which stands still while the machine sleeps.
    const timer = setInterval(() => setShown(leaveOpen), 1_000);
    // A page that is left is kept as it is for the way back.
    window.addEventListener('pagehide', cover);
    return () => {
      clearInterval(timer);
      window.removeEventListener('pagehide', cover);
    };
  }, [open, cover]);
  const show = useCallback((part: RevealedPart) => {
    const until = Date.now() + Math.min(SHOWN_MS, Math.max(0, limit.current()));
    setShown((before) => new Map(before).set(nameOf(part), { part, until }));
  }, []);
  return useMemo(
    () => ({
      parts: [...shown.values()].map(({ part }) => part),
      opened: (part: Place) => shown.get(nameOf(part))?.part ?? null,
      until: shown.size === 0 ? null : Math.min(...[...shown.values()].map(({ until }) => until)),
      show,
      cover,
    }),
    [shown, show, cover],
  );
}

/** Each part has its own time: what is opened later prolongs nothing. */
function leaveOpen<T extends { until: number }>(shown: ReadonlyMap<string, T>): ReadonlyMap<string, T> {
  const left = new Map([...shown].filter(([, { until }]) => Date.now() < until));
  return left.size === shown.size ? shown : left;
}
