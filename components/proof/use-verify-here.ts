'use client';

import { useCallback, useState } from 'react';
import { useApi } from '@/components/api/reauthenticate';
import { useLedgerPath } from '@/components/shell/frame-context';
import type { RecordVerdict } from '@/lib/chain/verify-record';
import type { RecordProofDto, SignerKeyDto } from '@/lib/schema/proofs';

export interface Verified {
  proof: RecordProofDto;
  result: RecordVerdict;
}

interface VerifyHere {
  state: 'idle' | 'working' | 'done' | 'failed';
  verified: Verified | null;
  error: string | null;
  own: SignerKeyDto[] | null;
  start: () => void;
  /** Computes again with other keys, from the same proof. */
  withKeys: (keys: SignerKeyDto[] | null) => void;
}

/** The verifier comes to the browser when somebody asks for it: ML-DSA is no small thing. */
async function verify(proof: RecordProofDto, keys: SignerKeyDto[] | null): Promise<RecordVerdict> {
  const { verifyRecord } = await import('@/lib/chain/verify-record');
  return verifyRecord(proof, keys ?? proof.keys);
}

/** Asks for one record's proof, which is one entry of the access ledger, and verifies it here. @param id of the record */
export function useVerifyHere(id: string): VerifyHere {
  const api = useApi();
  const at = useLedgerPath();
  const [state, setState] = useState<VerifyHere['state']>('idle');
  const [verified, setVerified] = useState<Verified | null>(null);
  const [error, setError] = useState<string | null>(null);
  const [own, setOwn] = useState<SignerKeyDto[] | null>(null);

  const run = useCallback(async (ask: () => Promise<RecordProofDto>, keys: SignerKeyDto[] | null) => {
    setState('working');
    setError(null);
    try {
      const proof = await ask();
      setVerified({ proof, result: await verify(proof, keys) });
      setState('done');
    } catch (fault) {
      setError(fault instanceof Error ? fault.message : 'The proof could not be read.');
      setState('failed');
    }
  }, []);

  return {
    state,
    verified,
    error,
    own,
    start: () => void run(() => api<RecordProofDto>(at(`/api/v1/records/${encodeURIComponent(id)}/proof`)), own),
    withKeys: (keys) => {
      setOwn(keys);
      if (verified !== null) void run(() => Promise.resolve(verified.proof), keys);
    },
  };
}
