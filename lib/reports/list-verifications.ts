import 'server-only';
import * as z from 'zod/mini';
import { boundedRead } from '@/lib/ledger/bounded-read';
import { findRun, listRunsBetween } from '@/lib/ledger/read-verifications';
import { formatTime } from '@/lib/schema/format-time';
import { verdictWords } from '@/lib/schema/verdict-words';
import type { VerificationDto } from '@/lib/schema/verification';
import { scopeWords } from '@/lib/schema/vocabulary-words';
import { defineSource, type ReportAsk, type ReportColumn } from './report-source';

const PAGE = 200;

interface Row {
  /** As the list shows it: without its breaks. */
  listed: VerificationDto;
  whole: VerificationDto;
}

const COLUMNS: readonly ReportColumn<Row>[] = [
  { id: 'asked', label: 'Asked', width: 112, text: ({ listed }, zone) => formatTime(listed.requested_at, zone) },
  { id: 'verdict', label: 'Verdict', width: 300, text: ({ listed }) => verdictWords(listed).words },
  { id: 'scope', label: 'Scope', width: 150, text: ({ listed }) => scopeWords(listed.scope) },
  { id: 'by', label: 'By', width: 120, text: ({ listed }) => listed.requested_by },
];

/** Runs of a ledger between two moments, newest first, a page at a time. */
export async function* walkRuns(ask: ReportAsk, from: Date | null, before: Date): AsyncGenerator<VerificationDto[]> {
  let after: { at: Date; id: string } | null = null;
  for (;;) {
    ask.signal.throwIfAborted();
    const behind: { at: Date; id: string } | null = after;
    const runs: VerificationDto[] = await boundedRead((tx) => listRunsBetween(tx, ask.ledger, { from, before, after: behind }, PAGE));
    if (runs.length > 0) yield runs;
    if (runs.length < PAGE) return;
    const last = runs[runs.length - 1]!;
    after = { at: new Date(last.requested_at), id: last.id };
  }
}

/** The first thousand breaks are with the run; `breaks_total` says how many there are. */
async function withBreaks(ask: ReportAsk, run: VerificationDto): Promise<VerificationDto> {
  if (run.breaks_total === 0) return run;
  return (await boundedRead((tx) => findRun(tx, ask.ledger, run.id))) ?? run;
}

/** Up to and with the moment in which it was asked for. */
const endOf = (ask: ReportAsk) => new Date(ask.at.getTime() + 1);

async function* pages(ask: ReportAsk): AsyncGenerator<Row[]> {
  for await (const runs of walkRuns(ask, null, endOf(ask))) {
    const page: Row[] = [];
    for (const listed of runs) page.push({ listed, whole: await withBreaks(ask, listed) });
    yield page;
  }
}

export const VERIFICATIONS = defineSource<Row>({
  permission: 'integrity.read',
  filter: z.object({}),
  columns: COLUMNS,
  order: 'Newest first; as they stood when each line was written',
  count: async (ask) => {
    let count = 0;
    for await (const runs of walkRuns(ask, null, endOf(ask))) count += runs.length;
    return count;
  },
  pages,
  line: ({ whole }) => whole,
});
