import 'server-only';
import { setTimeout as sleep } from 'node:timers/promises';
import { env } from '@/lib/env';
import type { ArchiveDto } from '@/lib/schema/archive';
import { type ArchiveStore, StoreFault } from './archive-store';

/** What a store said when it was last looked at: a page does not ask it each time. */
const KEPT_MS = 60_000;
const FAULT_KEPT_MS = 5_000;
/** A page waits no longer for an answer; the look goes on, and the next page has it. */
const PATIENCE_MS = 3_000;
const looks = new Map<string, { until: number; fault: Promise<string | null> }>();

/** @returns null where nothing is configured; `fault` says why one will not do, as it was up to a minute ago */
export async function describeStore(store: ArchiveStore | null, patienceMs = PATIENCE_MS): Promise<ArchiveDto['store']> {
  if (store === null) return null;
  const { kind, place, worm } = store;
  const late = sleep(patienceMs, `${place} has not answered within ${patienceMs / 1_000} seconds; look again in a moment.`, { ref: false });
  return { kind, place, worm, fault: await Promise.race([lookAt(store), late]) };
}

const nameOf = ({ kind, place }: Pick<ArchiveStore, 'kind' | 'place'>) => `${kind} ${place} ${env().S3_ENDPOINT ?? ''}`;

/** What it said holds no longer: somebody asked it, and got no answer. */
export function forgetStore(store: Pick<ArchiveStore, 'kind' | 'place'>): void {
  looks.delete(nameOf(store));
}

function lookAt(store: ArchiveStore): Promise<string | null> {
  const name = nameOf(store);
  const known = looks.get(name);
  if (known !== undefined && known.until > Date.now()) return known.fault;
  const look = { until: Number.POSITIVE_INFINITY, fault: faultOf(store) };
  looks.set(name, look);
  look.fault.then(
    (fault) => {
      look.until = Date.now() + (fault === null ? KEPT_MS : FAULT_KEPT_MS);
    },
    () => looks.delete(name),
  );
  return look.fault;
}

async function faultOf(store: ArchiveStore): Promise<string | null> {
  try {
    await store.check();
    return null;
  } catch (error) {
    if (!(error instanceof StoreFault)) throw error;
    return error.message;
  }
}

/** For tests. */
export function forgetStores(): void {
  looks.clear();
}
