'use client';

import { useEffect, useState } from 'react';

const EVERY_MS = 10_000;

/**
 * The server's time as it goes on while a page stays open, so that "40 s ago" does not stand for an hour.
 * @param made when the page was made, RFC 3339; the first answer is this, so that server and browser write the same words
 */
export function useNow(made: string): string {
  const [passed, setPassed] = useState(0);
  useEffect(() => {
    setPassed(0);
    const since = performance.now();
    const timer = setInterval(() => setPassed(performance.now() - since), EVERY_MS);
    return () => clearInterval(timer);
  }, []);
  return passed === 0 ? made : new Date(Date.parse(made) + passed).toISOString();
}
