import 'server-only';
import { env } from '@/lib/env';
import { keepDoing } from '@/lib/keep-doing';
import { type LedgerRow, listLedgers } from '@/lib/ledger/find-ledger';
import { log } from '@/lib/log';
import { isRefusal } from '@/lib/schema/errors';
import { certifyDestruction, finishedDestructions } from './certify-destruction';
import { removeDueObjects } from './remove-objects';

const LOOK_EVERY_MS = 60_000;

/**
 * Bodies that stay in locked objects after a destruction: deleted when their locks have ended, and certified anew when the last has gone. Nothing is destroyed by this that
 * two people had not decided. @returns how to stop
 */
export function keepDestroying(everyMs = LOOK_EVERY_MS): () => Promise<void> {
  return keepDoing(
    async () => {
      if (env().DATABASE_PRUNER_URL !== undefined) for (const ledger of await listLedgers()) await finishDestructions(ledger);
    },
    everyMs,
    (error) => log.warn({ err: error }, 'objects of destructions could not be looked at; tried again later'),
  );
}

/** One look at one ledger. That one destruction cannot be finished keeps no other from it. @returns how many were finished */
export async function finishDestructions(ledger: LedgerRow): Promise<number> {
  await removeDueObjects(ledger);
  let finished = 0;
  for (const id of await finishedDestructions(ledger.id)) {
    try {
      await certifyDestruction(ledger, id);
      finished++;
    } catch (error) {
      // A refusal: another process was first.
      if (!isRefusal(error))
        log.warn({ err: error, ledger: ledger.slug, destruction: id }, 'a destruction could not be finished; tried again later');
    }
  }
  return finished;
}
