'use client';

import type { ReactNode } from 'react';
import { formatCount } from '@/components/ui/format-count';
import { InertText } from '@/components/ui/inert-text';
import { Status } from '@/components/ui/status';
import { Time } from '@/components/ui/time';
import { RecordWords } from '@/components/words/part-words';
import type { EntryDto } from '@/lib/schema/screens';
import { detail, type Ruling as Kind } from './build-transcript';
import { Leaf, Margin } from './margin';

function Said({ entry, name, before }: { entry: EntryDto; name: string; before: string }) {
  const value = detail(entry, name);
  if (value === null) return null;
  return (
    <span>
      {before} <InertText className="text-ink" text={value} />
    </span>
  );
}

function Approval({ entry }: { entry: EntryDto }) {
  return (
    <>
      <Said entry={entry} name="requester" before="requested by" />
      <Said entry={entry} name="author" before="written by" />
      <Said entry={entry} name="approver" before="approved by" />
      <Said entry={entry} name="ticket" before="under" />
    </>
  );
}

function Title({ children }: { children: ReactNode }) {
  return <span className="font-serif text-base font-semibold text-ink">{children}</span>;
}

function Expiry({ entry }: { entry: EntryDto }) {
  const at = detail(entry, 'expires_at');
  return at === null ? null : (
    <span>
      until <Time at={at} precision="minute" className="text-ink" />
    </span>
  );
}

function Text({ entry, ruling }: { entry: EntryDto; ruling: Kind }) {
  switch (ruling) {
    case 'opened':
      return (
        <>
          <Title>Conversation opened</Title>
          <Said entry={entry} name="channel" before="by" />
          <Said entry={entry} name="title" before="" />
        </>
      );
    case 'closed':
      return (
        <>
          <Title>Conversation closed</Title>
          <Said entry={entry} name="reason" before="" />
        </>
      );
    case 'prompt':
      return (
        <>
          <Title>
            Prompt <InertText text={detail(entry, 'version') ?? 'without a version'} /> from here
          </Title>
          <Said entry={entry} name="previous_version" before="instead of" />
          <Approval entry={entry} />
        </>
      );
    case 'model':
      return (
        <>
          <Title>
            Model <InertText text={detail(entry, 'model') ?? 'without a name'} /> from here
          </Title>
          <Said entry={entry} name="previous_model" before="instead of" />
          <Approval entry={entry} />
        </>
      );
    case 'granted':
      return (
        <>
          <Title>
            Access granted{detail(entry, 'scope') !== null && ': '}
            <InertText text={detail(entry, 'scope') ?? ''} />
          </Title>
          <Approval entry={entry} />
          <Said entry={entry} name="reason" before="because" />
          <Expiry entry={entry} />
        </>
      );
    case 'revoked':
      return (
        <>
          <Title>Access revoked</Title>
          <Said entry={entry} name="grant_id" before="grant" />
          <Said entry={entry} name="revoked_by" before="by" />
          <Said entry={entry} name="reason" before="because" />
        </>
      );
  }
}

/** A line ruled across the page where something took effect. */
export function Ruling({ entry, ruling }: { entry: EntryDto; ruling: Kind }) {
  const denied = entry.body?.outcome === 'denied' || entry.body?.outcome === 'failure';
  return (
    <div className="keep-together border-y border-rule bg-sunk/50">
      <Leaf margin={<Margin entry={entry} />} className="max-sm:py-2 sm:*:py-2">
        <p className="flex flex-wrap items-baseline gap-x-3 text-sm text-ink-2">
          <Text entry={entry} ruling={ruling} />
          {denied && <Status tone="denied">{entry.body?.outcome}</Status>}
        </p>
        <RecordWords entry={entry} />
      </Leaf>
    </div>
  );
}

/** Numbers that the sender used and that never arrived, drawn where they belong. */
export function Gap({ from, to }: { from: number; to: number }) {
  const one = from === to;
  return (
    <div className="border-y border-dashed border-amber bg-amber-wash">
      <Leaf className="max-sm:py-1.5 sm:*:py-1.5">
        <Status tone="attention" className="text-sm">
          {one ? `Number ${formatCount(from)} of the sender` : `Numbers ${formatCount(from)} to ${formatCount(to)} of the sender`} never
          arrived. What {one ? 'it' : 'they'} said is not known.
        </Status>
      </Leaf>
    </div>
  );
}

/** Entries that this ledger numbered and no longer shows. */
export function Hole({ from, to }: { from: string; to: string }) {
  return (
    <div className="border-y border-broken bg-broken-wash">
      <Leaf className="max-sm:py-1.5 sm:*:py-1.5">
        <Status tone="broken" className="text-sm">
          {from === to ? `Entry ${from} of this conversation is` : `Entries ${from} to ${to} of this conversation are`} missing from the
          ledger.
        </Status>
      </Leaf>
    </div>
  );
}
