'use client';

import { useRouter } from 'next/navigation';
import { parseAsString, useQueryState } from 'nuqs';
import { useEffect, useRef, useState } from 'react';
import { useShortcuts } from '@/components/shell/use-shortcuts';

/** A held key passes over rows without opening each: what is opened is logged, what is passed over is not. */
const REST_MS = 180;

interface Options {
  ids: string[];
  /** The page of a row; without one, Enter opens the side panel. */
  hrefOf?: (id: string) => string;
  enabled: boolean;
}

/** Which row is selected and which stands in the side panel: J/K step, Enter opens the page, Escape closes the panel. */
export function usePeek({ ids, hrefOf, enabled }: Options) {
  const router = useRouter();
  const [peek, setPeek] = useQueryState('peek', parseAsString.withOptions({ shallow: true, history: 'replace' }));
  const [active, setActive] = useState<string | null>(peek);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);

  const step = (by: 1 | -1) => {
    if (ids.length === 0) return;
    const at = active === null ? -1 : ids.indexOf(active);
    const next = ids[at === -1 ? 0 : Math.min(ids.length - 1, Math.max(0, at + by))]!;
    setActive(next);
    document.getElementById(`row-${next}`)?.scrollIntoView({ block: 'nearest' });
    if (peek === null) return;
    clearTimeout(timer.current);
    timer.current = setTimeout(() => void setPeek(next), REST_MS);
  };
  const open = (id: string) => {
    setActive(id);
    void setPeek(id);
  };
  const openPage = () => {
    if (active === null) return;
    if (hrefOf === undefined) open(active);
    else router.push(hrefOf(active));
  };
  const close = () => {
    clearTimeout(timer.current);
    void setPeek(null);
  };
  useShortcuts({
    keys: enabled
      ? {
          j: () => step(1),
          k: () => step(-1),
          o: () => active !== null && open(active),
          Enter: openPage,
          Escape: close,
        }
      : {},
  });
  return { peek, active, open, close };
}
