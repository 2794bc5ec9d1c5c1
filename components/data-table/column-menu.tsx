'use client';

import { Columns3 } from 'lucide-react';
import { buttonClass } from '@/components/ui/button';
import { Menu, MenuCheck, MenuItem, MenuSeparator } from '@/components/ui/menu';
import type { Column } from './columns';

interface Props<T> {
  columns: Column<T>[];
  shown: Column<T>[];
  onToggle: (id: string, on: boolean) => void;
  onReset: () => void;
}

export function ColumnMenu<T>({ columns, shown, onToggle, onReset }: Props<T>) {
  const trigger = (
    <button type="button" className={buttonClass('quiet', 'small')}>
      <Columns3 size={13} aria-hidden />
      Columns
    </button>
  );
  return (
    <Menu trigger={trigger} align="end">
      {columns.map((column) => (
        <MenuCheck key={column.id} checked={shown.includes(column)} onChange={(on) => onToggle(column.id, on)}>
          {column.label}
        </MenuCheck>
      ))}
      <MenuSeparator />
      <MenuItem onSelect={onReset}>Standard columns</MenuItem>
    </Menu>
  );
}
