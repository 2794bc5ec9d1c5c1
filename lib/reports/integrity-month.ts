import 'server-only';
import { readAlarmsBetween, readAnchorsBetween, readBreaksFrom, readCheckpointDays, readSigningChanges } from '@/lib/ledger/read-month';
import { countOf, formatCount } from '@/lib/schema/format-count';
import { formatTime } from '@/lib/schema/format-time';
import { MonthFilter } from '@/lib/schema/reports';
import { verdictWords } from '@/lib/schema/verdict-words';
import type { VerificationDto } from '@/lib/schema/verification';
import { breakWords, plainWords, scopeWords } from '@/lib/schema/vocabulary-words';
import { walkRuns } from './list-verifications';
import { type MonthSpan, monthOf, positionsOf } from './month';
import { defineSource, type ReportAsk, type ReportColumn } from './report-source';

/** One thing that happened. `at` is RFC 3339; `data` is all that is known of it. */
interface Event {
  section: 'signing' | 'checkpoints' | 'outside' | 'alarm' | 'run' | 'break';
  at: string;
  what: string;
  finding: string;
  by: string | null;
  data: object;
}

const SECTIONS = {
  signing: 'Signing',
  checkpoints: 'Checkpoints of a day',
  outside: 'Anchored outside',
  alarm: 'Alarm',
  run: 'Verification run',
  break: 'Break',
} as const;
const BREAKS = 500;

const COLUMNS: readonly ReportColumn<Event>[] = [
  { id: 'section', label: 'About', width: 96, text: ({ section }) => SECTIONS[section] },
  {
    id: 'when',
    label: 'When',
    width: 112,
    text: ({ at, section }, zone) => (section === 'checkpoints' ? `${at.slice(0, 10)} UTC` : formatTime(at, zone)),
  },
  { id: 'what', label: 'What', width: 170, text: ({ what }) => what },
  { id: 'finding', label: 'Finding', width: 290, text: ({ finding }) => finding },
  { id: 'by', label: 'By', width: 94, text: ({ by }) => by },
];

async function* pages(ask: ReportAsk): AsyncGenerator<Event[]> {
  const span = monthOf(ask);
  const { ledger } = ask;
  yield (await readSigningChanges(ledger.id, span)).map((data) => ({
    section: 'signing',
    at: data.at.toISOString(),
    what: data.kind === 'key' ? 'A key came into use' : data.incarnation === 1 ? 'Signing began' : 'Restored behind what was signed',
    finding: data.say,
    by: null,
    data,
  }));
  yield (await readCheckpointDays(ledger.id, span)).map(({ day, ...data }) => ({
    section: 'checkpoints',
    at: `${day}T00:00:00Z`,
    what: `${countOf(data.count, 'checkpoint', 'checkpoints')}, numbers ${formatCount(data.first)} to ${formatCount(data.last)}`,
    finding: `the last over ${countOf(data.size, 'entry', 'entries')}, root ${data.root}`,
    by: null,
    data: { day, ...data },
  }));
  yield (await readAnchorsBetween(ledger.id, span)).map((data) => ({
    section: 'outside',
    at: data.last_at.toISOString(),
    what: `${plainWords(data.kind)} ${data.target}`,
    finding: `${countOf(data.count, 'checkpoint', 'checkpoints')} anchored, from ${data.first_at.toISOString()} to ${data.last_at.toISOString()}`,
    by: null,
    data,
  }));
  yield (await readAlarmsBetween(ledger.id, span)).map((data) => ({
    section: 'alarm',
    at: data.raised_at.toISOString(),
    what: `${plainWords(data.kind)}: ${data.say ?? ''}`,
    finding:
      data.ended_at === null || data.ended_at >= span.before
        ? 'open at the end of the time'
        : `ended ${data.ended_at.toISOString()}${data.reason === null ? '' : `: ${data.reason}`}`,
    by: data.ended_at !== null && data.ended_at < span.before ? data.ended_by : null,
    data,
  }));
  for await (const runs of walkRuns(ask, span.from, span.before)) {
    for (const run of runs) {
      yield [runEvent(run)];
      if (run.breaks_total > 0) yield* breakEvents(ask, run);
    }
  }
}

function runEvent(run: VerificationDto): Event {
  const { breaks: _, ...data } = run;
  return {
    section: 'run',
    at: run.requested_at,
    what: scopeWords(run.scope),
    finding: verdictWords(run).words,
    by: run.triggered_by === 'person' ? run.requested_by : plainWords(run.triggered_by),
    data,
  };
}

