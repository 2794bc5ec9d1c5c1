import 'server-only';
import { env } from '@/lib/env';
import type { LedgerRow } from '@/lib/ledger/find-ledger';

/** Where others' tools find checkpoint and tiles. */
export function tlogUrl(ledger: LedgerRow): string {
  return `${env().PUBLIC_URL}/api/tlog/${ledger.slug}/`;
}
