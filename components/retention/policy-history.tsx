'use client';

import Link from 'next/link';
import { SettingsTable } from '@/components/settings/settings-table';
import { buttonClass } from '@/components/ui/button';
import { InertText } from '@/components/ui/inert-text';
import { Section } from '@/components/ui/section';
import { Time } from '@/components/ui/time';
import type { PoliciesDto, PolicyVersionDto, PolicyVersions, Settlement } from '@/lib/schema/retention';
import { policyChanges, titleOf } from './retention-words';

type Policies = PoliciesDto['policies'];

function Answer({ settlement: { floor, ceiling, in_favour_of }, policies }: { settlement: Settlement; policies: Policies }) {
  const [a, b] = [titleOf(policies, floor), titleOf(policies, ceiling)];
  return <InertText text={`${a} against ${b}: in favour of ${in_favour_of === 'floor' ? a : b}`} />;
}

/** Each policy as it was and as it is. */
function Changes({ row, policies }: { row: PolicyVersionDto; policies: Policies }) {
  if (row.version === 1)
    return (
      <InertText
        text={`Begins with ${row.policies
          .filter(({ after }) => after.on)
          .map(({ after }) => after.title)
          .join(', ')}`}
      />
    );
  return (
    <ul className="flex flex-col gap-1">
      {row.policies.map(({ code, before, after }) => (
        <li key={code}>
          <InertText text={after.title} className="font-medium" />
          {before === null && <span className="text-ink-3"> new here</span>}
          <ul className="text-xs text-ink-2">
            {policyChanges(before, after).map(({ label, before: was, after: is }) => (
              <li key={label}>
                {label}: {was !== null && <InertText text={`${was} → `} />}
                <InertText text={is} className="text-ink" />
              </li>
            ))}
          </ul>
        </li>
      ))}
      {row.settlements.after.map((settlement) => (
        <li key={`after ${settlement.floor} ${settlement.ceiling}`}>
          <span className="font-medium">Settled</span> <Answer settlement={settlement} policies={policies} />
        </li>
      ))}
      {row.settlements.before
        .filter(({ floor, ceiling }) => !row.settlements.after.some((one) => one.floor === floor && one.ceiling === ceiling))
        .map((settlement) => (
          <li key={`before ${settlement.floor} ${settlement.ceiling}`}>
            <span className="font-medium">Opened again</span> <Answer settlement={settlement} policies={policies} />, as it was before
          </li>
        ))}
    </ul>
  );
}

/** How the policies came to be: who, when, why, before and after. */
export function PolicyHistory({
  history: { rows, next_before: next },
  before,
  policies,
}: {
  history: PolicyVersions;
  before: number | null;
  policies: Policies;
}) {
  return (
    <Section title="Versions" id="history">
      <SettingsTable
        caption="Versions of the policies, newest first"
        head={['Version', 'What changed', 'Reason', 'Changed', 'By']}
        hideBelow={[null, null, 'md', null, 'md']}
        rows={rows.map((row) => ({
          id: String(row.version),
          cells: [
            <span key="version" className="tnum">
              {row.version}
            </span>,
            <Changes key="changes" row={row} policies={policies} />,
            <InertText key="reason" text={row.reason ?? 'The ledger was made'} />,
            <Time key="at" at={row.changed_at} precision="minute" />,
            <InertText key="by" text={row.changed_by} />,
          ],
        }))}
      />
      {(next !== null || before !== null) && (
        <p className="flex gap-2 py-3">
          {before !== null && (
            <Link href="/retention/policies#history" prefetch={false} className={buttonClass('plain', 'small')}>
              Newest versions
            </Link>
          )}
          {next !== null && (
            <Link href={`/retention/policies?before=${next}#history`} prefetch={false} className={buttonClass('plain', 'small')}>
              Older versions
            </Link>
          )}
        </p>
      )}
    </Section>
  );
}