/** Every break that the run kept. */
async function* breakEvents(ask: ReportAsk, run: VerificationDto): AsyncGenerator<Event[]> {
  for (let after = -1; ; ) {
    ask.signal.throwIfAborted();
    const breaks = await readBreaksFrom(run.id, after, BREAKS);
    yield breaks.map(({ ordinal, ...data }) => ({
      section: 'break',
      at: run.finished_at ?? run.requested_at,
      what: `#${formatCount(data.seq)}: ${breakWords(data.code) ?? data.code}`,
      finding: `expected ${data.expected}; found ${data.found}`,
      by: null,
      data: { run: run.id, ordinal, ...data },
    }));
    if (breaks.length < BREAKS) return;
    after = breaks[breaks.length - 1]!.ordinal;
  }
}

async function facts(ask: ReportAsk): Promise<[string, string][]> {
  const span = monthOf(ask);
  const { first, last } = await positionsOf(ask, span);
  const before = first === null ? 0n : first + 1n;
  const after = last === null ? 0n : last + 1n;
  const days = await readCheckpointDays(ask.ledger.id, span);
  const anchors = await readAnchorsBetween(ask.ledger.id, span);
  const alarms = await readAlarmsBetween(ask.ledger.id, span);
  const runs = await countRuns(ask, span);
  const signed = days[days.length - 1];
  return [
    ['Month', `${span.month} (UTC)${span.unfinished ? `, up to ${ask.at.toISOString()}: it had not ended` : ''}`],
    ['Entries', `${formatCount(before)} when it began, ${formatCount(after)} when it ended: ${formatCount(after - before)} were added`],
    [
      'Checkpoints',
      signed === undefined
        ? 'none was signed'
        : `${formatCount(days.reduce((sum, { count }) => sum + count, 0))}, the last number ${formatCount(signed.last)} over ${countOf(signed.size, 'entry', 'entries')}`,
    ],
    ['Root at its end', signed?.root ?? 'none'],
    ['Days without', daysWithout(span, new Set(days.map(({ day }) => day)))],
    [
      'Anchored outside',
      anchors.length === 0
        ? 'nowhere'
        : anchors.map(({ kind, target, count }) => `${plainWords(kind)} ${target}: ${formatCount(count)}`).join('; '),
    ],
    ['Verification runs', runs.say],
    ['Breaks found', formatCount(runs.breaks)],
    ['Alarms', alarms.length === 0 ? 'none' : countOf(alarms.length, 'alarm was', 'alarms were').concat(' open at some time')],
  ];
}

async function countRuns(ask: ReportAsk, span: MonthSpan): Promise<{ say: string; breaks: number }> {
  const verdicts = new Map<string, number>();
  let breaks = 0;
  for await (const runs of walkRuns(ask, span.from, span.before)) {
    for (const run of runs) {
      const name = run.verdict ?? run.state;
      verdicts.set(name, (verdicts.get(name) ?? 0) + 1);
      breaks += run.breaks_total;
    }
  }
  const total = [...verdicts.values()].reduce((sum, n) => sum + n, 0);
  const parts = [...verdicts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, n]) => `${formatCount(n)} ${name.replaceAll('_', ' ')}`);
  return { say: total === 0 ? 'none' : `${formatCount(total)}: ${parts.join(', ')}`, breaks };
}

/** Days of the month in which no checkpoint was signed: nothing that was added on them was proven on the day itself. */
function daysWithout({ from, before }: MonthSpan, signed: ReadonlySet<string>): string {
  const missing: string[] = [];
  for (let day = from.getTime(); day < before.getTime(); day += 86_400_000) {
    const name = new Date(day).toISOString().slice(0, 10);
    if (!signed.has(name)) missing.push(name);
  }
  return missing.length === 0 ? 'a checkpoint was signed on every day' : `no checkpoint on ${missing.join(', ')}`;
}

/** For the file of an audit: what was signed, anchored, verified and found in a month. */
export const INTEGRITY_MONTH = defineSource<Event>({
  permission: 'integrity.read',
  filter: MonthFilter,
  columns: COLUMNS,
  order: 'Signing, checkpoints, places outside and alarms in order of time, then verification runs, newest first, each with its breaks',
  facts,
  count: async (ask) => {
    let count = 0;
    for await (const page of pages(ask)) count += page.length;
    return count;
  },
  pages,
  line: (event) => event,
});
