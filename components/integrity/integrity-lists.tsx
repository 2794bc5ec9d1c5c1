'use client';

import Link from 'next/link';
import { parseAsStringLiteral, useQueryState } from 'nuqs';
import { AlarmsList } from '@/components/alarms/alarms-list';
import { ExportList } from '@/components/reports/export-list';
import { buttonClass } from '@/components/ui/button';
import { Tabs } from '@/components/ui/tabs';
import type { IntegrityDto } from '@/lib/schema/screens';
import { CheckpointsTable } from './checkpoints-table';
import { HistoryTable } from './history-table';
import { IncarnationsTable, KeysTable } from './keys-table';

const LISTS = ['runs', 'checkpoints', 'keys', 'alarms'] as const;
type List = (typeof LISTS)[number];

/** The long lists of the page, one at a time; which one stands in the address. */
export function IntegrityLists({ integrity }: { integrity: IntegrityDto }) {
  const { runs, next_before: before, proofs, newest_checkpoint: newest } = integrity;
  const [shown, setShown] = useQueryState('show', parseAsStringLiteral(LISTS).withDefault('runs'));
  const ended = proofs.alarms.filter((alarm) => alarm.ended_at !== null);
  return (
    <section aria-label="Lists">
      <Tabs
        label="Lists"
        value={shown}
        onChange={(value) => void setShown(value as List)}
        tabs={[
          {
            value: 'runs',
            label: 'Runs',
            content: (
              <>
                {runs.length > 0 && (
                  <p className="flex justify-end pb-2">
                    <ExportList kind="verifications" columns={[]} />
                  </p>
                )}
                <HistoryTable runs={runs} />
                {before !== null && (
                  <p className="py-3">
                    <Link
                      href={`/integrity?show=runs&before=${encodeURIComponent(before)}`}
                      prefetch={false}
                      className={buttonClass('plain', 'small')}
                    >
                      Older runs
                    </Link>
                  </p>
                )}
              </>
            ),
          },
          {
            value: 'checkpoints',
            label: 'Checkpoints',
            content: (
              <CheckpointsTable
                checkpoints={proofs.checkpoints}
                keys={proofs.keys}
                nextBefore={proofs.next_before}
                paged={newest !== null && proofs.checkpoints[0]?.number !== newest.number}
              />
            ),
          },
          {
            value: 'keys',
            label: proofs.incarnations.length > 1 ? 'Keys and incarnations' : 'Keys',
            content: (
              <div className="flex flex-col gap-6">
                <div>
                  <p className="mb-2 max-w-[72ch] text-sm text-ink-2">
                    A checkpoint counts only with the signatures of the keys that were in force for its size. Keep these keys somewhere
                    else: whoever verifies with their own copy need not trust this server.
                  </p>
                  <KeysTable keys={proofs.keys} />
                </div>
                {proofs.incarnations.length > 0 && (
                  <div>
                    <h3 className="section-title mb-1">Incarnations</h3>
                    <IncarnationsTable incarnations={proofs.incarnations} />
                  </div>
                )}
              </div>
            ),
          },
          {
            value: 'alarms',
            label: 'Past alarms',
            content: <AlarmsList alarms={ended} none="No alarm of this ledger has ended: none was raised, or those above are open." />,
          },
        ]}
      />
    </section>
  );
}
