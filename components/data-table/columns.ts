import type { ReactNode } from 'react';

export interface Column<T> {
  id: string;
  label: string;
  render: (row: T) => ReactNode;
  /** CSS width; columns without one share what is left. */
  width?: string;
  align?: 'end';
  /** 1 is shown at every width, 2 from a tablet's, 3 from a desk's. A side panel takes width away like a smaller screen. */
  priority: 1 | 2 | 3;
  /** Not shown until chosen. */
  extra?: boolean;
}

/**
 * The columns to show for a remembered choice. An empty or unknown choice is the standard one; a choice never leaves no column.
 * @param chosen ids, comma-separated, as in the URL
 */
export function chooseColumns<T>(columns: Column<T>[], chosen: string | null): Column<T>[] {
  const standard = columns.filter((column) => column.extra !== true);
  if (chosen === null || chosen === '') return standard;
  const ids = new Set(chosen.split(','));
  const shown = columns.filter((column) => ids.has(column.id));
  return shown.length === 0 ? standard : shown;
}
