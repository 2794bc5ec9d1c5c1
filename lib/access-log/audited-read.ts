import 'server-only';
import { overrideStatus } from '@/lib/auth/request-context';
import type { Viewer } from '@/lib/auth/viewer';
import { findLedger, type LedgerRow } from '@/lib/ledger/find-ledger';
import { may, mayWithKey, type Permission } from '@/lib/policy/permissions';
import { ERRORS, RefusalError } from '@/lib/schema/errors';
import type { Role } from '@/lib/schema/vocabulary';
import { type AccessWhat, actorOf } from './access-entry';
import { appendAccess } from './append-access';
import { findRole } from './find-role';
import { recordRefusal } from './record-refusal';

export interface Granted {
  ledger: LedgerRow;
  role: Role;
}

/**
 * The one way to what a ledger holds: role → record, durably → read. What read() returns is known to have been recorded, since it is not even run
 * before; a read that then fails stays recorded as an attempt.
 * @throws RefusalError forbidden: the role does not permit it; not_found: no role on this ledger, or none of that name; audit_unavailable
 */
export async function auditedRead<T>(
  viewer: Viewer,
  ledgerSlug: string,
  permission: Permission,
  what: AccessWhat,
  read: (granted: Granted) => Promise<T>,
): Promise<T> {
  const granted = await grant(viewer, ledgerSlug, permission, what.screen);
  await appendAccess(actorOf(viewer, granted.role), ledgerSlug, what);
  return read(granted);
}

/** The decision alone, with its refusal recorded. A ledger without a role of ours answers as one that does not exist. */
export async function grant(viewer: Viewer, ledgerSlug: string, permission: Permission, screen: string): Promise<Granted> {
  const ledger = await findLedger(ledgerSlug);
  const role = ledger === null ? null : await findRole(viewer, ledger);
  if (ledger !== null && role !== null && may(role, permission) && (viewer.keyId === null || mayWithKey(permission)))
    return { ledger, role };
  const code = role === null ? 'not_found' : 'forbidden';
  await recordRefusal(viewer, role, ledgerSlug, permission, screen);
  overrideStatus(ERRORS[code].status);
  throw new RefusalError(code);
}
