import type { ReactNode } from 'react';

/** A part of a page under its heading, with what can be done in it. */
export function Section({ title, id, action, children }: { title: string; id?: string; action?: ReactNode; children: ReactNode }) {
  return (
    <section id={id} className="scroll-mt-4 border-t border-rule pt-2">
      <div className="mb-2 flex flex-wrap items-start justify-between gap-x-6 gap-y-2">
        <h2 className="section-title">{title}</h2>
        {action}
      </div>
      {children}
    </section>
  );
}
