'use client';

import Link from 'next/link';
import { usePathname } from 'next/navigation';
import { useMay } from '@/components/shell/frame-context';
import { cx } from '@/components/ui/class-names';
import type { Permission } from '@/lib/policy/permissions';

interface Part {
  href: string;
  label: string;
  permission: Permission;
}

/** The parts of Retention, each a page with an address of its own. */
export const RETENTION_PARTS: readonly Part[] = [
  { href: '/retention', label: 'Overview', permission: 'retention.read' },
  { href: '/retention/policies', label: 'Policies', permission: 'retention.read' },
  { href: '/retention/archive', label: 'Archive', permission: 'archive.read' },
  { href: '/retention/destruction', label: 'Destruction', permission: 'retention.read' },
];

/** Whether a path lies under a part; every path under /retention begins as the overview's does. */
export function isPartAt(path: string, { href }: Pick<Part, 'href'>): boolean {
  return path === href || (href !== '/retention' && path.startsWith(`${href}/`));
}

function PartLink({ part: { href, label, permission }, here }: { part: Part; here: boolean }) {
  if (!useMay(permission)) return null;
  return (
    <li>
      <Link
        href={href}
        prefetch={false}
        aria-current={here ? 'page' : undefined}
        className={cx(
          '-mb-px flex h-8 items-center border-b-2 text-sm no-underline pointer-coarse:h-10',
          here ? 'border-seal font-medium text-ink' : 'border-transparent text-ink-2 hover:text-ink',
        )}
      >
        {label}
      </Link>
    </li>
  );
}

/** Stands first on each page under /retention. */
export function RetentionTabs() {
  const path = usePathname();
  return (
    <nav aria-label="Parts of retention" className="no-print mb-5 border-b border-hairline">
      <ul className="flex flex-wrap gap-x-5">
        {RETENTION_PARTS.map((part) => (
          <PartLink key={part.href} part={part} here={isPartAt(path, part)} />
        ))}
      </ul>
    </nav>
  );
}
