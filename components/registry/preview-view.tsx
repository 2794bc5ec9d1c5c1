'use client';

import { useEffect, useRef } from 'react';
import { SettingsTable } from '@/components/settings/settings-table';
import { formatCount } from '@/components/ui/format-count';
import { InertText } from '@/components/ui/inert-text';
import { Time } from '@/components/ui/time';
import type { PreviewAnswer } from '@/lib/schema/registry';
import { deciderWords, groupWords, previewWords } from './registry-words';

/** What other entries would have made of the last week. */
export function PreviewView({ answer }: { answer: PreviewAnswer }) {
  const section = useRef<HTMLElement>(null);
  // It comes below a form that may fill the window.
  useEffect(() => {
    section.current?.scrollIntoView({ block: 'nearest' });
  }, []);
  return (
    <section ref={section} aria-label="Preview" className="border-t border-rule pt-2">
      <h3 className="section-title">What the last seven days would have been</h3>
      <p className="mt-1 max-w-[72ch] text-sm" role="status">
        {previewWords(answer)}{' '}
        {!answer.complete && (
          <>
            There are more than a preview looks at: these go back to <Time at={answer.since} precision="minute" />.{' '}
          </>
        )}
        Records that are there stay as they are.
      </p>
      {answer.groups.length > 0 && (
        <div className="mt-2">
          <SettingsTable
            caption="Records that would have been kept otherwise"
            head={['Name', 'Records', 'Would have been', 'By', 'Derived']}
            hideBelow={[null, null, null, 'md', 'md']}
            rows={answer.groups.map((group) => ({
              id: JSON.stringify([group.kind, group.name, group.classification, group.domains, group.raised_by]),
              cells: [
                <InertText key="name" text={group.name} />,
                <span key="records" className="tnum">
                  {formatCount(group.records)}
                </span>,
                groupWords(group),
                <InertText key="entry" text={deciderWords(group)} />,
                <span key="derived" className="tnum">
                  {group.derived === 0 ? '–' : `${group.derived > 0 ? '+' : '−'}${formatCount(Math.abs(group.derived))}`}
                </span>,
              ],
            }))}
          />
          {answer.groups.some((group) => group.raised_by !== null) && (
            <p className="mt-1 max-w-[72ch] text-xs text-ink-3">
              The highest of the tool’s entry, the data source behind its resource type and what the sender wrote counts: an entry lowers
              nothing that its data source raises.
            </p>
          )}
          {answer.more_groups > 0 && <p className="mt-1 text-xs text-ink-3">And {formatCount(answer.more_groups)} smaller groups.</p>}
        </div>
      )}
    </section>
  );
}
