import type { ReactNode } from 'react';

/** A single leaf of paper: pages that stand before the ledger is open. */
export function OneLeaf({ title, lead, children }: { title: string; lead?: ReactNode; children: ReactNode }) {
  return (
    <main className="mx-auto flex min-h-dvh w-full max-w-[380px] flex-col justify-center px-5 py-12">
      <p className="font-serif text-base font-semibold tracking-[0.01em]">Holdfast</p>
      <p className="text-xs text-ink-3">The audit ledger for AI agents</p>
      <div className="mt-5 border-t-2 border-ink pt-5">
        <h1 className="font-serif text-2xl font-semibold">{title}</h1>
        {lead !== undefined && <div className="mt-1 text-sm text-ink-2">{lead}</div>}
        <div className="mt-6">{children}</div>
      </div>
    </main>
  );
}
