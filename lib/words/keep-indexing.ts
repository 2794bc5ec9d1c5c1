import 'server-only';
import { keepDoing } from '@/lib/keep-doing';
import { listLedgers } from '@/lib/ledger/find-ledger';
import { log } from '@/lib/log';
import { indexLedger } from './index-words';

const LOOK_MS = 2_000;

/** Keeps the index of words of the ledgers that have one, a little behind what arrives. @returns how to stop it */
export function keepIndexing(everyMs = LOOK_MS): () => Promise<void> {
  return keepDoing(
    async ({ signal }) => {
      for (const ledger of await listLedgers()) if (ledger.kind === 'agents' && !signal.aborted) await indexLedger(ledger, signal);
    },
    everyMs,
    (error) => log.warn({ err: error }, 'words are indexed later'),
  );
}
