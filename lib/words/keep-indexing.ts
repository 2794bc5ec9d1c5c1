import 'server-only';
import { keepDoing } from '@/lib/keep-doing';
import { listLedgers } from '@/lib/ledger/find-ledger';
import { log } from '@/lib/log';
import { indexLedger } from './index-words';

const LOOK_MS = 2_000;
/** An archive from which something cannot be had is not asked at each look. */
const ARCHIVE_AGAIN_MS = 60_000;

/** Keeps the index of words of the ledgers that have one, a little behind what arrives. @returns how to stop it */
export function keepIndexing(everyMs = LOOK_MS): () => Promise<void> {
  const again = new Map<number, number>();
  return keepDoing(
    async ({ signal }) => {
      for (const ledger of await listLedgers()) {
        if (ledger.kind !== 'agents' || signal.aborted || (again.get(ledger.id) ?? 0) > Date.now()) continue;
        if ((await indexLedger(ledger, signal)) === 'archive') again.set(ledger.id, Date.now() + ARCHIVE_AGAIN_MS);
      }
    },
    everyMs,
    (error) => log.warn({ err: error }, 'words are indexed later'),
  );
}
