'use client';

import { ChevronsUpDown } from 'lucide-react';
import { usePathname, useRouter } from 'next/navigation';
import { Menu, MenuChoice, MenuHeading } from '@/components/ui/menu';
import { roleWords } from '@/components/ui/vocabulary-words';
import type { FrameDto } from '@/lib/schema/screens';
import { PLACES } from './places';
import { chooseLedger } from './preferences';

export function LedgerSwitch({ frame }: { frame: FrameDto }) {
  const router = useRouter();
  const path = usePathname();
  const { ledger, ledgers } = frame;
  const choose = (id: string) => {
    chooseLedger(id);
    // A conversation or a record belongs to one ledger: from there the switch leads to its list.
    const place = [...PLACES].reverse().find((known) => known.href !== '/' && path.startsWith(known.href));
    router.push(place?.href ?? '/');
    router.refresh();
  };
  const trigger = (
    <button
      type="button"
      aria-label={`Ledger: ${ledger.name}. Choose another`}
      className="flex w-full items-center gap-2 rounded px-2 py-1.5 text-left hover:bg-sunk data-popup-open:bg-sunk"
    >
      <span className="min-w-0 flex-1">
        <span className="line-clamp-2 font-serif text-lg leading-5 font-semibold">{ledger.name}</span>
        <span className="block truncate text-xs text-ink-3">
          {ledger.demo ? 'Demo · ' : ''}
          {roleWords(ledger.role)}
        </span>
      </span>
      <ChevronsUpDown size={14} aria-hidden className="shrink-0 text-ink-3" />
    </button>
  );
  return (
    <Menu trigger={trigger}>
      <MenuHeading>Ledgers you hold a role on</MenuHeading>
      <MenuChoice
        value={ledger.id}
        onChange={choose}
        options={ledgers.map((option) => ({
          value: option.id,
          label: (
            <span className="flex flex-1 justify-between gap-6">
              <span>{option.name}</span>
              <span className="text-ink-3">
                {option.kind === 'access' ? 'access ledger' : option.demo ? 'demo' : roleWords(option.role)}
              </span>
            </span>
          ),
        }))}
      />
    </Menu>
  );
}
