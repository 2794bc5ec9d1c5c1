'use client';

import Link from 'next/link';
import { usePathname } from 'next/navigation';
import { cx } from '@/components/ui/class-names';
import type { FrameDto } from '@/lib/schema/screens';
import { AccountMenu } from './account-menu';
import { LedgerSwitch } from './ledger-switch';
import { isAt, type Place } from './places';

interface Props {
  frame: FrameDto;
  places: Place[];
  onShortcuts: () => void;
  onNavigate?: () => void;
}

const GROUPS: { group: Place['group']; title: string | null }[] = [
  { group: 'ledger', title: null },
  { group: 'proof', title: 'Proof' },
  { group: 'settings', title: 'Settings' },
];

/** The left rail: which book is open, its parts, and who is reading. Words only. */
export function Rail({ frame, places, onShortcuts, onNavigate }: Props) {
  const path = usePathname();
  return (
    <div className="flex h-full flex-col gap-3 px-2 py-2">
      <LedgerSwitch frame={frame} />
      <nav aria-label="Pages" className="-mx-2 flex flex-1 flex-col gap-4 overflow-y-auto px-2">
        {GROUPS.map(({ group, title }) => {
          const own = places.filter((place) => place.group === group);
          if (own.length === 0) return null;
          return (
            <div key={group}>
              {title !== null && <p className="px-2 pb-1 text-xs text-ink-3">{title}</p>}
              <ul>
                {own.map((place) => {
                  const here = isAt(path, place);
                  return (
                    <li key={place.href}>
                      <Link
                        href={place.href}
                        prefetch={false}
                        onClick={onNavigate}
                        aria-current={here ? 'page' : undefined}
                        className={cx(
                          'relative flex h-7 items-center rounded px-2 text-sm no-underline pointer-coarse:h-10',
                          here
                            ? 'font-medium text-ink before:absolute before:inset-y-1 before:-left-2 before:w-[3px] before:bg-seal'
                            : 'text-ink-2 hover:bg-sunk hover:text-ink',
                        )}
                      >
                        {place.label}
                      </Link>
                    </li>
                  );
                })}
              </ul>
            </div>
          );
        })}
      </nav>
      <div className="border-t border-hairline pt-2">
        <AccountMenu person={frame.person} onShortcuts={onShortcuts} />
      </div>
    </div>
  );
}
