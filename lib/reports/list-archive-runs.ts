import 'server-only';
import * as z from 'zod/mini';
import { boundedRead } from '@/lib/ledger/bounded-read';
import { type ArchiveRunRow, listArchiveRunsBetween } from '@/lib/ledger/read-archive-runs';
import { formatCount } from '@/lib/schema/format-count';
import { formatTime } from '@/lib/schema/format-time';
import { plainWords } from '@/lib/schema/vocabulary-words';
import { defineSource, type ReportAsk, type ReportColumn } from './report-source';

const PAGE = 200;

/** As components/archive has them; a test compares the two. */
export const ARCHIVE_RUN_COLUMNS: readonly ReportColumn<ArchiveRunRow>[] = [
  { id: 'asked', label: 'Asked', width: 112, text: (run, zone) => formatTime(run.requested_at, zone) },
  { id: 'kind', label: 'What', width: 60, text: (run) => (run.kind === 'archive' ? 'Archival' : 'Restore') },
  { id: 'state', label: 'State', width: 60, text: (run) => plainWords(run.state) },
  { id: 'records', label: 'Records', width: 60, text: (run) => formatCount(run.records) },
  { id: 'pruned', label: 'Left the database', width: 84, text: (run) => formatCount(run.pruned) },
  { id: 'held', label: 'Held back', width: 60, text: (run) => formatCount(run.held) },
  { id: 'altered', label: 'Left as altered', width: 74, text: (run) => formatCount(run.altered) },
  { id: 'outcome', label: 'Outcome', width: 210, text: (run) => run.outcome },
  { id: 'by', label: 'By', width: 96, text: (run) => (run.triggered_by === 'schedule' ? 'Schedule' : run.requested_by) },
  { id: 'segments', label: 'Objects', width: 60, extra: true, text: (run) => formatCount(run.segments) },
  { id: 'bytes', label: 'Bytes', width: 74, extra: true, text: (run) => formatCount(run.bytes) },
  {
    id: 'finished',
    label: 'Ended',
    width: 112,
    extra: true,
    text: (run, zone) => (run.finished_at === null ? null : formatTime(run.finished_at, zone)),
  },
];

/** Runs between two moments, newest first, a page at a time. */
export async function* walkArchiveRuns(ask: ReportAsk, from: Date | null, before: Date): AsyncGenerator<ArchiveRunRow[]> {
  let after: { at: Date; id: string } | null = null;
  for (;;) {
    ask.signal.throwIfAborted();
    const behind: { at: Date; id: string } | null = after;
    const runs: ArchiveRunRow[] = await boundedRead((tx) =>
      listArchiveRunsBetween(tx, ask.ledger.id, { from, before, after: behind }, PAGE),
    );
    if (runs.length > 0) yield runs;
    if (runs.length < PAGE) return;
    const last = runs[runs.length - 1]!;
    after = { at: new Date(last.requested_at), id: last.id };
  }
}

const all = (ask: ReportAsk) => walkArchiveRuns(ask, null, new Date(ask.at.getTime() + 1));

export const ARCHIVE_RUNS = defineSource<ArchiveRunRow>({
  permission: 'retention.read',
  filter: z.object({}),
  columns: ARCHIVE_RUN_COLUMNS,
  order: 'Newest first; as they stood when each line was written',
  count: async (ask) => {
    let count = 0;
    for await (const runs of all(ask)) count += runs.length;
    return count;
  },
  pages: all,
  line: (run) => run,
});
