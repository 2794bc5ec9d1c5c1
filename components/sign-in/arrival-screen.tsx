'use client';

import { buttonClass } from '@/components/ui/button';
import { OneLeaf } from './one-leaf';
import { safeTarget } from './sign-in-words';

/** @param target the path that was asked for; another site chose it. */
export function ArrivalScreen({ target }: { target: string | null }) {
  const to = safeTarget(target === '/arrival' ? null : target);
  return (
    <OneLeaf
      title="You come from another site"
      lead="A link on another site leads to this page. What you look at is recorded under your name, so that you are asked first. Nothing has been recorded yet."
    >
      <p className="mono mb-4 max-h-24 overflow-auto break-all border-l-2 border-rule pl-3 text-xs text-ink-2">{to}</p>
      {/* A whole load, by a link of our own page: that is what tells it from the other site's. */}
      <a href={to} className={buttonClass('primary', 'normal', 'w-full')}>
        Continue
      </a>
      <p className="mt-4 text-xs text-ink-3">If you did not expect this, close the page.</p>
    </OneLeaf>
  );
}
