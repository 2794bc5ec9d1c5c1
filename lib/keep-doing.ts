import 'server-only';
import { setTimeout as sleep } from 'node:timers/promises';

/** What a turn is given. */
export interface Turn {
  /** Aborted when it is to stop: no turn follows, and the one under way may end early. */
  signal: AbortSignal;
  /** More is waiting: the next turn comes without a rest, also where this one fails. */
  again(): void;
}

/**
 * Work in the background: turn after turn, never two at once, from now on until it is stopped. A turn that fails is told, and the next one comes. A rest keeps no
 * process alive.
 * @param everyMs the rest between the end of a turn and the next
 * @param failed is told what a turn threw; it throws nothing itself
 * @returns how to stop: a rest ends at once; resolves when the turn under way has ended, and may be asked more than once
 */
export function keepDoing(turn: (now: Turn) => Promise<unknown>, everyMs: number, failed: (error: unknown) => void): () => Promise<void> {
  const stopping = new AbortController();
  const { signal } = stopping;
  const doing = (async () => {
    while (!signal.aborted) {
      let rests = true;
      const again = () => {
        rests = false;
      };
      try {
        await turn({ signal, again });
      } catch (error) {
        failed(error);
      }
      if (rests) await sleep(everyMs, undefined, { signal, ref: false }).catch(() => {});
    }
  })();
  return () => {
    stopping.abort();
    return doing;
  };
}
