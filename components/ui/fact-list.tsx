'use client';

import type { ReactNode } from 'react';

/** A name in the margin and what stands under it: the plain list of facts of a page. */
export function FactList({ children, wide = false }: { children: ReactNode; wide?: boolean }) {
  return (
    <dl className={`grid gap-x-4 gap-y-1 text-sm ${wide ? 'sm:grid-cols-[180px_minmax(0,1fr)]' : 'grid-cols-[112px_minmax(0,1fr)]'}`}>
      {children}
    </dl>
  );
}

export function Fact({ name, children }: { name: ReactNode; children: ReactNode }) {
  return (
    <div className="contents">
      <dt className="text-ink-3">{name}</dt>
      <dd className="min-w-0 wrap-anywhere">{children}</dd>
    </div>
  );
}
