'use client';

import { useState } from 'react';

interface Sending {
  /** Until what is sent was answered. */
  busy: boolean;
  /** What was last said against it; null for nothing. */
  error: string | null;
  setError: (error: string | null) => void;
  /** Runs the work and never rejects: its refusal becomes `error`. */
  attempt: (work: () => Promise<unknown>) => Promise<void>;
}

/** Something that is sent when a person says so, and may be refused. */
export function useSending(): Sending {
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const attempt = async (work: () => Promise<unknown>) => {
    setBusy(true);
    setError(null);
    try {
      await work();
    } catch (refusal) {
      setError(refusal instanceof Error ? refusal.message : 'That did not work.');
    } finally {
      setBusy(false);
    }
  };
  return { busy, error, setError, attempt };
}
