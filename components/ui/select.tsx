'use client';

import { Select as Base } from '@base-ui/react/select';
import { Check, ChevronDown } from 'lucide-react';
import { FIELD_CLASS } from './field';

export interface Option {
  value: string;
  label: string;
}

interface Props {
  value: string;
  onChange: (value: string) => void;
  options: Option[];
  id?: string;
  name?: string;
  'aria-label'?: string;
  'aria-labelledby'?: string;
  disabled?: boolean;
}

export function Select({ value, onChange, options, id, name, disabled = false, ...aria }: Props) {
  return (
    <Base.Root items={options} value={value} onValueChange={(next) => next !== null && onChange(next)} disabled={disabled} name={name}>
      <Base.Trigger id={id} {...aria} className={`${FIELD_CLASS} flex items-center justify-between gap-2 text-left`}>
        <Base.Value className="truncate" />
        <Base.Icon>
          <ChevronDown size={14} aria-hidden className="text-ink-3" />
        </Base.Icon>
      </Base.Trigger>
      <Base.Portal>
        <Base.Positioner sideOffset={4} alignItemWithTrigger={false} className="z-60">
          <Base.Popup className="popup max-h-[min(320px,var(--available-height))] min-w-(--anchor-width) overflow-y-auto p-1">
            {options.map((option) => (
              <Base.Item
                key={option.value}
                value={option.value}
                className="grid min-h-7 cursor-default grid-cols-[16px_1fr] items-center gap-2 rounded px-2 py-1 text-sm outline-none select-none data-highlighted:bg-sunk"
              >
                <Base.ItemIndicator>
                  <Check size={14} aria-hidden />
                </Base.ItemIndicator>
                <Base.ItemText className="col-start-2">{option.label}</Base.ItemText>
              </Base.Item>
            ))}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}
