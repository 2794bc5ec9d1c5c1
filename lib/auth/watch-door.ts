import 'server-only';
import type { Permission } from '@/lib/policy/permissions';
import { RefusalError } from '@/lib/schema/errors';
import type { Viewer } from './viewer';

/** What a route refuses before any use case, which records its own refusals, is asked. */
export interface DoorRefusal {
  code: 'forbidden' | 'origin_mismatch';
  /** Null where the door is open to everyone. */
  viewer: Viewer | null;
  address: string | null;
  permission: Permission | 'public';
  /** The route without what its parameters were. */
  screen: string;
}

type Watcher = (refusal: DoorRefusal) => Promise<void>;

const holder = globalThis as typeof globalThis & { __holdfastDoor?: Watcher };

/** The access log stands above this floor, so that it comes here to hear of refusals. */
export function watchDoor(watcher: Watcher): void {
  holder.__holdfastDoor = watcher;
}

/** @throws RefusalError with the code, after it was recorded */
export async function refuseAtDoor(refusal: DoorRefusal): Promise<never> {
  await holder.__holdfastDoor?.(refusal);
  throw new RefusalError(refusal.code);
}
