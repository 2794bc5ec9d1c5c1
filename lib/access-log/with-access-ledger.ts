import 'server-only';
import type { Viewer } from '@/lib/auth/viewer';
import { accessLedger } from '@/lib/ledger/find-ledger';
import { may, type Permission } from '@/lib/policy/permissions';
import type { Granted } from './audited-read';
import { findRole } from './find-role';

/** Ids of the ledger that is open, and of the access ledger for whoever may do the same there: what was made of either stands on one page. */
export async function withAccessLedger(viewer: Viewer, { ledger }: Pick<Granted, 'ledger'>, permission: Permission): Promise<number[]> {
  const access = await accessLedger();
  if (ledger.id === access.id) return [ledger.id];
  return may(await findRole(viewer, access), permission) ? [ledger.id, access.id] : [ledger.id];
}
