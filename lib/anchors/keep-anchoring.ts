import 'server-only';
import { setTimeout as sleep } from 'node:timers/promises';
import { keepDoing } from '@/lib/keep-doing';
import { listLedgers } from '@/lib/ledger/find-ledger';
import { log } from '@/lib/log';
import { attemptTarget, takeDue } from './anchor-due';
import { watchAnchors } from './watch-anchors';

const LOOK_EVERY_MS = 1_000;
const WATCH_EVERY_MS = 15_000;
/** What a process that is told to stop leaves to attempts under way. One that takes longer counts as never made: whoever goes on makes it when its lease has run out. */
const STOP_MS = 5_000;

/**
 * Brings checkpoints to the places outside as they fall due, and raises alarms where they have grown old. Any number of processes may do so at once. A
 * place that keeps its caller waiting keeps no other place waiting. @returns how to stop; resolves when no attempt is under way, or some seconds later.
 */
export function keepAnchoring(everyMs = LOOK_EVERY_MS): () => Promise<void> {
  const underWay = new Set<Promise<void>>();
  let watchedAt = Number.NEGATIVE_INFINITY;
  const stop = keepDoing(
    async () => {
      for (const target of await takeDue()) {
        const attempt: Promise<void> = attemptTarget(target)
          .catch((error) => log.warn({ err: error, target: target.id }, 'how an anchor went could not be kept; tried again'))
          .finally(() => underWay.delete(attempt));
        underWay.add(attempt);
      }
      if (performance.now() - watchedAt > WATCH_EVERY_MS) {
        watchedAt = performance.now();
        for (const ledger of await listLedgers()) await watchAnchors(ledger.id);
      }
    },
    everyMs,
    (error) => log.warn({ err: error }, 'anchors could not be looked after; tried again'),
  );
  return async () => {
    await stop();
    await Promise.race([Promise.all(underWay), sleep(STOP_MS, null, { ref: false })]);
  };
}
