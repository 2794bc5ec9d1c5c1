'use client';

import { useState } from 'react';
import type { Column } from '@/components/data-table/columns';
import { SettingsTable } from '@/components/settings/settings-table';
import { Button } from '@/components/ui/button';
import { formatCount } from '@/components/ui/format-count';
import { plainWords } from '@/components/ui/vocabulary-words';
import type { RetentionDto } from '@/lib/schema/retention';
import { barWords, monthBars } from './month-bars';
import { PolicyChart } from './months-chart';
import { recordsOf } from './retention-words';

export type MonthRow = RetentionDto['months'][number] & { title: string };

/** The table behind the chart, and the columns of its report. */
export const MONTH_COLUMNS: Column<MonthRow>[] = [
  { id: 'policy', label: 'Policy', priority: 1, render: ({ policy, title }) => (title === policy ? policy : `${title} (${policy})`) },
  { id: 'month', label: 'Kept until', priority: 1, render: ({ month }) => month ?? 'No end yet: a clock is open' },
  { id: 'state', label: 'State', priority: 1, render: ({ state }) => (state === 'hot' ? 'In the database' : plainWords(state)) },
  { id: 'records', label: 'Records', priority: 1, render: ({ records }) => formatCount(records) },
];

/** What is kept until when: drawn by the policy that decides, and as a table one click away. */
export function MonthsSection({ figures: { months, policies, today } }: { figures: RetentionDto }) {
  const [table, setTable] = useState(false);
  const titles = new Map(policies.map(({ code, title }) => [code, title]));
  const chart = monthBars(months, today);
  const archived = chart.policies.some((own) => own.archived > 0);
  return (
    <section className="border-t border-rule pt-2">
      <div className="flex flex-wrap items-baseline gap-x-3">
        <h2 className="section-title">Kept until when</h2>
        <p className="flex-1 text-xs text-ink-3 max-sm:order-last max-sm:basis-full">
          Records by the policy that decides and the {chart.step === 1 ? 'month' : chart.step === 12 ? 'year' : 'years'} in which they end,
          each at a height of its own; the broken line is today{archived && ', the lighter part is archived'}
        </p>
        {chart.policies.length > 0 && (
          <Button tone="quiet" size="small" onClick={() => setTable(!table)} className="no-print">
            {table ? 'Show as chart' : 'Show as table'}
          </Button>
        )}
      </div>
      {table ? (
        <div className="max-w-[720px] pt-2">
          <SettingsTable
            caption="Records by deciding policy and month"
            head={MONTH_COLUMNS.map(({ label }) => label)}
            rows={months.map((month) => {
              const row = { ...month, title: titles.get(month.policy) ?? month.policy };
              return {
                id: `${month.policy} ${month.month} ${month.state}`,
                cells: MONTH_COLUMNS.map((column) => (
                  <span key={column.id} className="tnum">
                    {column.render(row)}
                  </span>
                )),
              };
            })}
          />
        </div>
      ) : chart.policies.length === 0 ? (
        <p className="py-3 text-sm text-ink-2">Nothing counted yet.</p>
      ) : (
        <>
          <p className="sr-only">
            {chart.policies
              .map(({ policy, records, bars }) => {
                const filled = bars.filter(({ hot, archived: away }) => hot + away > 0);
                const span =
                  filled.length === 0
                    ? ''
                    : `, from ${barWords(filled[0]!.at, chart.step)} to ${barWords(filled[filled.length - 1]!.at, chart.step)}`;
                return `${titles.get(policy) ?? policy}: ${recordsOf(records)}${span}`;
              })
              .join('. ')}
            .
          </p>
          <div className="grid items-end gap-x-4 pt-1 md:grid-cols-[168px_minmax(0,1fr)]">
            {chart.policies.map((own, place) => (
              <div key={own.policy} className="contents">
                <p className={`max-md:pt-3 text-sm ${place === chart.policies.length - 1 ? 'md:pb-6' : 'md:pb-2'}`}>
                  <span className="font-medium">{titles.get(own.policy) ?? own.policy}</span>
                  <span className="block text-xs text-ink-2 tnum">
                    {recordsOf(own.records)}
                    {own.archived > 0 && `, ${formatCount(own.archived)} archived`}
                  </span>
                  {own.open > 0 && (
                    <span className="block text-xs text-ink-2 tnum">{formatCount(own.open)} without an end: a clock is open</span>
                  )}
                </p>
                <PolicyChart own={own} chart={chart} last={place === chart.policies.length - 1} />
              </div>
            ))}
          </div>
        </>
      )}
    </section>
  );
}
