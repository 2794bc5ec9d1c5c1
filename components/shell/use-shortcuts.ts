'use client';

import { useEffect, useRef } from 'react';

export interface Shortcuts {
  /** Single keys, as `event.key`. */
  keys: Record<string, () => void>;
  /** Keys pressed within a second after `g`. */
  afterG?: Record<string, () => void>;
  /** Ctrl or ⌘ with a key; works inside fields too. */
  chords?: Record<string, () => void>;
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName);
}

function isLayered(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest('[role="dialog"], [role="menu"], [role="listbox"]') !== null;
}

/** Keys of a page. Silent while someone types, or while a dialog or a menu has the keyboard. */
export function useShortcuts(shortcuts: Shortcuts): void {
  const current = useRef(shortcuts);
  current.current = shortcuts;
  useEffect(() => {
    let armedUntil = 0;
    const onKey = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.isComposing) return;
      const { keys, afterG = {}, chords = {} } = current.current;
      const run = (action: (() => void) | undefined) => {
        if (action === undefined) return false;
        event.preventDefault();
        action();
        return true;
      };
      if ((event.metaKey || event.ctrlKey) && !event.altKey) {
        run(chords[event.key.toLowerCase()]);
        return;
      }
      if (event.altKey || isTyping(event.target) || isLayered(event.target)) return;
      if (event.timeStamp < armedUntil) {
        armedUntil = 0;
        if (run(afterG[event.key])) return;
      }
      if (event.key === 'g' && Object.keys(afterG).length > 0) {
        armedUntil = event.timeStamp + 1000;
        return;
      }
      run(keys[event.key]);
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, []);
}
