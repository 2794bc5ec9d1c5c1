'use client';

import type { ReactNode } from 'react';
import { ExportList, type ListReport } from '@/components/reports/export-list';
import { cx } from '@/components/ui/class-names';
import { formatTotal } from '@/components/ui/format-count';
import type { Page } from '@/lib/schema/screens';
import { ColumnMenu } from './column-menu';
import type { Column } from './columns';
import { PageLinks } from './page-links';
import { PeekPanel } from './peek-panel';
import { useColumns } from './use-columns';
import { usePeek } from './use-peek';

interface Props<T> {
  /** Under which the column choice is remembered. */
  name: string;
  caption: string;
  columns: Column<T>[];
  rows: T[];
  idOf: (row: T) => string;
  hrefOf?: (id: string) => string;
  /** What the side panel shows of a row; without it rows do not open. */
  peek?: (id: string) => ReactNode;
  peekTitle?: string;
  page?: Pick<Page<T>, 'older' | 'newer' | 'total' | 'searched_to'>;
  /** Plural of a row: "records". */
  noun: string;
  toolbar?: ReactNode;
  actions?: ReactNode;
  /** What the list is exported as, with the columns that are shown. */
  report?: ListReport;
  /** Shown instead of rows. */
  empty: ReactNode;
  rowTone?: (row: T) => 'broken' | 'attention' | null;
}

const SHOWN_FROM: Record<1 | 2 | 3, string> = { 1: '', 2: '@max-2xl:hidden', 3: '@max-5xl:hidden' };
const ROW_TONE = { broken: 'bg-broken-wash', attention: 'bg-amber-wash' };

/** A real table: keyset pages, one row a line, a side panel for the selected row. */
export function DataTable<T>(props: Props<T>) {
  const { name, caption, columns, rows, idOf, hrefOf, peek, page, noun, toolbar, actions, report, empty, rowTone } = props;
  const { shown, toggle, reset } = useColumns(name, columns);
  const selection = usePeek({ ids: rows.map(idOf), hrefOf, enabled: peek !== undefined || hrefOf !== undefined });
  const panel = peek !== undefined && selection.peek !== null ? peek(selection.peek) : null;
  return (
    <div className={cx(panel !== null && 'lg:grid lg:grid-cols-[minmax(0,1fr)_minmax(380px,440px)] lg:gap-6 print:block')}>
      {/* On a phone the panel covers the list: what cannot be seen cannot be reached either. */}
      <div className={cx('@container min-w-0', panel !== null && 'max-lg:invisible print:visible')}>
        <div className="flex flex-wrap items-center gap-x-4 gap-y-2 pb-2">
          <div className="min-w-[min(100%,16rem)] flex-1">{toolbar}</div>
          <div className="no-print flex items-center gap-1.5">
            {report !== undefined && rows.length > 0 && (
              <ExportList
                {...report}
                columns={shown.map((column) => column.id)}
                {...(page !== undefined && { total: formatTotal(page.total) })}
              />
            )}
            {actions}
            <ColumnMenu columns={columns} shown={shown} onToggle={toggle} onReset={reset} />
          </div>
        </div>
        {rows.length === 0 ? (
          <div className="border-t border-rule">{empty}</div>
        ) : (
          <table className="w-full table-fixed border-collapse text-sm">
            <caption className="sr-only">{caption}</caption>
            <colgroup>
              {shown.map((column) => (
                <col key={column.id} style={{ width: column.width }} className={SHOWN_FROM[column.priority]} />
              ))}
            </colgroup>
            <thead className="sticky top-0 z-10 bg-paper print:static" data-sticky>
              <tr className="shadow-[inset_0_-1px_0_var(--rule),inset_0_1px_0_var(--rule)]">
                {shown.map((column) => (
                  <th
                    key={column.id}
                    scope="col"
                    className={cx(
                      'h-7 truncate px-2 text-xs font-medium whitespace-nowrap text-ink-2 first:pl-1 last:pr-1',
                      column.align === 'end' ? 'text-right' : 'text-left',
                      SHOWN_FROM[column.priority],
                    )}
                  >
                    {column.label}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => {
                const id = idOf(row);
                const tone = rowTone?.(row) ?? null;
                const current = selection.active === id || selection.peek === id;
                return (
                  <tr
                    key={id}
                    id={`row-${id}`}
                    aria-current={current || undefined}
                    onClick={(event) => {
                      const target = event.target as HTMLElement;
                      if (peek === undefined || target.closest('a, button') !== null || window.getSelection()?.isCollapsed === false)
                        return;
                      selection.open(id);
                    }}
                    className={cx(
                      'h-7 border-b border-hairline pointer-coarse:h-9',
                      peek !== undefined && 'cursor-pointer',
                      current ? 'bg-seal-wash' : tone !== null ? ROW_TONE[tone] : 'hover:bg-sunk',
                    )}
                  >
                    {shown.map((column) => (
                      <td
                        key={column.id}
                        className={cx(
                          'truncate px-2 first:pl-1 last:pr-1',
                          column.align === 'end' && 'text-right',
                          SHOWN_FROM[column.priority],
                        )}
                      >
                        {column.render(row)}
                      </td>
                    ))}
                  </tr>
                );
              })}
            </tbody>
          </table>
        )}
        {page !== undefined && (rows.length > 0 || page.older !== null || page.newer !== null) && (
          <PageLinks
            older={page.older}
            newer={page.newer}
            total={page.total}
            noun={noun}
            shown={rows.length}
            searchedTo={page.searched_to}
          />
        )}
      </div>
      {panel !== null && selection.peek !== null && (
        <PeekPanel title={props.peekTitle ?? 'Selected row'} href={hrefOf?.(selection.peek)} onClose={selection.close}>
          {panel}
        </PeekPanel>
      )}
    </div>
  );
}
