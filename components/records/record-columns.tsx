'use client';

import Link from 'next/link';
import type { Column } from '@/components/data-table/columns';
import { formatCount } from '@/components/ui/format-count';
import { Hash } from '@/components/ui/hash';
import { InertText } from '@/components/ui/inert-text';
import { Time } from '@/components/ui/time';
import { actionWords, plainWords } from '@/components/ui/vocabulary-words';
import { absentWords } from '@/lib/schema/archived-words';
import { recordWords } from '@/lib/schema/record-words';
import type { EntryDto, RecordBody } from '@/lib/schema/screens';
import { OutcomeStatus } from './record-facts';

type TextMember =
  | 'agent_name'
  | 'actor_id'
  | 'subject_id'
  | 'conversation_id'
  | 'resource_type'
  | 'resource_id'
  | 'purpose'
  | 'on_behalf_of';

function member(name: TextMember) {
  return (entry: EntryDto) => {
    const value: string | undefined = entry.body?.[name];
    return value === undefined ? <span className="text-ink-3">–</span> : <InertText text={value} />;
  };
}

/** @param absent what is said where the record itself is not at hand */
function words(entry: EntryDto, say: (body: RecordBody) => string, absent: string | null = null) {
  return entry.body === null ? <span className="text-ink-3">{absent ?? '–'}</span> : <InertText text={say(entry.body)} />;
}

export const RECORD_COLUMNS: Column<EntryDto>[] = [
  {
    id: 'seq',
    label: 'No.',
    width: '84px',
    priority: 2,
    render: (entry) => <span className="tnum text-ink-2">#{formatCount(entry.seq)}</span>,
  },
  {
    id: 'time',
    label: 'Happened',
    width: 'var(--time-width)',
    priority: 1,
    render: (entry) => (entry.body === null ? <span className="text-ink-3">–</span> : <Time at={entry.body.timestamp} />),
  },
  {
    id: 'action',
    label: 'Action',
    width: '158px',
    priority: 1,
    render: (entry) => (
      <Link href={`/records/${entry.id}`} prefetch={false} className="font-medium text-ink no-underline hover:underline">
        {words(entry, (body) => actionWords(body.action), absentWords(entry).action)}
      </Link>
    ),
  },
  {
    id: 'what',
    label: 'What',
    priority: 2,
    render: (entry) => <span className="text-ink-2">{words(entry, recordWords, absentWords(entry).what)}</span>,
  },
  { id: 'agent', label: 'Agent', width: '124px', priority: 2, render: member('agent_name') },
  { id: 'subject', label: 'Subject', width: '96px', priority: 3, render: member('subject_id') },
  { id: 'conversation', label: 'Conversation', width: '190px', priority: 3, render: member('conversation_id') },
  {
    id: 'outcome',
    label: 'Outcome',
    width: '92px',
    priority: 3,
    render: (entry) =>
      entry.body?.outcome === undefined ? <span className="text-ink-3">–</span> : <OutcomeStatus outcome={entry.body.outcome} />,
  },
  { id: 'actor', label: 'Triggered by', width: '140px', priority: 3, extra: true, render: member('actor_id') },
  { id: 'resource_type', label: 'Resource type', width: '130px', priority: 3, extra: true, render: member('resource_type') },
  { id: 'resource', label: 'Resource', width: '130px', priority: 3, extra: true, render: member('resource_id') },
  { id: 'purpose', label: 'Purpose', width: '110px', priority: 3, extra: true, render: member('purpose') },
  { id: 'on_behalf_of', label: 'On behalf of', width: '130px', priority: 3, extra: true, render: member('on_behalf_of') },
  {
    id: 'classification',
    label: 'Classification',
    width: '110px',
    priority: 3,
    extra: true,
    render: (entry) => words(entry, (body) => (body.data_classification === undefined ? '–' : plainWords(body.data_classification))),
  },
  {
    id: 'received',
    label: 'Received',
    width: 'var(--time-width)',
    priority: 3,
    extra: true,
    render: (entry) => <Time at={entry.received_at} />,
  },
  {
    id: 'hash',
    label: 'Integrity hash',
    width: '150px',
    priority: 3,
    extra: true,
    render: (entry) => <Hash value={entry.integrity_hash} label="integrity hash" copy={false} />,
  },
];
