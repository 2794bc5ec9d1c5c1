'use client';

import { useLayoutEffect, useRef } from 'react';
import { Fact, FactList } from '@/components/ui/fact-list';
import { countOf, formatCount } from '@/components/ui/format-count';
import { Hash } from '@/components/ui/hash';
import { InertText } from '@/components/ui/inert-text';
import { Status, type Tone } from '@/components/ui/status';
import { Time } from '@/components/ui/time';
import type { ComparisonDto } from '@/lib/schema/proofs';
import { comparisonWords, ownWords } from './comparison-words';
import type { OwnVerdict } from './read-comparand';

const TONES: Record<ComparisonDto['checks'][number]['outcome'], Tone> = { passed: 'verified', failed: 'broken', not_checked: 'pending' };

/** What came of holding an older proof against the ledger of today: the verdict, what was brought, what stands here, and each check. */
export function ComparisonResult({ comparison, own, fileName }: { comparison: ComparisonDto; own: OwnVerdict | null; fileName: string }) {
  const heading = useRef<HTMLParagraphElement>(null);
  // Whoever uses a keyboard or a reader is taken to the answer; the file was chosen somewhere else.
  useLayoutEffect(() => heading.current?.focus(), []);
  const said = comparisonWords(comparison);
  const itself = own === null ? null : ownWords(own);
  const { now } = comparison;
  return (
    <div data-verdict={comparison.verdict} className="flex flex-col gap-3">
      {itself !== null && (
        <p className="font-serif text-lg text-balance" data-own-verdict={own?.verdict}>
          <Status tone={itself.tone}>
            <InertText text={itself.words} />
          </Status>
        </p>
      )}
      <p ref={heading} tabIndex={-1} className="font-serif text-lg text-balance outline-none">
        <Status tone={said.tone}>{said.words}</Status>
      </p>
      <div className="grid items-start gap-x-10 gap-y-2 md:grid-cols-2">
        <FactList>
          <Fact name="You brought">
            <InertText text={fileName} />
          </Fact>
          {comparison.origin !== null && (
            <Fact name="Origin">
              <code className="mono">
                <InertText text={comparison.origin} />
              </code>
            </Fact>
          )}
          {comparison.size !== null && <Fact name="It covers">{countOf(comparison.size, 'record', 'records')}</Fact>}
          {comparison.root !== null && (
            <Fact name="Its root">
              <Hash value={comparison.root} label="root hash of the file" />
            </Fact>
          )}
          {comparison.signed_at !== null && (
            <Fact name="Signed">
              <Time at={comparison.signed_at} />
            </Fact>
          )}
        </FactList>
        {now !== null && (
          <FactList>
            <Fact name="Here now">checkpoint {formatCount(now.number)}</Fact>
            <Fact name="It covers">{countOf(now.size, 'record', 'records')}</Fact>
            <Fact name="Its root">
              <Hash value={now.root} label="root hash of today" />
            </Fact>
          </FactList>
        )}
      </div>
      <ol aria-label="Checks" className="border-t border-rule text-sm">
        {comparison.checks.map((check, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: checks of one answer
          <li key={index} data-check={check.name} data-outcome={check.outcome} className="border-b border-hairline py-1">
            <Status tone={TONES[check.outcome]}>
              <span className={check.outcome === 'failed' ? 'font-medium' : 'text-ink'}>
                {check.outcome === 'not_checked' && 'Not checked: '}
                <InertText text={check.say} />
              </span>
            </Status>
          </li>
        ))}
      </ol>
    </div>
  );
}
