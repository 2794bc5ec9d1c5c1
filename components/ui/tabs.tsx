'use client';

import { Tabs as Base } from '@base-ui/react/tabs';
import type { ReactNode } from 'react';

interface Props {
  tabs: { value: string; label: string; content: ReactNode }[];
  value?: string;
  onChange?: (value: string) => void;
  label: string;
}

export function Tabs({ tabs, value, onChange, label }: Props) {
  const control = value === undefined ? { defaultValue: tabs[0]?.value } : { value, onValueChange: (next: string) => onChange?.(next) };
  return (
    <Base.Root {...control}>
      <Base.List aria-label={label} className="flex gap-4 border-b border-hairline">
        {tabs.map((tab) => (
          <Base.Tab
            key={tab.value}
            value={tab.value}
            className="-mb-px h-8 border-b-2 border-transparent text-sm text-ink-2 hover:text-ink data-active:border-seal data-active:font-medium data-active:text-ink"
          >
            {tab.label}
          </Base.Tab>
        ))}
      </Base.List>
      {tabs.map((tab) => (
        <Base.Panel key={tab.value} value={tab.value} className="pt-3">
          {tab.content}
        </Base.Panel>
      ))}
    </Base.Root>
  );
}
