'use client';

import { Dialog } from '@/components/ui/dialog';
import type { Place } from './places';

function Keys({ keys }: { keys: string }) {
  return (
    <span className="flex gap-1">
      {keys.split(' ').map((key) => (
        <kbd key={key} className="mono min-w-5 rounded border border-rule px-1 text-center text-xs text-ink-2">
          {key}
        </kbd>
      ))}
    </span>
  );
}

const GENERAL: [keys: string, what: string][] = [
  ['⌘ K', 'Find a page, a conversation, a record (Ctrl K elsewhere)'],
  ['?', 'This list'],
  ['/', 'Search a list'],
  ['f', 'Filters of a list'],
  ['j', 'Next row'],
  ['k', 'Previous row'],
  ['o', 'Open the row beside the list'],
  ['Enter', 'Open the row as a page'],
  ['Esc', 'Close the side panel'],
];

export function ShortcutList({ open, onOpenChange, places }: { open: boolean; onOpenChange: (open: boolean) => void; places: Place[] }) {
  const rows = [...GENERAL, ...places.map((place): [string, string] => [`g ${place.key}`, `Go to ${place.label}`])];
  return (
    <Dialog open={open} onOpenChange={onOpenChange} title="Keyboard">
      <dl className="grid grid-cols-[auto_1fr] items-baseline gap-x-6 gap-y-1.5">
        {rows.map(([keys, what]) => (
          <div key={keys} className="contents">
            <dt>
              <Keys keys={keys} />
            </dt>
            <dd className="text-ink-2">{what}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
