import Link from 'next/link';
import type { ReactNode } from 'react';

/** Up to the page that this one lies under. */
export function BackLink({ href, children }: { href: string; children: ReactNode }) {
  return (
    <Link href={href} prefetch={false} className="link">
      {children}
    </Link>
  );
}
