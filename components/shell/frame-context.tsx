'use client';

import { createContext, type ReactNode, useContext } from 'react';
import { may, type Permission } from '@/lib/policy/permissions';
import type { FrameDto } from '@/lib/schema/screens';
import type { Role } from '@/lib/schema/vocabulary';

const FrameContext = createContext<FrameDto | null>(null);

export function FrameProvider({ frame, children }: { frame: FrameDto; children: ReactNode }) {
  return <FrameContext value={frame}>{children}</FrameContext>;
}

/** The frame around this screen. @throws where there is none, which is a bug */
export function useFrame(): FrameDto {
  const frame = useContext(FrameContext);
  if (frame === null) throw new Error('this stands outside of a frame');
  return frame;
}

/** Whether to offer something to this person. The server decides again when it is done. */
export function useMay(permission: Permission): boolean {
  return may(useFrame().ledger.role, permission);
}

/** Who looks, as far as what is said depends on it. */
export function useReader(): { role: Role | null; email: string } {
  const { ledger, person } = useFrame();
  return { role: ledger.role, email: person.email };
}

/** An address of the API on the ledger that is open. */
export function useLedgerPath(): (path: string) => string {
  const { ledger } = useFrame();
  return (path) => `${path}${path.includes('?') ? '&' : '?'}ledger=${encodeURIComponent(ledger.id)}`;
}
