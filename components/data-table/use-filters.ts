'use client';

import { parseAsString, useQueryStates } from 'nuqs';
import { useMemo, useTransition } from 'react';
import type { FilterField } from './describe-filter';

/** The filters as they stand in the URL. A change starts on the first page and closes the side panel; the server makes the list anew. */
export function useFilters(fields: FilterField[]) {
  const [pending, start] = useTransition();
  const parsers = useMemo(
    () => Object.fromEntries([...fields.map((field) => field.name), 'older', 'newer', 'peek'].map((name) => [name, parseAsString])),
    [fields],
  );
  const [state, setState] = useQueryStates(parsers, { shallow: false, history: 'push', startTransition: start, clearOnDefault: true });
  const values = Object.fromEntries(
    fields.flatMap((field) => {
      const value = state[field.name];
      return typeof value === 'string' && value !== '' ? [[field.name, value]] : [];
    }),
  ) as Record<string, string>;
  const apply = (next: Record<string, string>) => {
    const change: Record<string, string | null> = { older: null, newer: null, peek: null };
    for (const field of fields) change[field.name] = next[field.name]?.trim() || null;
    void setState(change);
  };
  return { values, apply, pending };
}
