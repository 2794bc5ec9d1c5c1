import { setTimeout as sleep } from 'node:timers/promises';
import { type ArchiveStore, StoreFault } from '@/lib/archive/archive-store';
import { ownStore } from '@/lib/archive/open-store';

const PATIENCE_MS = 5_000;

/**
 * Whether the archive will do, looked at when the process starts: versions and Object Lock of a bucket, or that a folder can be written to. Everything else goes on where
 * it will not; each run looks again.
 * @returns what whoever starts it has to be told: nothing where it will do
 */
export async function lookAtArchive(store: ArchiveStore | null = ownStore(), patienceMs = PATIENCE_MS): Promise<string[]> {
  if (store === null) return [];
  try {
    const looked = await Promise.race([store.check().then(() => 'fit'), sleep(patienceMs, 'late', { ref: false })]);
    return looked === 'fit' ? [] : warning(`${store.place} has not answered within ${patienceMs / 1000} seconds`);
  } catch (error) {
    if (!(error instanceof StoreFault)) throw error;
    return warning(error.message.replace(/\.$/, ''));
  }
}

function warning(what: string): string[] {
  return ['', `WARNING: nothing can be archived as it is: ${what}.`];
}
