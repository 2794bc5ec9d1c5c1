'use client';

import { Dialog as Base } from '@base-ui/react/dialog';
import { X } from 'lucide-react';
import type { ReactNode } from 'react';
import { cx } from './class-names';

interface Props {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: string;
  description?: ReactNode;
  children: ReactNode;
  width?: 'narrow' | 'wide' | 'broad';
  /** While something is shown that will not be shown again, only an explicit button closes. */
  keepOpen?: boolean;
  /** Asked in the middle of another dialog: lies over it. */
  above?: boolean;
}

const WIDTHS = { narrow: 'max-w-[440px]', wide: 'max-w-[680px]', broad: 'max-w-[1120px]' };

export function Dialog({ open, onOpenChange, title, description, children, width = 'narrow', keepOpen = false, above = false }: Props) {
  return (
    <Base.Root
      open={open}
      onOpenChange={(next, details) => {
        if (!next && keepOpen && details.reason === 'escape-key') details.cancel();
        else onOpenChange(next);
      }}
      disablePointerDismissal={keepOpen}
    >
      <Base.Portal>
        <Base.Backdrop
          className={cx(
            'fixed inset-0 bg-scrim transition-opacity duration-100 data-ending-style:opacity-0 data-starting-style:opacity-0',
            above ? 'z-55' : 'z-40',
          )}
        />
        <Base.Popup
          className={cx(
            'popup fixed top-[12vh] left-1/2 max-h-[80vh] w-[calc(100vw-24px)] -translate-x-1/2 overflow-y-auto',
            above ? 'z-60' : 'z-50',
            WIDTHS[width],
          )}
        >
          <div className="flex items-start gap-4 px-5 pt-4">
            <Base.Title className="flex-1 font-serif text-xl text-balance">{title}</Base.Title>
            {!keepOpen && (
              <Base.Close
                aria-label="Close"
                className="-mr-1.5 grid size-7 place-items-center rounded text-ink-3 hover:bg-sunk hover:text-ink"
              >
                <X size={16} aria-hidden />
              </Base.Close>
            )}
          </div>
          {description !== undefined && <Base.Description className="px-5 pt-1 text-ink-2">{description}</Base.Description>}
          <div className="px-5 pt-4 pb-5">{children}</div>
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}
