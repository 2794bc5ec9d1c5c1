'use client';

import { useState } from 'react';
import { SettingsTable } from '@/components/settings/settings-table';
import { useMay } from '@/components/shell/frame-context';
import { Button } from '@/components/ui/button';
import { formatCount } from '@/components/ui/format-count';
import { InertText } from '@/components/ui/inert-text';
import { Section } from '@/components/ui/section';
import { Status } from '@/components/ui/status';
import type { PoliciesDto, RetentionDto, Settlement } from '@/lib/schema/retention';
import { titleOf } from './retention-words';
import { SettleDialog } from './settle-dialog';

interface Pair {
  floor: string;
  ceiling: string;
}

interface Props {
  conflicts: RetentionDto['conflicts'];
  settlements: PoliciesDto['settlements'];
  policies: PoliciesDto['policies'];
  version: number;
  onReopen: (settlement: Settlement, titles: Pair) => void;
}

/** Conflicts that stand, and what people answered to others. */
export function Conflicts({ conflicts, settlements, policies, version, onReopen }: Props) {
  const manages = useMay('retention.manage');
  const [settling, setSettling] = useState<Pair | null>(null);
  const titles = ({ floor, ceiling }: Pair): Pair => ({ floor: titleOf(policies, floor), ceiling: titleOf(policies, ceiling) });
  const rows = [
    ...conflicts.rows.map((row) => ({ ...row, settlement: null })),
    ...settlements.map((settlement) => ({ floor: settlement.floor, ceiling: settlement.ceiling, records: null, settlement })),
  ];
  return (
    <Section title="Conflicts" id="conflicts">
      {rows.length === 0 ? (
        <p className="max-w-[72ch] text-sm text-ink-2">
          None: no minimum ends after a maximum for any record. When one does, a person settles here which of the two gives way.
        </p>
      ) : (
        <SettingsTable
          caption="Conflicts and how they were settled"
          head={['Minimum', 'Maximum', 'State', ...(manages ? [''] : [])]}
          rows={rows.map(({ settlement, records, ...pair }) => {
            const named = titles(pair);
            return {
              id: `${pair.floor} ${pair.ceiling}`,
              cells: [
                <InertText key="floor" text={named.floor} />,
                <InertText key="ceiling" text={named.ceiling} />,
                settlement === null ? (
                  <Status key="state" tone="attention">
                    Open, for {formatCount(records)} {records === 1 ? 'record' : 'records'}: the minimum holds meanwhile
                  </Status>
                ) : (
                  <span key="state">
                    Settled in favour of <InertText text={settlement.in_favour_of === 'floor' ? named.floor : named.ceiling} />
                    <span className="block text-xs text-ink-2">
                      <InertText text={settlement.reason} />
                    </span>
                  </span>
                ),
                ...(manages
                  ? [
                      settlement === null ? (
                        <Button key="do" size="small" className="no-print" onClick={() => setSettling(pair)}>
                          Settle…
                        </Button>
                      ) : (
                        <Button key="do" size="small" tone="quiet" onClick={() => onReopen(settlement, named)}>
                          Open again…
                        </Button>
                      ),
                    ]
                  : []),
              ],
            };
          })}
        />
      )}
      {settling !== null && (
        <SettleDialog
          {...settling}
          titles={titles(settling)}
          rules={Object.fromEntries(policies.map(({ code, say }) => [code, say]))}
          version={version}
          onClose={() => setSettling(null)}
        />
      )}
    </Section>
  );
}
