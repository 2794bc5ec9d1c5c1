import 'server-only';
import { boundedRead } from '@/lib/ledger/bounded-read';
import { listHoldsAt } from '@/lib/ledger/read-holds';
import { readWholeFilter } from '@/lib/schema/filters';
import { formatTime } from '@/lib/schema/format-time';
import { holdScopeWords, holdStateWords } from '@/lib/schema/hold-words';
import { type HoldDto, HoldFilter } from '@/lib/schema/holds';
import { defineSource, type ReportAsk, type ReportColumn } from './report-source';

const PAGE = 200;

export const HOLD_COLUMNS: readonly ReportColumn<HoldDto>[] = [
  { id: 'number', label: 'No.', width: 36, text: (hold) => `#${hold.number}` },
  { id: 'matter', label: 'Matter', width: 110, text: (hold) => hold.matter },
  { id: 'scope', label: 'Holds', width: 140, text: ({ scope }) => holdScopeWords(scope) },
  { id: 'state', label: 'State', width: 84, text: holdStateWords },
  { id: 'custodian', label: 'Custodian', width: 84, text: (hold) => hold.custodian },
  { id: 'reason', label: 'Reason', width: 130, text: (hold) => hold.reason },
  { id: 'placed', label: 'Placed', width: 112, text: (hold, zone) => formatTime(hold.placed_at, zone) },
  { id: 'placed_by', label: 'Placed by', width: 96, extra: true, text: (hold) => hold.placed_by },
  {
    id: 'released',
    label: 'Released',
    width: 112,
    extra: true,
    text: (hold, zone) => (hold.released_at === null ? null : formatTime(hold.released_at, zone)),
  },
  { id: 'released_by', label: 'Released by', width: 96, extra: true, text: (hold) => hold.released_by },
  { id: 'release_reason', label: 'Why released', width: 130, extra: true, text: (hold) => hold.release_reason },
];

/** Those that stood when it was asked for, then the others, newest first. */
async function* pages(ask: ReportAsk): AsyncGenerator<HoldDto[]> {
  const read = readWholeFilter(HoldFilter, new URLSearchParams(ask.query));
  if (!read.ok) throw new Error(`the query of a report is no filter: ${read.member}`);
  const filter = read.value;
  for (const standing of [true, false]) {
    let below: number | null = null;
    for (;;) {
      ask.signal.throwIfAborted();
      const from: number | null = below;
      const holds: HoldDto[] = await boundedRead((tx) =>
        listHoldsAt(tx, ask.ledger.id, { at: ask.at, standing, below: from, filter }, PAGE),
      );
      if (holds.length > 0) yield holds;
      if (holds.length < PAGE) break;
      below = holds[holds.length - 1]!.number;
    }
  }
}

export const HOLDS = defineSource<HoldDto>({
  permission: 'retention.read',
  filter: HoldFilter,
  columns: HOLD_COLUMNS,
  order: 'Standing ones first, then released ones, newest first',
  count: async (ask) => {
    let count = 0;
    for await (const holds of pages(ask)) count += holds.length;
    return count;
  },
  pages,
  line: (hold) => hold,
});
