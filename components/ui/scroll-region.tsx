import type { ReactNode } from 'react';

/** What is wider than the page scrolls by itself, with the keyboard too: it can be stepped onto and has a name. WCAG 2.1.1. */
export function ScrollRegion({ label, children }: { label: string; children: ReactNode }) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: no form's fieldset
    // biome-ignore lint/a11y/noNoninteractiveTabindex: scrolling is the interaction
    <div role="group" aria-label={label} tabIndex={0} className="relative overflow-x-auto">
      {children}
    </div>
  );
}
