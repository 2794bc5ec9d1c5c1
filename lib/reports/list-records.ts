import 'server-only';
import { setTimeout } from 'node:timers/promises';
import { sayUnlooked } from '@/lib/archive/match-archived';
import { type Filled, fillStored } from '@/lib/archive/read-archived';
import { boundedRead } from '@/lib/ledger/bounded-read';
import { readStored, toEntry } from '@/lib/ledger/read-entries';
import { searchEntries } from '@/lib/ledger/search-records';
import { accessWords } from '@/lib/schema/access-words';
import { absentWords } from '@/lib/schema/archived-words';
import { RefusalError } from '@/lib/schema/errors';
import { RecordFilter, readWholeFilter } from '@/lib/schema/filters';
import { countOf, formatCount } from '@/lib/schema/format-count';
import { formatTime } from '@/lib/schema/format-time';
import { recordWords } from '@/lib/schema/record-words';
import type { EntryDto, RecordBody } from '@/lib/schema/screens';
import { parseQuery } from '@/lib/schema/search-query';
import { actionWords, plainWords } from '@/lib/schema/vocabulary-words';
import { recordLine } from './record-line';
import { defineSource, type ReportAsk, type ReportColumn } from './report-source';
import { inParts, walkAll } from './walk-all';
import { RecordWalk } from './walk-records';

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
const stated =
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
    text: stated((body) => (body.data_classification === undefined ? null : plainWords(body.data_classification))),
  },
  { ...received('received', 'Received'), extra: true },
  hash,
];

/** As components/access-log has them. */
export const ACCESS_COLUMNS: readonly ReportColumn<Row>[] = [
  seq(54),
  received('time', 'When'),
  { id: 'who', label: 'Who', width: 130, text: stated((body) => accessWords(body).who) },
  { id: 'did', label: 'Did', width: 92, text: stated((body) => actionWords(body.action)) },
  { id: 'what', label: 'What', width: 210, text: stated((body) => accessWords(body).what) },
  { id: 'from', label: 'From', width: 74, text: stated((body) => accessWords(body).from) },
  { id: 'outcome', label: 'Outcome', width: 54, text: outcomeOf },
  hash,
];

/** What a report knows of itself between its count and its end. */
interface Known {
  /** null without a filter: then the headers are listed, so that an entry whose record has gone is seen, and seen as such. */
  walk: RecordWalk | null;
  /** Records of which something else lies in the archive than was archived. */
  altered: number;
}
const knownOf = new WeakMap<ReportAsk, Known>();

function known(ask: ReportAsk, head: bigint): Known {
  const begun = knownOf.get(ask);
  if (begun !== undefined) return begun;
  const read = readWholeFilter(RecordFilter, new URLSearchParams(ask.query));
  if (!read.ok) throw new Error(`the query of a report is no filter: ${read.member}`);
  const filtered = Object.keys(read.value).length > 0;
  const made: Known = { walk: filtered ? new RecordWalk(ask.ledger, read.value, head, ask.signal) : null, altered: 0 };
  knownOf.set(ask, made);
  return made;
}

async function* pages(ask: ReportAsk): AsyncGenerator<Row[]> {
  const { head } = ask;
  if (head === null) return;
  const about = known(ask, head);
  about.altered = 0;
  for await (const part of about.walk === null ? everyEntry(ask, head) : about.walk.positions(PAGE)) {
    ask.signal.throwIfAborted();
    const filled = await fillPatiently(ask, await boundedRead((tx) => readStored(tx, ask.ledger.id, part)));
    about.altered += filled.filter(({ archived }) => archived?.state === 'contradicted').length;
    yield filled.map(({ header, body, archived, destroyed }) => ({
      entry: { ...toEntry(header, body), ...(archived && { archived }), ...(destroyed && { destroyed }) },
      body,
    }));
  }
}

async function* everyEntry({ ledger, signal }: ReportAsk, head: bigint): AsyncGenerator<bigint[]> {
  const search = searchEntries(ledger);
  for await (const seqs of walkAll(async () => search, head, signal)) yield* inParts(seqs, PAGE);
}

/** Milliseconds between tries: an archive may take its time. */
const AGAIN_MS = [500, 2_000, 8_000];

/** @throws RefusalError archive_refused where the archive does not answer: no list is made with holes in it */
async function fillPatiently({ ledger, signal }: ReportAsk, stored: Parameters<typeof fillStored>[1]): Promise<Filled[]> {
  for (let tried = 0; ; tried++) {
    const filled = await fillStored(ledger, stored);
    const silent = filled.filter(({ archived }) => archived?.state === 'unreachable');
    if (silent.length === 0) return filled;
    if (tried === AGAIN_MS.length)
      throw new RefusalError(
        'archive_refused',
        `No report is made with holes in it: record #${silent[0].header.seq} could not be fetched. ${silent[0].archived!.say}`,
      );
    await setTimeout(AGAIN_MS[tried], undefined, { signal });
  }
}

function caveats(ask: ReportAsk): string[] {
  const { walk, altered } = knownOf.get(ask) ?? { walk: null, altered: 0 };
  const say = walk === null || walk.unlooked.length === 0 ? [] : [sayUnlooked(walk.unlooked)];
  if (altered > 0)
    say.push(
      `${countOf(altered, 'record is', 'records are')} listed without what ${altered === 1 ? 'it says' : 'they say'}: what lies in the archive is not what was archived. Verify the ledger against the archive.`,
    );
  return say;
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
  count: async (ask: ReportAsk) => (ask.head === null ? 0 : ((await known(ask, ask.head).walk?.count()) ?? Number(ask.head) + 1)),
  caveats,
  pages,
  line: ({ entry, body }: Row) => recordLine(entry, body),
};

export const RECORDS = defineSource<Row>({ ...shared, permission: 'records.read', columns: RECORD_COLUMNS });
export const ACCESS_LOG = defineSource<Row>({ ...shared, permission: 'access_log.read', access: true, columns: ACCESS_COLUMNS });
