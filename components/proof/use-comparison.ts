'use client';

import { useState } from 'react';
import { useApi } from '@/components/api/reauthenticate';
import { useLedgerPath } from '@/components/shell/frame-context';
import type { ComparisonDto } from '@/lib/schema/proofs';
import { type OwnVerdict, readComparand } from './read-comparand';

interface Comparison {
  compare: (file: File) => void;
  busy: boolean;
  error: string | null;
  result: ComparisonDto | null;
  /** Of a bundle: what it is by itself. */
  own: OwnVerdict | null;
  fileName: string;
}

/** Reads what was dropped and asks the ledger whether it still fits. Of a bundle only its checkpoint leaves the browser. */
export function useComparison(): Comparison {
  const api = useApi();
  const at = useLedgerPath();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const [result, setResult] = useState<ComparisonDto | null>(null);
  const [own, setOwn] = useState<OwnVerdict | null>(null);
  const [fileName, setFileName] = useState('');
  const compare = async (file: File) => {
    setBusy(true);
    setError(null);
    setResult(null);
    setFileName(file.name);
    try {
      const { comparand, own: verdict } = await readComparand(file);
      setOwn(verdict);
      setResult(await api<ComparisonDto>(at('/api/v1/comparisons'), { method: 'POST', body: comparand }));
    } catch (fault) {
      setError(fault instanceof Error ? fault.message : 'The file could not be compared.');
    } finally {
      setBusy(false);
    }
  };
  return { compare: (file) => void compare(file), busy, error, result, own, fileName };
}
