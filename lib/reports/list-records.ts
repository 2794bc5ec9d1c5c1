import 'server-only';
import { fillStored } from '@/lib/archive/read-archived';
import { boundedRead } from '@/lib/ledger/bounded-read';
import { readStored, toEntry } from '@/lib/ledger/read-entries';
import { searchEntries, searchRecords } from '@/lib/ledger/search-records';
import { accessWords } from '@/lib/schema/access-words';
import { absentWords } from '@/lib/schema/archived-words';
import { RefusalError } from '@/lib/schema/errors';
import { RecordFilter, readWholeFilter } from '@/lib/schema/filters';
import { formatCount } from '@/lib/schema/format-count';
import { formatTime } from '@/lib/schema/format-time';
import { recordWords } from '@/lib/schema/record-words';
import type { EntryDto, RecordBody } from '@/lib/schema/screens';
import { parseQuery } from '@/lib/schema/search-query';
import { actionWords, plainWords } from '@/lib/schema/vocabulary-words';
import { recordLine } from './record-line';
import { defineSource, type ReportAsk, type ReportColumn } from './report-source';
import { countAll, inParts, walkAll } from './walk-all';

interface Row {
  entry: EntryDto;
  body: Uint8Array | null;
}

/** Records of a page: with bodies of 64 KiB each, 16 MiB. */
const PAGE = 250;

type TextMember =
  | 'agent_name'
  | 'actor_id'
  | 'subject_id'
  | 'conversation_id'
  | 'resource_type'
  | 'resource_id'
  | 'purpose'
  | 'on_behalf_of';
const member =
  (name: TextMember) =>
  ({ entry }: Row): string | null => {
    const value: string | undefined = entry.body?.[name];
    return value ?? null;
  };
const words =
  (say: (body: RecordBody) => string | null, absent: keyof ReturnType<typeof absentWords>) =>
  ({ entry }: Row) =>
    entry.body === null ? absentWords(entry)[absent] : say(entry.body);
const known =
  (say: (body: RecordBody) => string | null) =>
  ({ entry }: Row) =>
    entry.body === null ? null : say(entry.body);
const outcomeOf = ({ entry }: Row): string | null => {
  const outcome = entry.body?.outcome;
  return outcome === undefined ? null : outcome === 'failure' ? 'Failed' : plainWords(outcome);
};

const seq = (width: number): ReportColumn<Row> => ({ id: 'seq', label: 'No.', width, text: ({ entry }) => `#${formatCount(entry.seq)}` });
const received = (id: string, label: string): ReportColumn<Row> => ({
  id,
  label,
  width: 112,
  text: ({ entry }, zone) => formatTime(entry.received_at, zone),
});
const hash: ReportColumn<Row> = { id: 'hash', label: 'Integrity hash', width: 150, extra: true, text: ({ entry }) => entry.integrity_hash };

/** As components/records has them; a test compares the two. */
export const RECORD_COLUMNS: readonly ReportColumn<Row>[] = [
  seq(54),
  {
    id: 'time',
    label: 'Happened',
    width: 112,
    text: ({ entry }, zone) => (entry.body === null ? null : formatTime(entry.body.timestamp, zone)),
  },
  { id: 'action', label: 'Action', width: 92, text: words((body) => actionWords(body.action), 'action') },
  { id: 'what', label: 'What', width: 150, text: words(recordWords, 'what') },
  { id: 'agent', label: 'Agent', width: 84, text: member('agent_name') },
  { id: 'subject', label: 'Subject', width: 60, text: member('subject_id') },
  { id: 'conversation', label: 'Conversation', width: 108, text: member('conversation_id') },
  { id: 'outcome', label: 'Outcome', width: 54, text: outcomeOf },
  { id: 'actor', label: 'Triggered by', width: 90, extra: true, text: member('actor_id') },
  { id: 'resource_type', label: 'Resource type', width: 84, extra: true, text: member('resource_type') },
  { id: 'resource', label: 'Resource', width: 84, extra: true, text: member('resource_id') },
  { id: 'purpose', label: 'Purpose', width: 74, extra: true, text: member('purpose') },
  { id: 'on_behalf_of', label: 'On behalf of', width: 84, extra: true, text: member('on_behalf_of') },
  {
    id: 'classification',
    label: 'Classification',
    width: 74,
    extra: true,
    text: known((body) => (body.data_classification === undefined ? null : plainWords(body.data_classification))),
  },
  { ...received('received', 'Received'), extra: true },
  hash,
];

/** As components/access-log has them. */
export const ACCESS_COLUMNS: readonly ReportColumn<Row>[] = [
  seq(54),
  received('time', 'When'),
  { id: 'who', label: 'Who', width: 130, text: known((body) => accessWords(body).who) },
  { id: 'did', label: 'Did', width: 92, text: known((body) => actionWords(body.action)) },
  { id: 'what', label: 'What', width: 210, text: known((body) => accessWords(body).what) },
  { id: 'from', label: 'From', width: 74, text: known((body) => accessWords(body).from) },
  { id: 'outcome', label: 'Outcome', width: 54, text: outcomeOf },
  hash,
];

function searchOf({ ledger, query }: ReportAsk) {
  const read = readWholeFilter(RecordFilter, new URLSearchParams(query));
  if (!read.ok) throw new Error(`the query of a report is no filter: ${read.member}`);
  // Without a filter the headers are listed, so that an entry whose record has gone is seen, and seen as such.
  const search = Object.keys(read.value).length === 0 ? searchEntries(ledger) : searchRecords(ledger, read.value);
  return async () => search;
}

async function* pages(ask: ReportAsk): AsyncGenerator<Row[]> {
  if (ask.head === null) return;
  for await (const seqs of walkAll(searchOf(ask), ask.head, ask.signal)) {
    for (const part of inParts(seqs, PAGE)) {
      ask.signal.throwIfAborted();
      const stored = await fillStored(ask.ledger, await boundedRead((tx) => readStored(tx, ask.ledger.id, part)));
      yield stored.map(({ header, body, archived, destroyed }) => ({
        entry: { ...toEntry(header, body), ...(archived && { archived }), ...(destroyed && { destroyed }) },
        body,
      }));
    }
  }
}

/** What was said is shown to people one by one, with a purpose, and leaves in no list; nor is a list narrowed by it. */
function refuseWords(filter: RecordFilter): void {
  if (filter.q !== undefined && parseQuery(filter.q).terms.some(({ name }) => name === 'said'))
    throw new RefusalError('format', 'A report is chosen by what a record says of itself, not by sealed words: leave out said:.', '/query');
}

const shared = {
  filter: RecordFilter,
  refuse: refuseWords,
  order: 'Newest first',
  count: async (ask: ReportAsk) =>
    ask.head === null ? 0 : ask.query === '' ? Number(ask.head) + 1 : await countAll(searchOf(ask), ask.head, ask.signal),
  pages,
  line: ({ entry, body }: Row) => recordLine(entry, body),
};

export const RECORDS = defineSource<Row>({ ...shared, permission: 'records.read', columns: RECORD_COLUMNS });
export const ACCESS_LOG = defineSource<Row>({ ...shared, permission: 'access_log.read', access: true, columns: ACCESS_COLUMNS });
