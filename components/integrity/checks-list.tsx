'use client';

import { InertText } from '@/components/ui/inert-text';
import { Status } from '@/components/ui/status';
import type { Check, CheckName } from '@/lib/schema/verification';

const NAMES: Record<CheckName, string> = {
  entries: 'Entries and their words',
  columns: 'Columns',
  conversations: 'Conversations',
  content: 'Sealed words',
  holds: 'Legal holds',
  archive: 'Archive',
  archive_objects: 'Archive objects',
  destructions: 'Destructions',
  earlier_runs: 'Earlier runs',
  tiles: 'Tiles of the tree',
  checkpoints: 'Checkpoints',
  ml_dsa: 'ML-DSA signatures',
  roots: 'Signed roots',
  keys: 'Keys',
  signer_memory: 'Signer’s memory',
  incarnations: 'Incarnations',
  inclusion: 'Inclusion proofs',
  anchors: 'Copies outside',
};

const OUTCOMES = {
  passed: { tone: 'verified', word: 'held' },
  failed: { tone: 'broken', word: 'failed' },
  not_checked: { tone: 'pending', word: 'not checked' },
} as const;

/** What a run looked at, in its order, and what it did not look at and why: a verdict speaks of the first alone. */
export function ChecksList({ checks }: { checks: Check[] }) {
  return (
    <dl className="grid text-sm sm:grid-cols-[188px_minmax(0,1fr)]">
      {checks.map((check, index) => {
        const { tone, word } = OUTCOMES[check.outcome];
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: checks of one ended run
          <div key={index} className="contents">
            <dt className="border-hairline border-t pt-1 text-ink-3 sm:pr-4 sm:pb-1">{NAMES[check.name] ?? check.name}</dt>
            <dd className="min-w-0 border-hairline pb-1 sm:border-t sm:pt-1" data-check={check.name} data-outcome={check.outcome}>
              <Status tone={tone}>
                <span className="sr-only">{word}: </span>
                <span className={check.outcome === 'failed' ? undefined : 'text-ink'}>
                  {check.outcome === 'not_checked' && 'Not checked: '}
                  <InertText text={check.say} />
                </span>
              </Status>
            </dd>
          </div>
        );
      })}
    </dl>
  );
}
