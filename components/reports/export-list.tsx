'use client';

import { useSearchParams } from 'next/navigation';
import { useState } from 'react';
import type * as z from 'zod/mini';
import { useMay } from '@/components/shell/frame-context';
import { Button } from '@/components/ui/button';
import { REPORTS, type ReportKind } from '@/lib/schema/reports';
import { ReportDialog } from './report-dialog';
import { listQuery } from './report-words';

/** What a list is exported as. */
export interface ListReport {
  kind: ReportKind;
  /** The list's filters; absent where it has none. */
  shape?: z.ZodMiniObject;
}

interface Props extends ListReport {
  /** Ids of the columns that are shown; none: all that the list shows by itself. */
  columns: string[];
  /** As the list counts its rows. */
  total?: string;
}

/** Makes a report of the list as it stands, all pages of it; shown to those who may export. */
export function ExportList({ kind, shape, columns, total }: Props) {
  const allowed = useMay('reports.export');
  const params = new URLSearchParams(useSearchParams());
  const [open, setOpen] = useState(false);
  if (!allowed) return null;
  const { one, many } = REPORTS[kind];
  return (
    <>
      <Button size="small" className="no-print" onClick={() => setOpen(true)}>
        Export list
      </Button>
      {open && (
        <ReportDialog
          title="Export list"
          asked={{ kind, query: listQuery(Object.keys(shape?.shape ?? {}), params), columns }}
          count={total === undefined ? undefined : `${total} ${total === '1' ? one : many}`}
          about={`Every row that the list finds, not this page alone, in its order and with the columns that you have chosen, as of the moment of asking.`}
          onClose={() => setOpen(false)}
        />
      )}
    </>
  );
}
