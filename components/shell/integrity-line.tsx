'use client';

import Link from 'next/link';
import { Status } from '@/components/ui/status';
import type { ProofLine } from '@/lib/schema/proofs';
import type { IntegrityLine as Line } from '@/lib/schema/screens';
import { integrityWords } from './integrity-words';
import { useNow } from './use-now';

/** Always in sight: what is known of the trail's soundness, and how old the newest copy outside is. */
export function IntegrityLine({ line, proof, now }: { line: Line; proof: ProofLine; now: string }) {
  const { tone, words, rest, anchor } = integrityWords(line, proof, useNow(now));
  return (
    <Link
      href="/integrity"
      prefetch={false}
      data-integrity={tone === 'broken' ? 'broken' : line.state}
      className="group flex min-w-0 items-baseline gap-1.5 rounded text-sm no-underline"
    >
      <Status tone={tone} className="shrink-0 font-medium group-hover:underline">
        {words}
      </Status>
      {rest !== null && <span className="min-w-0 truncate text-ink-3 max-sm:hidden">· {rest}</span>}
      {anchor !== null && (
        <span data-anchor={anchor.old ? 'old' : 'fresh'} className={`min-w-0 shrink truncate ${anchor.old ? 'text-amber' : 'text-ink-3'}`}>
          · {anchor.words}
        </span>
      )}
      {rest !== null && anchor === null && <span className="min-w-0 truncate text-ink-3 sm:hidden">· {rest}</span>}
    </Link>
  );
}
