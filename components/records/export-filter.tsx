'use client';

import { useSearchParams } from 'next/navigation';
import { ExportButton } from '@/components/exports/export-dialog';
import { RecordFilter } from '@/lib/schema/filters';

/** The members of the list's query that filter, in one order: an export is what the list shows, all pages of it. */
export function filterQuery(params: URLSearchParams): string {
  const kept = new URLSearchParams();
  for (const name of Object.keys(RecordFilter.shape).sort()) {
    const value = params.get(name);
    if (value !== null && value !== '') kept.set(name, value);
  }
  return kept.toString();
}

/** Evidence of everything that passes the filters of the list. @param total as the list counts it */
export function ExportFilter({ total }: { total: string }) {
  const query = filterQuery(new URLSearchParams(useSearchParams()));
  return <ExportButton scope={{ kind: 'filter', query }} count={`${total} ${total === '1' ? 'record' : 'records'}`} />;
}
