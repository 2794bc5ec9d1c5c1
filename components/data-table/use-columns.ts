'use client';

import { parseAsString, useQueryState } from 'nuqs';
import { useEffect, useState } from 'react';
import { type Column, chooseColumns } from './columns';

/** The chosen columns: from the URL where they stand there, else as this browser remembers them. */
export function useColumns<T>(table: string, columns: Column<T>[]) {
  const [fromUrl, setUrl] = useQueryState('cols', parseAsString.withOptions({ shallow: true, history: 'replace' }));
  const [remembered, setRemembered] = useState<string | null>(null);
  const key = `hf_columns_${table}`;
  useEffect(() => setRemembered(window.localStorage.getItem(key)), [key]);
  const shown = chooseColumns(columns, fromUrl ?? remembered);
  const toggle = (id: string, on: boolean) => {
    const ids = columns.filter((column) => (column.id === id ? on : shown.includes(column))).map((column) => column.id);
    if (ids.length === 0) return;
    const choice = ids.join(',');
    window.localStorage.setItem(key, choice);
    setRemembered(choice);
    void setUrl(choice);
  };
  const reset = () => {
    window.localStorage.removeItem(key);
    setRemembered(null);
    void setUrl(null);
  };
  return { shown, toggle, reset };
}
