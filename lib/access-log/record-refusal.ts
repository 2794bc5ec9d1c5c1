import 'server-only';
import { networkOf } from '@/lib/auth/client-address';
import { overrideStatus } from '@/lib/auth/request-context';
import type { Viewer } from '@/lib/auth/viewer';
import { type DoorRefusal, watchDoor } from '@/lib/auth/watch-door';
import type { Permission } from '@/lib/policy/permissions';
import { ERRORS } from '@/lib/schema/errors';
import type { Role } from '@/lib/schema/vocabulary';
import { type AccessActor, actorOf } from './access-entry';
import { appendAccess } from './append-access';

/** One record a minute for the same refusal: a loop must not be able to bury the access ledger. The next record tells how many it stands for. */
const ONCE_MS = 60_000;
const MOST = 10_000;

const holder = globalThis as typeof globalThis & { __holdfastRefusals?: Map<string, { at: number; silent: number }> };
holder.__holdfastRefusals ??= new Map();
const recent = holder.__holdfastRefusals;

/** Never throws: what is refused stays refused, whether or not it could be recorded. */
export async function recordRefusal(
  viewer: Viewer,
  role: Role | null,
  ledger: string,
  permission: Permission,
  screen: string,
  now: number = Date.now(),
): Promise<void> {
  // Not by ledger where there is no role: its name is the client's to choose.
  const key = `${viewer.person.id}\n${screen}\n${permission}\n${role === null ? '' : ledger}`;
  await recordOnce(key, actorOf(viewer, role), ledger, screen, { permission }, now);
}

/** What a route refuses before any use case is asked: a read key where a person is wanted, a request that another site has made. */
export async function recordDoorRefusal(refusal: DoorRefusal, now: number = Date.now()): Promise<void> {
  const { code, viewer, address, permission, screen } = refusal;
  const anonymous: AccessActor = { id: 'anonymous', type: 'user', address };
  // Of a stranger by network alone: addresses and paths are theirs to choose.
  const key =
    viewer === null ? `${address === null ? '' : networkOf(address)}\n${code}` : `${viewer.person.id}\n${screen}\n${permission}\n${code}`;
  await recordOnce(key, viewer === null ? anonymous : actorOf(viewer, null), null, screen, { permission, code }, now);
  // What could not be recorded is refused all the same, and told as that.
  overrideStatus(ERRORS[code].status);
}
watchDoor(recordDoorRefusal);

async function recordOnce(
  key: string,
  actor: AccessActor,
  ledger: string | null,
  screen: string,
  what: Record<string, string>,
  now: number,
): Promise<void> {
  const last = recent.get(key);
  if (last !== undefined && now - last.at < ONCE_MS) {
    last.silent++;
    return;
  }
  if (recent.size >= MOST) recent.clear();
  recent.set(key, { at: now, silent: 0 });
  const repeats = last?.silent ?? 0;
  const details = { ...what, ...(repeats > 0 ? { repeats } : {}) };
  await appendAccess(actor, ledger, { action: 'access_denied', screen, outcome: 'denied', details }).catch(() => {});
}
