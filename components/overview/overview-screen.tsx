'use client';

import Link from 'next/link';
import type { ReactNode } from 'react';
import { ANCHOR_WORDS, unanchored } from '@/components/proof/anchor-words';
import { RECORD_COLUMNS } from '@/components/records/record-columns';
import { useFrame, useMay } from '@/components/shell/frame-context';
import { recordsSince } from '@/components/shell/integrity-words';
import { Fact, FactList } from '@/components/ui/fact-list';
import { countOf, formatCount, formatTotal } from '@/components/ui/format-count';
import { Hash } from '@/components/ui/hash';
import { InertText } from '@/components/ui/inert-text';
import { Status } from '@/components/ui/status';
import { Time } from '@/components/ui/time';
import type { Counted, EntryDto, OverviewDto } from '@/lib/schema/screens';
import { Needs } from './needs';
import { Volume } from './volume';

function Section({ title, children, more }: { title: string; children: ReactNode; more?: ReactNode }) {
  return (
    <section className="border-t border-rule pt-2">
      <div className="mb-1 flex items-baseline justify-between gap-3">
        <h2 className="section-title">{title}</h2>
        {more}
      </div>
      {children}
    </section>
  );
}

function Integrity({ overview }: { overview: OverviewDto }) {
  const { integrity: line, head } = overview;
  const since = recordsSince(line);
  const total = head === null ? '0' : (BigInt(head.seq) + 1n).toString();
  return (
    <div>
      <p className="font-serif text-xl text-balance">
        {line.state === 'verified' && (
          <Status tone="verified">
            Verified: every record to #{formatCount(line.verified_to ?? '0')} matches its seal
            {since === '0' ? '.' : `; ${countOf(since, 'record has', 'records have')} come since.`}
          </Status>
        )}
        {line.state === 'broken' && (
          <Status tone="broken">Broken at #{formatCount(line.broken_at ?? '?')}: the trail does not match its seal there.</Status>
        )}
        {line.state === 'never_verified' && (
          <Status tone="pending">Not verified yet: {countOf(total, 'record waits', 'records wait')} for the first run.</Status>
        )}
        {line.state === 'empty' && <Status tone="pending">Nothing recorded yet.</Status>}
      </p>
      <div className="mt-2">
        <FactList>
          {line.checked_at !== null && (
            <Fact name="Last run">
              <Time at={line.checked_at} />
              {line.verification_id !== null && (
                <>
                  {' · '}
                  <Link className="link" prefetch={false} href={`/integrity/${line.verification_id}`}>
                    {line.state === 'broken' ? 'see every break' : 'the run'}
                  </Link>
                </>
              )}
            </Fact>
          )}
          {head !== null && (
            <>
              <Fact name="Newest entry">
                #{formatCount(head.seq)} · <Time at={head.received_at} />
              </Fact>
              <Fact name="Its seal">
                <Hash value={head.integrity_hash} label="integrity hash" />
              </Fact>
            </>
          )}
          <Signed total={total} />
        </FactList>
      </div>
    </div>
  );
}

/** How far it is signed, and how far copies outside reach. @param total records of the ledger */
function Signed({ total }: { total: string }) {
  const { proof } = useFrame();
  const open = unanchored(proof, total);
  return (
    <>
      <Fact name="Signed">
        {proof.checkpoint === null ? (
          <span className="text-ink-3">not yet</span>
        ) : (
          <>
            <Link className="link" prefetch={false} href="/integrity?show=checkpoints">
              checkpoint {formatCount(proof.checkpoint.number)}
            </Link>
            , {countOf(proof.checkpoint.size, 'record', 'records')}, <Time at={proof.checkpoint.signed_at} />
          </>
        )}
      </Fact>
      <Fact name="Outside">
        {proof.anchor === null ? (
          <span className="text-ink-3">{proof.configured ? 'nothing anchored yet' : 'no place configured'}</span>
        ) : (
          <>
            {ANCHOR_WORDS[proof.anchor.kind].did.toLowerCase()} <InertText text={proof.anchor.target} />,{' '}
            <Time at={proof.anchor.anchored_at} />
            {open !== null && open !== '0' && <span className="text-ink-3"> · {countOf(open, 'record', 'records')} since</span>}
          </>
        )}
      </Fact>
    </>
  );
}

function Recent({ entries }: { entries: EntryDto[] }) {
  const columns = RECORD_COLUMNS.filter((column) => ['seq', 'time', 'action', 'what', 'agent'].includes(column.id));
  return (
    <div className="@container">
      <table className="w-full table-fixed text-sm">
        <caption className="sr-only">The newest records</caption>
        <colgroup>
          {columns.map((column) => (
            <col key={column.id} style={{ width: column.width }} className={column.priority === 2 ? '@max-2xl:hidden' : ''} />
          ))}
        </colgroup>
        <thead>
          <tr className="border-b border-hairline text-left text-xs text-ink-2">
            {columns.map((column) => (
              <th key={column.id} scope="col" className={`h-7 font-medium ${column.priority === 2 ? '@max-2xl:hidden' : ''}`}>
                {column.label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {entries.map((entry) => (
            <tr key={entry.id} className="h-7 border-b border-hairline">
              {columns.map((column) => (
                <td key={column.id} className={`truncate pr-3 ${column.priority === 2 ? '@max-2xl:hidden' : ''}`}>
                  {column.render(entry)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function More({ href, children }: { href: string; children: ReactNode }) {
  return (
    <Link href={href} prefetch={false} className="link text-xs">
      {children}
    </Link>
  );
}

function total(counted: Counted): string {
  return formatTotal(counted);
}

/** Is the trail sound, and what needs me? */
export function OverviewScreen({ overview }: { overview: OverviewDto }) {
  const { ledger } = useFrame();
  const mayRead = useMay('records.read');
  const mayConverse = useMay('conversations.read');
  return (
    <div className="flex max-w-[1240px] flex-col gap-7">
      <div className="grid gap-x-12 gap-y-6 lg:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
        <Section title="Is the trail sound?">
          <Integrity overview={overview} />
        </Section>
        <Section title="What needs you?">
          <Needs overview={overview} />
        </Section>
      </div>
      <Volume volume={overview.volume} asOf={overview.volume_as_of} />
      <div className="grid gap-x-12 gap-y-7 lg:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
        {mayRead && overview.recent.length > 0 && (
          <Section title="Newest records" more={<More href="/records">All records</More>}>
            <Recent entries={overview.recent} />
          </Section>
        )}
        {ledger.kind === 'agents' && (
          <Section title="Agents" more={mayConverse ? <More href="/conversations">All conversations</More> : undefined}>
            <p className="pb-1 text-xs text-ink-3">
              {total(overview.conversations.total)} conversations, {total(overview.conversations.open)} still open
            </p>
            <table className="w-full text-sm">
              <caption className="sr-only">Agents by conversations</caption>
              <tbody>
                {overview.agents.slice(0, 12).map((agent) => (
                  <tr key={agent.agent_name} className="h-7 border-b border-hairline">
                    <th scope="row" className="text-left font-normal">
                      {mayConverse ? (
                        <Link className="link" prefetch={false} href={`/conversations?agent=${encodeURIComponent(agent.agent_name)}`}>
                          <InertText text={agent.agent_name} />
                        </Link>
                      ) : (
                        <InertText text={agent.agent_name} />
                      )}
                    </th>
                    <td className="tnum text-right">{countOf(agent.conversations, 'conversation', 'conversations')}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </Section>
        )}
      </div>
    </div>
  );
}
