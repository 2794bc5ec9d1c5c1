import 'server-only';
import type { Viewer } from '@/lib/auth/viewer';
import type { Permission } from '@/lib/policy/permissions';
import type { Role } from '@/lib/schema/vocabulary';
import { actorOf } from './access-entry';
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
  const last = recent.get(key);
  if (last !== undefined && now - last.at < ONCE_MS) {
    last.silent++;
    return;
  }
  if (recent.size >= MOST) recent.clear();
  recent.set(key, { at: now, silent: 0 });
  const repeats = last?.silent ?? 0;
  const details = { permission, ...(repeats > 0 ? { repeats } : {}) };
  await appendAccess(actorOf(viewer, role), ledger, { action: 'access_denied', screen, outcome: 'denied', details }).catch(() => {});
}
