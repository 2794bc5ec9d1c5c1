'use client';

import Link from 'next/link';
import { useState } from 'react';
import { SettingsTable } from '@/components/settings/settings-table';
import { useMay } from '@/components/shell/frame-context';
import { Button } from '@/components/ui/button';
import { InertText } from '@/components/ui/inert-text';
import { Section } from '@/components/ui/section';
import { Time } from '@/components/ui/time';
import type { PoliciesDto, TriggerDto, TriggerPageDto } from '@/lib/schema/retention';
import { EnterTrigger, WithdrawTrigger } from './trigger-dialogs';

interface Props {
  page: TriggerPageDto;
  policies: PoliciesDto['policies'];
}

/** "account closed". */
export const triggerWords = (name: string) => name.replaceAll('_', ' ');

const ADDRESS = {
  conversation: '/conversations/',
  subject: '/records?subject=',
  agent: '/records?agent=',
  resource: '/records?resource_id=',
} as const;

export function ScopeCell({ scope: { kind, type, value } }: Pick<TriggerDto, 'scope'>) {
  const base = ADDRESS[kind as keyof typeof ADDRESS];
  const href = `${base}${encodeURIComponent(value)}${type === undefined ? '' : `&resource_type=${encodeURIComponent(type)}`}`;
  return (
    <>
      <span className="text-ink-2">{type === undefined ? kind : <InertText text={type} />}</span>{' '}
      <Link className="link" prefetch={false} href={href}>
        <InertText text={value} />
      </Link>
    </>
  );
}

/** What people entered that starts or moves a clock, withdrawn ones included. */
export function TriggersList({ page: { rows, more, triggers }, policies }: Props) {
  const manages = useMay('retention.manage');
  const [doing, setDoing] = useState<'enter' | TriggerDto | null>(null);
  const waiting = (name: string) =>
    policies
      .filter((policy) => policy.trigger === name)
      .map(({ title, on }) => (on ? title : `${title} (off)`))
      .join(', ');
  return (
    <Section
      title="Events that start clocks"
      id="events"
      action={
        manages &&
        triggers.length > 0 && (
          <Button onClick={() => setDoing('enter')} aria-haspopup="dialog">
            Enter an event
          </Button>
        )
      }
    >
      <p className="mb-2 max-w-[76ch] text-sm text-ink-2">
        {triggers.length === 0
          ? 'No policy of this ledger waits for an event.'
          : `An account was closed, a rule was last in effect, something was last used: entered by a person, for what is there and what comes in later. Of several on one record the latest day counts.`}
      </p>
      {rows.length === 0 ? (
        triggers.length > 0 && (
          <p className="text-sm text-ink-3">
            Nothing entered yet. Waited for: {triggers.map((name) => `${triggerWords(name)} (${waiting(name)})`).join('; ')}.
          </p>
        )
      ) : (
        <SettingsTable
          caption="Events that start clocks, newest first"
          head={['Event', 'Day', 'For', 'Entered', 'Reason', ...(manages ? [''] : [])]}
          hideBelow={[null, null, null, 'md', 'md', null]}
          rows={rows.map((row) => ({
            id: row.id,
            faded: row.withdrawn_at !== null,
            cells: [
              <span key="event">
                {triggerWords(row.trigger)}
                <span className="block text-xs text-ink-3">{waiting(row.trigger)}</span>
              </span>,
              <span key="day" className="tnum whitespace-nowrap">
                {row.day}
              </span>,
              <ScopeCell key="scope" scope={row.scope} />,
              <span key="entered">
                <Time at={row.entered_at} precision="minute" /> by <InertText text={row.entered_by} />
              </span>,
              <span key="reason">
                <InertText text={row.reason} />
                {row.withdrawn_at !== null && (
                  <span className="block text-xs">
                    Withdrawn <Time at={row.withdrawn_at} precision="minute" /> by <InertText text={row.withdrawn_by ?? ''} />:{' '}
                    <InertText text={row.withdraw_reason ?? ''} />
                  </span>
                )}
              </span>,
              ...(manages
                ? [
                    row.withdrawn_at === null ? (
                      <Button key="withdraw" size="small" tone="quiet" onClick={() => setDoing(row)}>
                        Withdraw…
                      </Button>
                    ) : (
                      <span key="withdrawn" className="text-xs">
                        withdrawn
                      </span>
                    ),
                  ]
                : []),
            ],
          }))}
        />
      )}
      {more && <p className="mt-1 text-xs text-ink-3">The newest 200.</p>}
      {doing === 'enter' && <EnterTrigger triggers={triggers} waiting={waiting} onClose={() => setDoing(null)} />}
      {doing !== null && doing !== 'enter' && <WithdrawTrigger event={doing} onClose={() => setDoing(null)} />}
    </Section>
  );
}
