import 'server-only';
import { boundedRead } from '@/lib/ledger/bounded-read';
import { decideRetention } from '@/lib/ledger/decide-retention';
import { type PolicyVersion, type RetentionAct, readActsBetween, readVersionsBetween } from '@/lib/ledger/read-retention-month';
import { sayPolicy } from '@/lib/policy/retention-catalogue';
import { diffPolicies } from '@/lib/policy/retention-change';
import { formatCount } from '@/lib/schema/format-count';
import { formatTime } from '@/lib/schema/format-time';
import { MonthFilter } from '@/lib/schema/reports';
import { walkArchiveRuns } from './list-archive-runs';
import { monthOf } from './month';
import { defineSource, type ReportAsk, type ReportColumn } from './report-source';
import { figureFacts } from './retention-figures';

/** A rule that was in force when the month ended, what falls under it now, or something that was done. `data` is all that is known of it. */
interface Line {
  section: string;
  at: string | null;
  what: string;
  finding: string;
  by: string | null;
  data: object;
}

const ACTS: Record<RetentionAct['kind'], string> = {
  hold_placed: 'Hold placed',
  hold_released: 'Hold released',
  event_entered: 'Clock started',
  event_withdrawn: 'Clock’s start withdrawn',
  shredded: 'Words shredded',
  destruction_requested: 'Destruction asked for',
  destruction_approved: 'Destruction approved',
  destruction_closed: 'Destruction not carried out',
  destroyed: 'Records destroyed',
};
const PAGE = 200;

const COLUMNS: readonly ReportColumn<Line>[] = [
  { id: 'section', label: 'About', width: 100, text: ({ section }) => section },
  { id: 'when', label: 'When', width: 112, text: ({ at }, zone) => (at === null ? null : formatTime(at, zone)) },
  { id: 'what', label: 'What', width: 200, text: ({ what }) => what },
  { id: 'finding', label: 'Finding', width: 250, text: ({ finding }) => finding },
  { id: 'by', label: 'By', width: 100, text: ({ by }) => by },
];

async function* pages(ask: ReportAsk): AsyncGenerator<Line[]> {
  const span = monthOf(ask);
  const versions = await boundedRead((tx) => readVersionsBetween(tx, ask.ledger.id, span));
  yield inForce(versions);
  yield await figures(ask);
  yield changes(versions, span.from);
  let after: RetentionAct | null = null;
  for (;;) {
    ask.signal.throwIfAborted();
    const behind: RetentionAct | null = after;
    const acts: RetentionAct[] = await boundedRead((tx) => readActsBetween(tx, ask.ledger.id, span, behind, PAGE));
    yield acts.map((data) => ({
      section: ACTS[data.kind],
      at: data.at.toISOString(),
      what: data.what,
      finding: data.reason,
      by: data.by,
      data,
    }));
    if (acts.length < PAGE) break;
    after = acts[acts.length - 1]!;
  }
  for await (const runs of walkArchiveRuns(ask, span.from, span.before))
    yield runs.map((data) => ({
      section: data.kind === 'archive' ? 'Archival' : 'Restore',
      at: data.requested_at,
      what: `${formatCount(data.records)} records in ${formatCount(data.segments)} objects; ${formatCount(data.pruned)} left the database, ${formatCount(data.held)} held back${data.altered === '0' ? '' : `, ${formatCount(data.altered)} left as altered`}`,
      finding: data.outcome ?? data.state,
      by: data.triggered_by === 'schedule' ? 'Schedule' : data.requested_by,
      data,
    }));
}

/** The policies as they were when the month ended. */
function inForce(versions: readonly PolicyVersion[]): Line[] {
  const last = versions[versions.length - 1];
  return (last?.policies ?? [])
    .filter(({ on }) => on)
    .map((policy) => ({
      section: 'Policy in force',
      at: null,
      what: `${policy.title} (${policy.code}), ${policy.source}`,
      finding: sayPolicy(policy),
      by: null,
      data: { version: last!.version, policy },
    }));
}

async function figures({ ledger, at }: ReportAsk): Promise<Line[]> {
  const { policies, conflicts, unmapped, today } = await decideRetention(ledger, at.getTime());
  return [
    ...policies.map((data) => ({
      section: 'Kept under it',
      at: null,
      what: `${data.title} (${data.code})`,
      finding: `applies to ${formatCount(data.applies)} records, decides for ${formatCount(data.decides)}, of which ${formatCount(data.due)} are due on ${today}`,
      by: null,
      data,
    })),
    ...conflicts.rows.map((data) => ({
      section: 'In conflict',
      at: null,
      what: `the minimum of ${data.floor} ends after the maximum of ${data.ceiling}`,
      finding: `${formatCount(data.records)} records on ${today}`,
      by: null,
      data,
    })),
    ...unmapped.rows.map((data) => ({
      section: 'Unmapped',
      at: null,
      what: data.what,
      finding: `${formatCount(data.records)} records on ${today}, kept as long as the longest minimum`,
      by: null,
      data,
    })),
  ];
}

function changes(versions: readonly PolicyVersion[], from: Date): Line[] {
  return versions.flatMap((version, i) => {
    if (version.changed_at < from) return [];
    const before = versions[i - 1] ?? { policies: [], settlements: [] };
    const data = diffPolicies(before, version);
    const codes = data.policies.map(({ code }) => code).join(', ');
    const settled = data.settlements.before.length + data.settlements.after.length > 0 ? ', answers to conflicts' : '';
    return [
      {
        section: 'Policies changed',
        at: version.changed_at.toISOString(),
        what: `version ${version.version}: ${codes}${settled}`,
        finding: version.reason ?? 'the ledger was made',
        by: version.changed_by,
        data: { version: version.version, reason: version.reason, ...data },
      },
    ];
  });
}

/** For the file of an audit: the rules that were in force, what falls under them, and what was done in a month. */
export const RETENTION_MONTH = defineSource<Line>({
  permission: 'retention.read',
  filter: MonthFilter,
  columns: COLUMNS,
  order: 'Policies in force, what falls under them, then what was done in the month, in order of time',
  facts: async (ask) => {
    const { month, unfinished } = monthOf(ask);
    return [
      ['Month', `${month} (UTC)${unfinished ? `, up to ${ask.at.toISOString()}: it had not ended` : ''}`],
      ...figureFacts(await decideRetention(ask.ledger, ask.at.getTime())),
    ];
  },
  count: async (ask) => {
    let count = 0;
    for await (const page of pages(ask)) count += page.length;
    return count;
  },
  pages,
  line: (line) => line,
});
