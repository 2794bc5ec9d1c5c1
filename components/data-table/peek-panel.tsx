'use client';

import { X } from 'lucide-react';
import Link from 'next/link';
import type { ReactNode } from 'react';

interface Props {
  title: string;
  href?: string;
  onClose: () => void;
  children: ReactNode;
}

/** Docked beside the list on a desk; over it on a phone. */
export function PeekPanel({ title, href, onClose, children }: Props) {
  return (
    <aside
      aria-label={title}
      className="no-print fixed inset-0 z-30 overflow-y-auto bg-paper px-4 pb-8 lg:sticky lg:inset-auto lg:top-0 lg:z-0 lg:h-dvh lg:self-start lg:border-l lg:border-hairline lg:pr-0 lg:pl-6"
    >
      <div className="sticky top-0 z-10 flex h-10 items-center gap-3 bg-paper">
        <h2 className="section-title flex-1">{title}</h2>
        {href !== undefined && (
          <Link href={href} prefetch={false} className="link text-xs">
            Open the page
          </Link>
        )}
        <button
          type="button"
          aria-label="Close the panel"
          onClick={onClose}
          className="grid size-7 place-items-center rounded text-ink-3 hover:bg-sunk hover:text-ink"
        >
          <X size={16} aria-hidden />
        </button>
      </div>
      {children}
    </aside>
  );
}
