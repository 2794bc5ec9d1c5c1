'use client';

import Link from 'next/link';
import type { ReactNode } from 'react';
import { Fact, FactList } from '@/components/ui/fact-list';
import { Hash } from '@/components/ui/hash';
import { InertText } from '@/components/ui/inert-text';
import { JsonView } from '@/components/ui/json-view';
import { Status } from '@/components/ui/status';
import { Time } from '@/components/ui/time';
import { actionWords, plainWords } from '@/components/ui/vocabulary-words';
import type { EntryDto, RecordBody } from '@/lib/schema/screens';
import { RegistryFact } from './registry-fact';

const SHOWN = new Set([
  'v',
  'id',
  'timestamp',
  'action',
  'actor_id',
  'actor_type',
  'conversation_id',
  'agent_name',
  'resource_type',
  'resource_id',
  'subject_id',
  'on_behalf_of',
  'purpose',
  'outcome',
  'details',
  'domains',
  'data_classification',
  'agent_seq',
  'source',
  'submitted',
]);

export function OutcomeStatus({ outcome }: { outcome: string | undefined }) {
  if (outcome === undefined) return <span className="text-ink-3">not recorded</span>;
  if (outcome === 'denied') return <Status tone="denied">Denied</Status>;
  if (outcome === 'failure') return <Status tone="attention">Failed</Status>;
  return <span>{plainWords(outcome)}</span>;
}

function Maybe({ name, value, href }: { name: string; value: string | undefined; href?: string }) {
  if (value === undefined) return null;
  const words = <InertText text={value} />;
  return (
    <Fact name={name}>
      {href === undefined ? (
        words
      ) : (
        <Link href={href} prefetch={false} className="link">
          {words}
        </Link>
      )}
    </Fact>
  );
}

/** Every member of the body, in a reader's order; members that this version does not know come last, as they are. */
export function RecordFacts({ body }: { body: RecordBody }) {
  const filter = (name: string, value: string | undefined) => `/records?${name}=${encodeURIComponent(value ?? '')}`;
  const unknown = Object.entries(body).filter(([name]) => !SHOWN.has(name));
  return (
    <FactList>
      <Fact name="Action">
        <span className="font-medium">{actionWords(body.action)}</span> <code className="mono text-ink-3">{body.action}</code>
      </Fact>
      <Fact name="Happened">
        <Time at={body.timestamp} precision="millisecond" /> <span className="text-ink-3">as the sender says</span>
      </Fact>
      <Maybe name="Agent" value={body.agent_name} href={filter('agent', body.agent_name)} />
      <Fact name="Triggered by">
        <Link href={filter('actor', body.actor_id)} prefetch={false} className="link">
          <InertText text={body.actor_id} />
        </Link>{' '}
        <span className="text-ink-3">({body.actor_type})</span>
      </Fact>
      <Maybe name="Conversation" value={body.conversation_id} href={`/conversations/${encodeURIComponent(body.conversation_id ?? '')}`} />
      <Maybe name="Resource type" value={body.resource_type} href={filter('resource_type', body.resource_type)} />
      <Maybe name="Resource" value={body.resource_id} href={filter('resource_id', body.resource_id)} />
      <Maybe name="Subject" value={body.subject_id} href={filter('subject', body.subject_id)} />
      <Maybe name="On behalf of" value={body.on_behalf_of} />
      <Maybe name="Purpose" value={body.purpose} />
      <Fact name="Outcome">
        <OutcomeStatus outcome={body.outcome} />
      </Fact>
      {body.data_classification !== undefined && <Fact name="Classification">{plainWords(body.data_classification)}</Fact>}
      {body.domains !== undefined && body.domains.length > 0 && (
        <Fact name="Domains">
          <InertText text={body.domains.join(', ')} />
        </Fact>
      )}
      <RegistryFact body={body} />
      {body.agent_seq !== undefined && <Fact name="Sender’s number">{body.agent_seq}</Fact>}
      {unknown.map(([name, value]) => (
        <Fact key={name} name={<InertText text={name} />}>
          <JsonView value={value} />
        </Fact>
      ))}
    </FactList>
  );
}

export function DetailsView({ body }: { body: RecordBody }) {
  const details = body.details ?? {};
  if (Object.keys(details).length === 0) return <p className="text-sm text-ink-3">The sender gave no details.</p>;
  return (
    <div className="text-sm">
      <JsonView value={details} />
    </div>
  );
}

/** What the ledger itself wrote around the record. */
export function HeaderFacts({ entry, extra }: { entry: EntryDto; extra?: ReactNode }) {
  const { source } = entry.body ?? {};
  return (
    <FactList>
      <Fact name="Received">
        <Time at={entry.received_at} precision="millisecond" />
      </Fact>
      <Fact name="In conversation">{entry.conversation_seq === '0' ? 'in none' : `entry ${entry.conversation_seq}`}</Fact>
      {source !== undefined && (
        <Fact name="Came by">
          <InertText text={source.channel} />
          {source.key_id !== undefined && (
            <>
              , key <Hash value={source.key_id} label="key id" />
            </>
          )}
          {source.session_id !== undefined && (
            <>
              , session <Hash value={source.session_id} label="session id" />
            </>
          )}
        </Fact>
      )}
      <Fact name="Record id">
        <Hash value={entry.id} label="record id" />
      </Fact>
      <Fact name="Body hash">
        <Hash value={entry.body_hash} label="body hash" />
      </Fact>
      <Fact name="Previous hash">
        <Hash value={entry.previous_hash} label="previous hash" />
      </Fact>
      <Fact name="Integrity hash">
        <Hash value={entry.integrity_hash} label="integrity hash" />
      </Fact>
      {extra}
    </FactList>
  );
}
