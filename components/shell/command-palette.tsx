'use client';

import { Dialog as Base } from '@base-ui/react/dialog';
import { Command } from 'cmdk';
import { useRouter } from 'next/navigation';
import { useState } from 'react';
import { actionWords } from '@/components/ui/vocabulary-words';
import { may } from '@/lib/policy/permissions';
import { AGENT_ACTIONS, type Role } from '@/lib/schema/vocabulary';
import { jumpTargets } from './jump-targets';
import type { Place } from './places';

interface Props {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  places: Place[];
  role: Role | null;
}

const ITEM = 'flex min-h-8 cursor-default items-center gap-2 rounded px-2 py-1 text-sm data-[selected=true]:bg-sunk wrap-anywhere';
const GROUP =
  '[&_[cmdk-group-heading]]:px-2 [&_[cmdk-group-heading]]:pt-2 [&_[cmdk-group-heading]]:pb-1 [&_[cmdk-group-heading]]:text-xs [&_[cmdk-group-heading]]:text-ink-3';

const PARTS: [href: string, label: string][] = [
  ['/integrity?show=checkpoints', 'Checkpoints'],
  ['/integrity?show=keys', 'Keys of the signer'],
  ['/integrity?show=alarms', 'Past alarms'],
  ['/integrity#bring-your-own', 'Bring an old checkpoint, receipt or bundle'],
];

/** ⌘K. It makes addresses and goes to them; it looks nothing up, so typing here is not a read of the ledger. */
export function CommandPalette({ open, onOpenChange, places, role }: Props) {
  const router = useRouter();
  const [typed, setTyped] = useState('');
  const go = (href: string) => {
    onOpenChange(false);
    setTyped('');
    router.push(href);
  };
  const jumps = jumpTargets(typed, role);
  return (
    <Base.Root open={open} onOpenChange={onOpenChange}>
      <Base.Portal>
        <Base.Backdrop className="fixed inset-0 z-40 bg-scrim" />
        <Base.Popup className="popup fixed top-[12vh] left-1/2 z-50 w-[calc(100vw-24px)] max-w-[560px] -translate-x-1/2">
          <Base.Title className="sr-only">Go to</Base.Title>
          <Command label="Go to" loop>
            <Command.Input
              value={typed}
              onValueChange={setTyped}
              autoFocus
              placeholder="Page, id, #position, resource, subject, or a search: tool:ehr.read has:phi…"
              className="h-11 w-full border-b border-hairline bg-transparent px-4 text-base outline-none"
            />
            <Command.List className="max-h-[52vh] overflow-y-auto p-1.5">
              {jumps.length === 0 && <Command.Empty className="px-2 py-6 text-center text-ink-3">Nothing to go to.</Command.Empty>}
              {jumps.length > 0 && (
                <Command.Group heading="Open" forceMount className={GROUP}>
                  {jumps.map((jump) => (
                    <Command.Item key={jump.href} value={jump.href} forceMount onSelect={() => go(jump.href)} className={ITEM}>
                      {jump.label}
                    </Command.Item>
                  ))}
                </Command.Group>
              )}
              <Command.Group heading="Pages" className={GROUP}>
                {places.map((place) => (
                  <Command.Item key={place.href} value={place.label} onSelect={() => go(place.href)} className={ITEM}>
                    <span className="flex-1">{place.label}</span>
                    <span className="mono text-xs text-ink-3">g {place.key}</span>
                  </Command.Item>
                ))}
              </Command.Group>
              {may(role, 'integrity.read') && (
                <Command.Group heading="Within integrity" className={GROUP}>
                  {PARTS.map(([href, label]) => (
                    <Command.Item key={href} value={label} onSelect={() => go(href)} className={ITEM}>
                      {label}
                    </Command.Item>
                  ))}
                </Command.Group>
              )}
              {may(role, 'records.read') && (
                <Command.Group heading="Records by action" className={GROUP}>
                  {AGENT_ACTIONS.map((action) => (
                    <Command.Item
                      key={action}
                      value={`${action} ${actionWords(action)}`}
                      onSelect={() => go(`/records?action=${action}`)}
                      className={ITEM}
                    >
                      {actionWords(action)}
                    </Command.Item>
                  ))}
                </Command.Group>
              )}
            </Command.List>
          </Command>
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}
