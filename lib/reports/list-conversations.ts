import 'server-only';
import { boundedRead } from '@/lib/ledger/bounded-read';
import { readConversationRows } from '@/lib/ledger/read-conversations';
import { searchConversations } from '@/lib/ledger/search-conversations';
import { keptInWords } from '@/lib/schema/archived-words';
import { ConversationFilter, readWholeFilter } from '@/lib/schema/filters';
import { countOf, formatCount } from '@/lib/schema/format-count';
import { formatTime } from '@/lib/schema/format-time';
import type { ConversationRow } from '@/lib/schema/screens';
import { plainWords } from '@/lib/schema/vocabulary-words';
import { defineSource, type ReportAsk, type ReportColumn } from './report-source';
import { countAll, inParts, walkAll } from './walk-all';

const PAGE = 500;

/** As components/conversations has them; a test compares the two. */
export const CONVERSATION_COLUMNS: readonly ReportColumn<ConversationRow>[] = [
  { id: 'first', label: 'Begun', width: 112, text: (row, zone) => formatTime(row.first_at, zone) },
  { id: 'id', label: 'Conversation', width: 150, text: (row) => row.conversation_id },
  { id: 'agent', label: 'Agent', width: 100, text: (row) => row.agent_name },
  { id: 'user', label: 'User', width: 100, text: (row) => row.user_id },
  { id: 'subject', label: 'Subject', width: 74, text: (row) => row.subject_id },
  { id: 'records', label: 'Records', width: 50, text: (row) => formatCount(row.record_count) },
  { id: 'class', label: 'Classification', width: 74, text: (row) => (row.classification === null ? null : plainWords(row.classification)) },
  {
    id: 'state',
    label: 'State',
    width: 66,
    text: (row) => (row.missing > 0 ? countOf(row.missing, 'missing', 'missing') : row.ended ? 'Closed' : 'Open'),
  },
  { id: 'kept', label: 'Kept in', width: 66, text: (row) => keptInWords(row) },
  { id: 'last', label: 'Last entry', width: 112, extra: true, text: (row, zone) => formatTime(row.last_at, zone) },
  {
    id: 'seqs',
    label: 'Numbers',
    width: 100,
    extra: true,
    text: (row) => `#${formatCount(row.first_seq)} – #${formatCount(row.last_seq)}`,
  },
];

function searchOf({ ledger, query }: ReportAsk) {
  const read = readWholeFilter(ConversationFilter, new URLSearchParams(query));
  if (!read.ok) throw new Error(`the query of a report is no filter: ${read.member}`);
  return (tx: Parameters<typeof searchConversations>[0]) => searchConversations(tx, ledger, read.value);
}

async function* pages(ask: ReportAsk): AsyncGenerator<ConversationRow[]> {
  if (ask.head === null) return;
  for await (const seqs of walkAll(searchOf(ask), ask.head, ask.signal)) {
    for (const part of inParts(seqs, PAGE)) yield await boundedRead((tx) => readConversationRows(tx, ask.ledger.id, part));
  }
}

export const CONVERSATIONS = defineSource<ConversationRow>({
  permission: 'conversations.read',
  filter: ConversationFilter,
  columns: CONVERSATION_COLUMNS,
  order: 'By where they begin, newest first; as they stood when each line was written',
  count: async (ask) => (ask.head === null ? 0 : countAll(searchOf(ask), ask.head, ask.signal)),
  pages,
  line: (row) => row,
});
