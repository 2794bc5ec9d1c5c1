import { renderToStaticMarkup } from 'react-dom/server';
import { describe, expect, it } from 'vitest';
import { ACCESS_COLUMNS } from '@/components/access-log/access-log-screen';
import { ARCHIVE_RUN_COLUMNS } from '@/components/archive/runs-table';
import { CONVERSATION_COLUMNS } from '@/components/conversations/conversations-screen';
import type { Column } from '@/components/data-table/columns';
import { HOLD_COLUMNS } from '@/components/holds/hold-columns';
import { RECORD_COLUMNS } from '@/components/records/record-columns';
import { MONTH_COLUMNS, type MonthRow } from '@/components/retention/months-section';
import { ClockProvider } from '@/components/ui/clock';
import * as archiveRuns from '@/lib/reports/list-archive-runs';
import * as conversations from '@/lib/reports/list-conversations';
import * as holds from '@/lib/reports/list-holds';
import * as records from '@/lib/reports/list-records';
import * as retention from '@/lib/reports/list-retention';
import type { ReportColumn } from '@/lib/reports/report-source';
import type { ArchiveRunDto } from '@/lib/schema/archive';
import type { HoldDto, HoldScope } from '@/lib/schema/holds';
import { inertText } from '@/lib/schema/inert-text';
import type { ConversationRow, EntryDto, RecordBody } from '@/lib/schema/screens';

/** What a reader sees of a cell. */
function seen(node: React.ReactNode): string {
  const markup = renderToStaticMarkup(
    <ClockProvider zone="Europe/Berlin" now="2026-11-21T10:00:00Z">
      {node}
    </ClockProvider>,
  );
  return (
    markup
      .replaceAll(/<svg.*?<\/svg>/g, '')
      // Drawn in a frame of its own, which a file has as brackets.
      .replaceAll(/<span class="marker"[^>]*>(.*?)<\/span>/g, '[$1]')
      .replaceAll(/<[^>]*>/g, '')
      .replaceAll('&lt;', '<')
      .replaceAll('&gt;', '>')
      .replaceAll('&quot;', '"')
      .replaceAll('&#x27;', "'")
      .replaceAll('&amp;', '&')
  );
}

const entry = (body: Partial<RecordBody> | null): EntryDto => ({
  seq: '48210',
  id: '01890000-0000-7000-8000-000000000000',
  received_at: '2026-11-20T17:03:11.123456Z',
  conversation_seq: '1',
  previous_hash: 'aa'.repeat(32),
  body_hash: 'bb'.repeat(32),
  integrity_hash: 'cc'.repeat(32),
  body:
    body === null
      ? null
      : ({
          v: 1,
          id: 'x',
          timestamp: '2026-11-20T17:03:10.5Z',
          action: 'tool_invoked',
          actor_id: 'triage',
          actor_type: 'agent',
          source: { channel: 'api' },
          ...body,
        } as RecordBody),
});
const ARCHIVED = {
  segment: '1204',
  store: 's3' as const,
  archived_at: '2026-11-20T17:03:11.000Z',
  retain_until: '2032-11-20T00:00:00.000Z',
  lock_mode: 'COMPLIANCE',
  locked_until: '2032-11-20T00:00:00.000Z',
  say: 'Archived.',
};
const ENTRIES: EntryDto[] = [
  entry({}),
  entry(null),
  ...(['not_fetched', 'unreachable', 'contradicted'] as const).map((state) => ({ ...entry(null), archived: { ...ARCHIVED, state } })),
  entry({
    details: { tool: '=cmd()\u202e', duration_ms: 12 },
    outcome: 'denied',
    subject_id: 'P-1',
    agent_name: 'triage',
    conversation_id: 'c-1',
  }),
  entry({
    action: 'data_accessed',
    resource_type: 'chart',
    resource_id: 'R/1',
    purpose: 'treatment',
    outcome: 'failure',
    on_behalf_of: 'dr',
  }),
  entry({
    action: 'screen_viewed',
    details: { actor_name: 'Ada', screen: '/reports', address: '::1', filters: { agent: 'x' } },
    outcome: 'success',
  }),
  entry({ data_classification: 'restricted' }),
];
const conversation = (over: Partial<ConversationRow>): ConversationRow => ({
  conversation_id: 'c-1',
  agent_name: 'triage',
  user_id: null,
  subject_id: 'P-1',
  record_count: 1234,
  first_seq: '17',
  last_seq: '48210',
  first_at: '2026-11-20T17:03:11.000Z',
  last_at: '2026-11-20T18:03:11.000Z',
  classification: 'restricted',
  ended: true,
  missing: 0,
  archived: 0,
  ...over,
});

