'use client';

import Link from 'next/link';
import { Status } from '@/components/ui/status';
import type { IntegrityLine as Line } from '@/lib/schema/screens';
import { integrityWords } from './integrity-words';

/** Always in sight: what is known of the trail's soundness. */
export function IntegrityLine({ line, now }: { line: Line; now: string }) {
  const { tone, words, rest } = integrityWords(line, now);
  return (
    <Link
      href="/integrity"
      prefetch={false}
      data-integrity={line.state}
      className="group flex min-w-0 items-baseline gap-1.5 rounded text-sm no-underline"
    >
      <Status tone={tone} className="shrink-0 font-medium group-hover:underline">
        {words}
      </Status>
      {rest !== null && <span className="truncate text-ink-3">· {rest}</span>}
    </Link>
  );
}
