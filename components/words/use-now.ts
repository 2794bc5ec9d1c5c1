'use client';

import { useEffect, useState } from 'react';
import { useClock } from '@/components/ui/clock';

/** The browser's time in milliseconds since 1970, anew each second while that is asked for. */
export function useNow(running: boolean): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (!running) return;
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, [running]);
  return now;
}

/** The server's time, told by the screen and carried on from there each second: what the server ends is counted by its clock, however wrong the one here is. */
export function useServerNow(): number {
  const told = Date.parse(useClock()?.now ?? new Date().toISOString());
  const [now, setNow] = useState(told);
  useEffect(() => {
    const ahead = told - Date.now();
    setNow(told);
    const timer = setInterval(() => setNow(Date.now() + ahead), 1_000);
    return () => clearInterval(timer);
  }, [told]);
  return now;
}