function same<Shown, Row>(shown: Column<Shown>[], reported: readonly ReportColumn<Row>[], rows: readonly { shown: Shown; row: Row }[]) {
  it('has the columns of the list, under its heads and in its order, and of itself those that the list shows of itself', () => {
    expect(reported.map(({ id, label, extra }) => [id, label, extra])).toEqual(shown.map(({ id, label, extra }) => [id, label, extra]));
  });
  it('says in each cell what the list says', () => {
    for (const { shown: value, row } of rows) {
      for (const [i, column] of reported.entries()) {
        // A hash is shown by its ends, and reported whole.
        if (column.id === 'hash') continue;
        const told = inertText(column.text(row, 'Europe/Berlin') ?? '–');
        expect(`${column.id}: ${told}`).toBe(`${column.id}: ${seen(shown[i]!.render(value))}`);
      }
    }
  });
}

describe('a report of records', () => {
  const rows = ENTRIES.map((shown) => ({ shown, row: { entry: shown, body: null } }));
  same(RECORD_COLUMNS, records.RECORD_COLUMNS, rows);
});
describe('a report of the access log', () => {
  const rows = ENTRIES.map((shown) => ({ shown, row: { entry: shown, body: null } }));
  same(ACCESS_COLUMNS, records.ACCESS_COLUMNS, rows);
});
describe('a report of retention', () => {
  const row = (over: Partial<MonthRow>): MonthRow => ({
    policy: 'hipaa',
    title: 'HIPAA',
    month: '2032-11',
    state: 'hot',
    records: 12_345,
    ...over,
  });
  const rows = [row({}), row({ month: null, state: 'archived' }), row({ title: 'own', policy: 'own', state: 'destroyed', records: 1 })];
  same(
    MONTH_COLUMNS,
    retention.RETENTION_COLUMNS,
    rows.map((one) => ({ shown: one, row: one })),
  );
});
describe('a report of conversations', () => {
  const all = [
    conversation({}),
    conversation({ missing: 3, user_id: 'ada', classification: null }),
    conversation({ ended: false, subject_id: null }),
    conversation({ archived: 1234 }),
    conversation({ archived: 7 }),
  ];
  same(
    CONVERSATION_COLUMNS,
    conversations.CONVERSATION_COLUMNS,
    all.map((row) => ({ shown: row, row })),
  );
});

const hold = (scope: HoldScope, over: Partial<HoldDto> = {}): HoldDto => ({
  id: '01890000-0000-7000-8000-000000000001',
  number: 1204,
  matter: 'Doe v. Clinic\u202e',
  scope: scope.kind === 'time' ? { ...scope, value: `${scope.from}/${scope.to}` } : scope,
  custodian: null,
  reason: '=letter of 3 May',
  placed_by: 'o@example.com',
  placed_at: '2026-11-20T17:03:11.000Z',
  release_asked: null,
  released_by: null,
  released_at: null,
  release_reason: null,
  ...over,
});
describe('a report of holds', () => {
  const all = [
    hold({ kind: 'conversation', value: 'c-1' }, { custodian: 'Records office' }),
    hold({ kind: 'subject', value: 'P-1' }, { release_asked: { by: 'o@example.com', at: '2026-11-20T18:00:00.000Z', reason: 'Over' } }),
    hold({ kind: 'resource', type: 'chart', value: 'R/1' }),
    hold({ kind: 'actor', value: 'dr' }),
    hold({ kind: 'agent', value: 'triage' }),
    hold({ kind: 'time', from: '2026-01-01', to: '2026-03-31' }),
    hold(
      { kind: 'time', from: '2026-01-01', to: '2026-01-01' },
      { released_by: 'p@example.com', released_at: '2026-11-21T09:00:00.000Z', release_reason: 'Settled' },
    ),
  ];
  same(
    HOLD_COLUMNS,
    holds.HOLD_COLUMNS,
    all.map((row) => ({ shown: row, row })),
  );
});

const run = (over: Partial<ArchiveRunDto>): ArchiveRunDto => ({
  id: '01890000-0000-7000-8000-000000000002',
  kind: 'archive',
  triggered_by: 'person',
  requested_by: 'o@example.com\u202e',
  requested_at: '2026-11-20T17:03:11.000Z',
  started_at: '2026-11-20T17:03:12.000Z',
  scope: {},
  store: { kind: 's3', place: 's3://bucket', worm: true },
  state: 'done',
  progress: { done: 24_000, total: 24_000 },
  segments: 2,
  records: '12000',
  bytes: '1200345',
  pruned: '11990',
  held: '10',
  altered: '0',
  outcome: '12,000 records archived in 2 segments.',
  finished_at: '2026-11-20T17:04:11.000Z',
  ...over,
});
describe('a report of archive runs', () => {
  const all = [
    run({}),
    run({ altered: '1203', outcome: '1,203 records are not what their entries name: nothing of them is archived.' }),
    run({ kind: 'restore', triggered_by: 'schedule', state: 'failed', outcome: '=the archive does not answer' }),
    run({ state: 'running', outcome: null, finished_at: null }),
  ];
  same(
    ARCHIVE_RUN_COLUMNS,
    archiveRuns.ARCHIVE_RUN_COLUMNS,
    all.map((row) => ({ shown: row, row })),
  );
});
