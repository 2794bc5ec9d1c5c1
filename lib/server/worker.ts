import { countVolume } from '@/lib/ledger/count-volume';
import { listLedgers } from '@/lib/ledger/find-ledger';
import { log } from '@/lib/log';

const COUNT_EVERY_MS = 2_000;

/** What a process does besides answering: counts behind the append path, and long work from the queue. @returns how to stop it. */
export async function startWork(): Promise<() => Promise<void>> {
  let stopped = false;
  let wake = () => {};
  const counting = (async () => {
    while (!stopped) {
      try {
        for (const ledger of await listLedgers()) await countVolume(ledger.id);
      } catch (error) {
        log.warn({ err: error }, 'records could not be counted; tried again later');
      }
      await new Promise<void>((resolve) => {
        wake = resolve;
        setTimeout(resolve, COUNT_EVERY_MS).unref();
      });
    }
  })();
  return async () => {
    stopped = true;
    wake();
    await counting;
  };
}
