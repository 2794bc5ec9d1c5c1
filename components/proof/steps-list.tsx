'use client';

import { useState } from 'react';
import { countOf } from '@/components/ui/format-count';
import { Status } from '@/components/ui/status';
import type { RecordStep } from '@/lib/chain/record-step';
import { StepView } from './step-view';

/** So long a path is folded to one line: its hashes are all alike to read. */
const FOLDED_FROM = 3;

/** Every step in order. The way up the tree stands under one line until someone wants to see it. */
export function StepsList({ steps }: { steps: RecordStep[] }) {
  const [unfolded, setUnfolded] = useState(false);
  const path = steps.filter((step) => step.name === 'path_node');
  const first = path[0];
  const folds = path.length >= FOLDED_FROM && !unfolded;
  return (
    <ol aria-label="Steps of the verification" className="border-t border-rule">
      {steps.map((step, index) => {
        if (folds && step.name === 'path_node') {
          return step === first ? (
            <li key="path" className="border-b border-hairline">
              <button
                type="button"
                onClick={() => setUnfolded(true)}
                className="flex min-h-7 w-full items-center gap-2 py-0.5 text-left text-sm hover:bg-sunk"
              >
                <Status tone="verified" className="min-w-0 flex-1">
                  <span className="text-ink">{countOf(path.length, 'hash', 'hashes')} up the tree</span>
                </Status>
                <span className="link text-xs">Show each</span>
              </button>
            </li>
          ) : null;
        }
        // biome-ignore lint/suspicious/noArrayIndexKey: steps of one verdict
        return <StepView key={index} step={step} open={false} />;
      })}
    </ol>
  );
}
