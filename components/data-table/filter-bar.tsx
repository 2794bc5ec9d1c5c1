'use client';

import { Popover } from '@base-ui/react/popover';
import { ListFilter, X } from 'lucide-react';
import { useState } from 'react';
import type * as z from 'zod/mini';
import { useShortcuts } from '@/components/shell/use-shortcuts';
import { buttonClass } from '@/components/ui/button';
import { InertText } from '@/components/ui/inert-text';
import type { FilterField } from './describe-filter';
import { FilterForm } from './filter-form';
import { filterLabel, filterValue } from './filter-words';
import { useFilters } from './use-filters';

interface Props {
  shape: z.ZodMiniObject;
  fields: FilterField[];
}

/** What the list is narrowed to, in words, and the one form that changes it. */
export function FilterBar({ shape, fields }: Props) {
  const { values, apply, pending } = useFilters(fields);
  const [open, setOpen] = useState(false);
  useShortcuts({ keys: { f: () => setOpen(true) } });
  const active = fields.filter((field) => values[field.name] !== undefined);
  const without = (name: string) => Object.fromEntries(Object.entries(values).filter(([other]) => other !== name));
  return (
    <div className="flex flex-wrap items-center gap-1.5" aria-busy={pending || undefined}>
      <Popover.Root open={open} onOpenChange={setOpen}>
        <Popover.Trigger className={buttonClass('plain', 'small', 'no-print')}>
          <ListFilter size={13} aria-hidden />
          Filter
        </Popover.Trigger>
        <Popover.Portal>
          <Popover.Positioner sideOffset={6} align="start" className="z-50">
            <Popover.Popup className="popup max-h-(--available-height) w-[min(560px,calc(100vw-24px))] overflow-y-auto p-4">
              <Popover.Title className="sr-only">Filters</Popover.Title>
              <FilterForm
                key={JSON.stringify(values)}
                shape={shape}
                fields={fields}
                values={values}
                onApply={(next) => {
                  apply(next);
                  setOpen(false);
                }}
              />
            </Popover.Popup>
          </Popover.Positioner>
        </Popover.Portal>
      </Popover.Root>
      {active.map((field) => {
        const value = values[field.name] ?? '';
        return (
          <span key={field.name} className="inline-flex h-6 items-center gap-1 rounded border border-rule bg-leaf pl-2 text-xs">
            <span className="text-ink-3">{filterLabel(field.name)}</span>
            <span className="max-w-56 truncate font-medium">
              <InertText text={filterValue(field.name, value)} />
            </span>
            <button
              type="button"
              aria-label={`Remove filter ${filterLabel(field.name)}`}
              onClick={() => apply(without(field.name))}
              className="no-print grid size-6 place-items-center rounded text-ink-3 hover:text-ink"
            >
              <X size={12} aria-hidden />
            </button>
          </span>
        );
      })}
      {active.length > 1 && (
        <button
          type="button"
          onClick={() => apply({})}
          className="no-print px-1 text-xs text-ink-2 underline underline-offset-2 hover:text-ink"
        >
          Clear all
        </button>
      )}
    </div>
  );
}
