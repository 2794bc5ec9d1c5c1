'use client';

import Link from 'next/link';
import { useRouter } from 'next/navigation';
import { useState } from 'react';
import { SettingsTable } from '@/components/settings/settings-table';
import { useFrame, useMay } from '@/components/shell/frame-context';
import { Absence } from '@/components/ui/absence';
import { Button } from '@/components/ui/button';
import { formatCount } from '@/components/ui/format-count';
import { InertText } from '@/components/ui/inert-text';
import { Section } from '@/components/ui/section';
import { Status } from '@/components/ui/status';
import type { RetentionDto } from '@/lib/schema/retention';
import { RetentionFigures } from './figures';
import { MonthsSection } from './months-section';
import { countingWords, placesWords, recordsOf, searchFor, unmappedWords } from './retention-words';
import { SettleDialog } from './settle-dialog';

interface Props {
  figures: RetentionDto;
  /** By code, each policy's rule in one sentence. */
  rules: Record<string, string>;
}

const amount = (count: number) => <span className="tnum">{formatCount(count)}</span>;

/** What the figures are of, and how far they reach. */
function AsOf({ figures }: { figures: RetentionDto }) {
  const router = useRouter();
  const counting = countingWords(figures);
  return (
    <div className="flex flex-col gap-1 text-sm text-ink-2">
      <p>
        Decided {figures.today} (UTC) by{' '}
        <Link className="link" prefetch={false} href="/retention/policies#history">
          version {figures.policies_version}
        </Link>{' '}
        of the policies, over {figures.complete ? 'every record' : `the records to #${formatCount(figures.counted_to ?? '0')}`}:{' '}
        {placesWords(figures.records)}.
      </p>
      {counting.length > 0 && (
        <div className="flex flex-wrap items-baseline gap-x-3 gap-y-1">
          <Status tone="waiting">{counting.join(' ')}</Status>
          <Button size="small" tone="quiet" className="no-print" onClick={() => router.refresh()}>
            Show again
          </Button>
        </div>
      )}
    </div>
  );
}

/** What is kept until when, and why. */
export function RetentionScreen({ figures, rules }: Props) {
  const manages = useMay('retention.manage');
  const readsRegistry = useMay('registry.read');
  const { ledger } = useFrame();
  const [settling, setSettling] = useState<{ floor: string; ceiling: string } | null>(null);
  const { records, policies, conflicts, unmapped } = figures;
  if (records.hot + records.archived + records.destroyed === 0 && figures.behind === 0)
    return (
      <Absence
        kind="nothing_recorded"
        title="Nothing to keep yet"
        action={
          <Link className="link" prefetch={false} href="/retention/policies">
            The policies that will apply
          </Link>
        }
      >
        When the first record arrives, this page says until when it is kept and why. {policies.filter(({ on }) => on).length} policies are
        on:{' '}
        {policies
          .filter(({ on }) => on)
          .map(({ title }) => title)
          .join(', ')}
        .
      </Absence>
    );
  const titleOf = (code: string) => policies.find((policy) => policy.code === code)?.title ?? code;
  return (
    <div className="flex max-w-[1240px] flex-col gap-7">
      <div className="flex flex-col gap-4">
        {ledger.kind === 'access' && (
          <p className="max-w-[76ch] text-sm">
            The access ledger stays whole, whatever policies say: nothing of it is archived or destroyed, and nothing of it is ever due.
          </p>
        )}
        <AsOf figures={figures} />
        <RetentionFigures figures={figures} />
      </div>
      <MonthsSection figures={figures} />
      <Section title="By policy">
        <SettingsTable
          caption="Records by policy"
          head={['Policy', 'Its rule', 'Applies to', 'Decides for', 'Due now', 'Named by']}
          hideBelow={[null, 'md', null, null, null, 'md']}
          rows={policies.map(({ code, title, on, applies, decides, due }) => ({
            id: code,
            faded: applies === 0,
            cells: [
              <span key="title">
                <InertText text={title} className="font-medium" />{' '}
                {title !== code && <code className="mono text-xs text-ink-3">{code}</code>}
                {!on && <span className="text-ink-3"> off</span>}
              </span>,
              <InertText key="rule" text={rules[code] ?? ''} />,
              <span key="applies">{amount(applies)}</span>,
              <span key="decides">{amount(decides)}</span>,
              <span key="due">{amount(due)}</span>,
              <NamedBy key="named" code={code} />,
            ],
          }))}
        />
        <p className="mt-1 text-xs text-ink-3">
          Several policies may apply to one record; the one that ends last decides. Which apply is said by the domains of the record.
        </p>
      </Section>
      {conflicts.rows.length > 0 && (
        <Section title="In conflict" id="conflicts">
          <SettingsTable
            caption="Conflicts"
            head={['Minimum', 'Maximum', 'Records', ...(manages ? [''] : [])]}
            rows={conflicts.rows.map(({ floor, ceiling, records: count }) => ({
              id: `${floor} ${ceiling}`,
              cells: [
                <span key="floor">{titleOf(floor)}</span>,
                <span key="ceiling">{titleOf(ceiling)}</span>,
                <span key="records">{amount(count)}</span>,
                ...(manages
                  ? [
                      <Button key="settle" size="small" className="no-print" onClick={() => setSettling({ floor, ceiling })}>
                        Settle…
                      </Button>,
                    ]
                  : []),
              ],
            }))}
          />
        </Section>
      )}
      {unmapped.rows.length > 0 && (
        <Section
          title="Unmapped"
          id="unmapped"
          action={
            readsRegistry && (
              <Link className="link text-sm" prefetch={false} href="/registry">
                Map them in the registry
              </Link>
            )
          }
        >
          <SettingsTable
            caption="What nobody has mapped"
            head={['What', 'Name', 'Records']}
            rows={unmapped.rows.map(({ what, records: count }) => {
              const { kind, name } = unmappedWords(what);
              const href = name === null || (kind !== 'tool' && kind !== 'domain') ? null : searchFor(kind, name);
              return {
                id: what,
                cells: [
                  kind === '' ? 'Unknown' : `${kind.slice(0, 1).toUpperCase()}${kind.slice(1)}`,
                  name === null ? (
                    <span key="name" className="text-ink-3">
                      without a name
                    </span>
                  ) : (
                    <InertText key="name" text={name} className="mono text-xs" />
                  ),
                  href === null ? (
                    <span key="records">{amount(count)}</span>
                  ) : (
                    <Link key="records" className="link tnum" prefetch={false} href={href}>
                      {formatCount(count)}
                    </Link>
                  ),
                ],
              };
            })}
          />
          {unmapped.rows.length === 100 && (
            <p className="mt-1 text-xs text-ink-3">The 100 that stand in most records; {recordsOf(unmapped.records)} in all.</p>
          )}
        </Section>
      )}
      {settling !== null && (
        <SettleDialog
          {...settling}
          titles={{ floor: titleOf(settling.floor), ceiling: titleOf(settling.ceiling) }}
          rules={rules}
          version={figures.policies_version}
          onClose={() => setSettling(null)}
        />
      )}
    </div>
  );
}

/** The records that name the policy as a domain of theirs; the fallback needs no name. */
function NamedBy({ code }: { code: string }) {
  const href = searchFor('domain', code);
  if (code === 'default' || href === null) return <span className="text-ink-3">none needed</span>;
  return (
    <Link className="link mono text-xs" prefetch={false} href={href}>
      domain:{code}
    </Link>
  );
}
