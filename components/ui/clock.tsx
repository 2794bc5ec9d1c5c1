'use client';

import { createContext, type ReactNode, useContext } from 'react';

interface Clock {
  /** IANA name of the reader's zone. */
  zone: string;
  /** When the screen was made, RFC 3339: relative times count from here. */
  now: string;
}

const ClockContext = createContext<Clock | null>(null);

export function ClockProvider({ zone, now, children }: Clock & { children: ReactNode }) {
  return <ClockContext value={{ zone, now }}>{children}</ClockContext>;
}

/** The reader's zone and the screen's now; UTC and the epoch of the moment where no frame is around. */
export function useClock(): Clock | null {
  return useContext(ClockContext);
}
