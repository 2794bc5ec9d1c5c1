'use client';

import { createContext, type ReactNode, useContext, useMemo } from 'react';
import type { IntegrityLine } from '@/lib/schema/screens';
import type { VerificationDto } from '@/lib/schema/verification';
import { type Proof, proofOf } from './proof-of';

const ProofContext = createContext<(seq: string) => Proof>(() => 'open');

interface Props {
  verification: VerificationDto | null;
  integrity: IntegrityLine;
  children: ReactNode;
}

export function ProofProvider({ verification, integrity, children }: Props) {
  const proof = useMemo(() => proofOf(verification, integrity), [verification, integrity]);
  return <ProofContext value={proof}>{children}</ProofContext>;
}

export function useProof(): (seq: string) => Proof {
  return useContext(ProofContext);
}
