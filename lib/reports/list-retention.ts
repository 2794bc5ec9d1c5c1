import 'server-only';
import * as z from 'zod/mini';
import { decideRetention } from '@/lib/ledger/decide-retention';
import { formatCount } from '@/lib/schema/format-count';
import type { RetentionDto } from '@/lib/schema/retention';
import { plainWords } from '@/lib/schema/vocabulary-words';
import { defineSource, type ReportColumn } from './report-source';
import { figureFacts } from './retention-figures';

type Row = RetentionDto['months'][number] & { title: string };

export const RETENTION_COLUMNS: readonly ReportColumn<Row>[] = [
  { id: 'policy', label: 'Policy', width: 160, text: ({ policy, title }) => (title === policy ? policy : `${title} (${policy})`) },
  { id: 'month', label: 'Kept until', width: 120, text: ({ month }) => month ?? 'No end yet: a clock is open' },
  { id: 'state', label: 'State', width: 120, text: ({ state }) => (state === 'hot' ? 'In the database' : plainWords(state)) },
  { id: 'records', label: 'Records', width: 80, text: ({ records }) => formatCount(records) },
];

/** By policy and month, as the retention screen has it. */
export const RETENTION = defineSource<Row>({
  permission: 'retention.read',
  filter: z.object({}),
  columns: RETENTION_COLUMNS,
  order: 'By deciding policy and month',
  facts: async ({ ledger, at }) => figureFacts(await decideRetention(ledger, at.getTime())),
  count: async ({ ledger, at }) => (await decideRetention(ledger, at.getTime())).months.length,
  async *pages({ ledger, at }) {
    const { months, policies } = await decideRetention(ledger, at.getTime());
    const titles = new Map(policies.map(({ code, title }) => [code, title]));
    yield months.map((row) => ({ ...row, title: titles.get(row.policy) ?? row.policy }));
  },
  line: (row) => row,
});
