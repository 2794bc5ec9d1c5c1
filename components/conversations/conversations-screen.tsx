'use client';

import Link from 'next/link';
import { useMemo } from 'react';
import type { Column } from '@/components/data-table/columns';
import { DataTable } from '@/components/data-table/data-table';
import { describeFilter } from '@/components/data-table/describe-filter';
import { FilterBar } from '@/components/data-table/filter-bar';
import { NoRows } from '@/components/data-table/no-rows';
import { PeekQuery } from '@/components/data-table/peek-query';
import { SavedViews } from '@/components/data-table/saved-views';
import { SearchBox } from '@/components/data-table/search-box';
import { countOf, formatCount } from '@/components/ui/format-count';
import { InertText } from '@/components/ui/inert-text';
import { Status } from '@/components/ui/status';
import { Time } from '@/components/ui/time';
import { plainWords } from '@/components/ui/vocabulary-words';
import { keptInWords } from '@/lib/schema/archived-words';
import { ConversationFilter } from '@/lib/schema/filters';
import type { ConversationDto, ConversationRow, Page } from '@/lib/schema/screens';
import { ConversationPeek } from './conversation-peek';

interface Props {
  page: Page<ConversationRow>;
}

const href = (id: string) => `/conversations/${encodeURIComponent(id)}`;
const dash = <span className="text-ink-3">–</span>;
const inert = (text: string | null) => (text === null ? dash : <InertText text={text} />);

export const CONVERSATION_COLUMNS: Column<ConversationRow>[] = [
  { id: 'first', label: 'Begun', width: 'var(--time-width)', priority: 1, render: (row) => <Time at={row.first_at} /> },
  {
    id: 'id',
    label: 'Conversation',
    priority: 1,
    render: (row) => (
      <Link href={href(row.conversation_id)} prefetch={false} className="font-medium text-ink no-underline hover:underline">
        <InertText text={row.conversation_id} />
      </Link>
    ),
  },
  { id: 'agent', label: 'Agent', width: '140px', priority: 2, render: (row) => inert(row.agent_name) },
  { id: 'user', label: 'User', width: '140px', priority: 3, render: (row) => inert(row.user_id) },
  { id: 'subject', label: 'Subject', width: '110px', priority: 3, render: (row) => inert(row.subject_id) },
  {
    id: 'records',
    label: 'Records',
    width: '76px',
    align: 'end',
    priority: 3,
    render: (row) => <span className="tnum">{formatCount(row.record_count)}</span>,
  },
  {
    id: 'class',
    label: 'Classification',
    width: '112px',
    priority: 3,
    render: (row) => (row.classification === null ? dash : plainWords(row.classification)),
  },
  {
    id: 'state',
    label: 'State',
    width: '132px',
    priority: 2,
    render: (row) =>
      row.missing > 0 ? (
        <Status tone="attention">{countOf(row.missing, 'missing', 'missing')}</Status>
      ) : row.ended ? (
        <span className="text-ink-2">Closed</span>
      ) : (
        <Status tone="waiting">Open</Status>
      ),
  },
  {
    id: 'kept',
    label: 'Kept in',
    width: '112px',
    priority: 2,
    render: (row) => <span className={row.archived === 0 ? 'text-ink-2' : undefined}>{keptInWords(row)}</span>,
  },
  { id: 'last', label: 'Last entry', width: 'var(--time-width)', priority: 3, extra: true, render: (row) => <Time at={row.last_at} /> },
  {
    id: 'seqs',
    label: 'Numbers',
    width: '160px',
    priority: 3,
    extra: true,
    render: (row) => (
      <span className="tnum text-ink-2">
        #{formatCount(row.first_seq)} – #{formatCount(row.last_seq)}
      </span>
    ),
  },
];

/** The conversations of a ledger, newest first. */
export function ConversationsScreen({ page }: Props) {
  const fields = useMemo(() => describeFilter(ConversationFilter, { q: [] }), []);
  return (
    <DataTable
      name="conversations"
      caption="Conversations, by where they begin, newest first"
      noun="conversations"
      columns={CONVERSATION_COLUMNS}
      rows={page.rows}
      page={page}
      idOf={(row) => row.conversation_id}
      hrefOf={href}
      peekTitle="Conversation"
      peek={(id) => (
        <PeekQuery<ConversationDto> key={id} path={`/api/v1/conversations/${encodeURIComponent(id)}`}>
          {(conversation) => <ConversationPeek conversation={conversation} />}
        </PeekQuery>
      )}
      toolbar={
        <div className="flex flex-col gap-1.5">
          <SearchBox place="conversations" noun="conversations" />
          <FilterBar shape={ConversationFilter} fields={fields} />
        </div>
      }
      report={{ kind: 'conversations', shape: ConversationFilter }}
      actions={<SavedViews />}
      empty={<NoRows fields={fields} noun="conversation" />}
    />
  );
}
