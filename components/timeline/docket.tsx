'use client';

import Link from 'next/link';
import type { ReactNode } from 'react';
import { useFrame } from '@/components/shell/frame-context';
import { formatCount } from '@/components/ui/format-count';
import { InertText } from '@/components/ui/inert-text';
import { Status } from '@/components/ui/status';
import { Time } from '@/components/ui/time';
import { plainWords } from '@/components/ui/vocabulary-words';
import { keptInWords } from '@/lib/schema/archived-words';
import type { ConversationDto } from '@/lib/schema/screens';
import type { Completeness } from './build-transcript';

export function DocketSection({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="border-t border-rule pt-2 pb-4">
      <h2 className="section-title mb-1">{title}</h2>
      {children}
    </section>
  );
}

export function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="contents">
      <dt className="text-ink-3">{name}</dt>
      <dd className="min-w-0 wrap-anywhere">{children}</dd>
    </div>
  );
}

const LIST = 'grid grid-cols-[92px_minmax(0,1fr)] gap-x-3 gap-y-1 text-sm';

function Linked({ value, href }: { value: string | null; href: (value: string) => string }) {
  if (value === null) return <span className="text-ink-3">not recorded</span>;
  return (
    <Link href={href(encodeURIComponent(value))} prefetch={false} className="link">
      <InertText text={value} />
    </Link>
  );
}

export function Facts({ dto, complete }: { dto: ConversationDto; complete: Completeness }) {
  const { summary } = dto;
  return (
    <dl className={LIST}>
      <Fact name="Records">
        <Status tone={complete.complete ? 'verified' : summary.missing > 0 ? 'attention' : 'plain'}>{complete.words}</Status>
      </Fact>
      {summary.archived > 0 && summary.destroyed === undefined && (
        <Fact name="Kept in">
          {keptInWords(summary)}
          {summary.archived < summary.record_count && `: ${formatCount(summary.archived)} of ${formatCount(summary.record_count)} records`}
        </Fact>
      )}
      {summary.destroyed !== undefined && (
        <Fact name="Erased">
          {formatCount(summary.destroyed)} of {formatCount(summary.record_count)} records, under policy; their entries stay
        </Fact>
      )}
      <Fact name="Agent">
        <Linked value={summary.agent_name} href={(value) => `/conversations?agent=${value}`} />
      </Fact>
      <Fact name="User">
        <Linked value={summary.user_id} href={(value) => `/conversations?user=${value}`} />
      </Fact>
      <Fact name="Subject">
        <Linked value={summary.subject_id} href={(value) => `/records?subject=${value}`} />
      </Fact>
      <Fact name="Class">{summary.classification === null ? 'not recorded' : plainWords(summary.classification)}</Fact>
      <Fact name="First">
        <Time at={summary.first_at} />
      </Fact>
      <Fact name="Last">
        <Time at={summary.last_at} />
      </Fact>
      <Fact name="State">{summary.ended ? 'Closed' : 'Still open'}</Fact>
      <Fact name="Entries">
        #{formatCount(summary.first_seq)} to #{formatCount(summary.last_seq)}
      </Fact>
    </dl>
  );
}

export function AtStart({ dto }: { dto: ConversationDto }) {
  const { prompt, model } = dto.in_force_at_start;
  return (
    <dl className={LIST}>
      <Fact name="Prompt">
        {prompt === null ? (
          <span className="text-ink-3">not recorded</span>
        ) : (
          <>
            <InertText text={prompt.version} />{' '}
            <span className="text-ink-3">
              since <Time at={prompt.since} precision="minute" />
            </span>
          </>
        )}
      </Fact>
      <Fact name="Model">
        {model === null ? (
          <span className="text-ink-3">not recorded</span>
        ) : (
          <>
            <InertText text={model.name} />{' '}
            <span className="text-ink-3">
              since <Time at={model.since} precision="minute" />
            </span>
          </>
        )}
      </Fact>
    </dl>
  );
}

export function Grants({ grants }: { grants: ConversationDto['grants'] }) {
  if (grants.length === 0) return <p className="text-sm text-ink-3">No grant to this agent is recorded for this time.</p>;
  return (
    <ul className="flex flex-col gap-2 text-sm">
      {grants.map((grant) => (
        <li key={grant.seq}>
          <p>
            <InertText text={grant.scope ?? grant.resource_type ?? 'scope not recorded'} />{' '}
            <span className="text-ink-3">#{formatCount(grant.seq)}</span>
          </p>
          <p className="text-xs text-ink-3">
            {grant.approver === null ? (
              'no approver recorded'
            ) : (
              <>
                approved by <InertText text={grant.approver} />
              </>
            )}
            , <Time at={grant.granted_at} precision="minute" />
            {grant.expires_at !== null && (
              <>
                , until <Time at={grant.expires_at} precision="minute" />
              </>
            )}
          </p>
          {grant.revoked_at !== null && (
            <Status tone="attention" className="text-xs">
              revoked <Time at={grant.revoked_at} precision="minute" />
            </Status>
          )}
        </li>
      ))}
    </ul>
  );
}

export function Viewers({ viewed }: { viewed: ConversationDto['viewed_by'] }) {
  const { person } = useFrame();
  if (viewed.length === 0) return <p className="text-sm text-ink-3">Nobody else. Your own view is now recorded as {person.name}.</p>;
  return (
    <ul className="flex flex-col gap-0.5 text-sm">
      {viewed.map((view) => (
        <li key={view.seq} className="flex flex-wrap justify-between gap-x-3">
          <InertText text={view.person} />
          <Time at={view.at} precision="minute" className="text-ink-3" />
        </li>
      ))}
    </ul>
  );
}
