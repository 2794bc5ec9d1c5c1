'use client';

import { Dialog as Drawer } from '@base-ui/react/dialog';
import { Menu as MenuIcon, Search } from 'lucide-react';
import { useRouter } from 'next/navigation';
import { type CSSProperties, type ReactNode, useState } from 'react';
import { ClockProvider } from '@/components/ui/clock';
import type { FrameDto } from '@/lib/schema/screens';
import { AlarmBanner } from './alarm-banner';
import { CommandPalette } from './command-palette';
import { FrameProvider } from './frame-context';
import { IntegrityLine } from './integrity-line';
import { placesFor } from './places';
import { Rail } from './rail';
import { ShortcutList } from './shortcut-list';
import { useShortcuts } from './use-shortcuts';

interface Props {
  frame: FrameDto;
  title: ReactNode;
  /** One line under the title: what this page is of. */
  lead?: ReactNode;
  /** The page's one primary action. */
  action?: ReactNode;
  /** The page this one lies under. */
  back?: ReactNode;
  children: ReactNode;
}

/** The frame around every screen. It is given what it shows and reads nothing itself. */
export function Frame({ frame, title, lead, action, back, children }: Props) {
  const router = useRouter();
  const [palette, setPalette] = useState(false);
  const [keys, setKeys] = useState(false);
  const [drawer, setDrawer] = useState(false);
  const places = placesFor(frame);
  useShortcuts({
    keys: { '?': () => setKeys(true) },
    afterG: Object.fromEntries(places.map((place) => [place.key, () => router.push(place.href)])),
    chords: { k: () => setPalette(true) },
  });
  const rail = <Rail frame={frame} places={places} onShortcuts={() => setKeys(true)} onNavigate={() => setDrawer(false)} />;
  return (
    <ClockProvider zone={frame.person.zone} now={frame.now}>
      <FrameProvider frame={frame}>
        <a
          href="#content"
          className="sr-only focus:not-sr-only focus:fixed focus:top-2 focus:left-2 focus:z-60 focus:bg-leaf focus:px-3 focus:py-2"
        >
          Skip to the content
        </a>
        <div
          className="lg:grid lg:grid-cols-[212px_minmax(0,1fr)] print:block"
          style={{ '--time-width': frame.person.zone === 'UTC' ? '190px' : '238px' } as CSSProperties}
        >
          <aside aria-label="Ledger and pages" className="sticky top-0 hidden h-dvh border-r border-hairline lg:block print:hidden">
            {rail}
          </aside>
          <div className="flex min-h-dvh min-w-0 flex-col">
            <header className="flex h-10 items-center gap-3 border-b border-hairline px-4 lg:px-6" data-sticky>
              <button
                type="button"
                aria-label="Pages"
                onClick={() => setDrawer(true)}
                className="-ml-1.5 grid size-8 place-items-center rounded text-ink-2 hover:bg-sunk lg:hidden print:hidden"
              >
                <MenuIcon size={18} aria-hidden />
              </button>
              <div className="min-w-0 flex-1">
                <IntegrityLine line={frame.integrity} proof={frame.proof} now={frame.now} />
              </div>
              <span className="hidden text-xs text-ink-3 md:inline" title={`Times are shown in ${frame.person.zone}`}>
                Times in {frame.person.zone}
              </span>
              <button
                type="button"
                onClick={() => setPalette(true)}
                className="flex h-7 items-center gap-2 rounded border border-transparent px-2 text-xs text-ink-2 hover:bg-sunk md:border-rule print:hidden"
              >
                <Search size={14} aria-hidden />
                <span className="sr-only md:not-sr-only">Find</span>
                <kbd className="mono hidden text-ink-3 md:inline">⌘K</kbd>
              </button>
            </header>
            <AlarmBanner alarms={frame.proof.alarms} />
            <main id="content" tabIndex={-1} className="min-w-0 flex-1 px-4 pb-12 outline-none lg:px-6">
              <div className="flex flex-wrap items-start gap-x-6 gap-y-2 pt-5 pb-4">
                <div className="min-w-0 flex-1 basis-64">
                  {back !== undefined && <p className="text-xs text-ink-3 print:hidden">{back}</p>}
                  <h1 className="font-serif text-2xl font-semibold tracking-[-0.01em] text-balance wrap-anywhere">{title}</h1>
                  {lead !== undefined && <div className="mt-0.5 text-sm text-ink-2">{lead}</div>}
                </div>
                {action !== undefined && <div className="no-print flex items-center gap-2 pt-0.5">{action}</div>}
              </div>
              {children}
            </main>
          </div>
        </div>
        <Drawer.Root open={drawer} onOpenChange={setDrawer}>
          <Drawer.Portal>
            <Drawer.Backdrop className="fixed inset-0 z-40 bg-scrim" />
            <Drawer.Popup className="fixed inset-y-0 left-0 z-50 w-[260px] border-r border-rule bg-paper outline-none transition-transform duration-100 data-ending-style:-translate-x-full data-starting-style:-translate-x-full">
              <Drawer.Title className="sr-only">Pages</Drawer.Title>
              {rail}
            </Drawer.Popup>
          </Drawer.Portal>
        </Drawer.Root>
        <CommandPalette open={palette} onOpenChange={setPalette} places={places} role={frame.ledger.role} />
        <ShortcutList open={keys} onOpenChange={setKeys} places={places} />
      </FrameProvider>
    </ClockProvider>
  );
}
