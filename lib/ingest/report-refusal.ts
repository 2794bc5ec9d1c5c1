import 'server-only';
import type { KeyIdentity } from '@/lib/auth/authenticate-key';
import { networkOf } from '@/lib/auth/client-address';
import { appendRecord } from '@/lib/ledger/append-records';
import { accessLedger, ledgerById } from '@/lib/ledger/find-ledger';
import { prepareAccessRecord } from '@/lib/ledger/prepare-record';
import { log } from '@/lib/log';
import type { ErrorCode } from '@/lib/schema/errors';

interface Refused {
  code: ErrorCode;
  key: KeyIdentity | null;
  address: string | null;
}

const QUIET_MS = 60_000;
const MOST = 10_000;
const reported = new Map<string, { at: number; since: number }>();

/** What says nothing about the sender: the store's own troubles. */
const OURS = new Set<ErrorCode>(['store_busy', 'outcome_unknown', 'vault_unavailable', 'internal']);

/**
 * Notes a refused delivery in the access ledger: once a minute for each sender and code, with how many came in between, so that a loop cannot
 * flood it. Beside the answer, not before it: nothing was shown to anyone.
 */
export function reportRefusal(refused: Refused, now: number = Date.now()): void {
  if (OURS.has(refused.code)) return;
  const sender = refused.key?.keyId ?? refused.address ?? 'unknown';
  // Whoever has no key has as many addresses as their network.
  const slot = `${refused.key?.keyId ?? (refused.address === null ? 'unknown' : networkOf(refused.address))} ${refused.code}`;
  const last = reported.get(slot);
  if (last !== undefined && now - last.at < QUIET_MS) {
    last.since++;
    return;
  }
  if (reported.size >= MOST) reported.clear();
  reported.set(slot, { at: now, since: 0 });
  write(refused, sender, last?.since ?? 0).catch((error) => log.warn({ err: error }, 'a refused delivery could not be noted'));
}

async function write({ code, key, address }: Refused, sender: string, before: number): Promise<void> {
  const record = prepareAccessRecord({
    action: 'ingest_refused',
    actor_id: sender,
    actor_type: 'system',
    outcome: 'denied',
    details: {
      code,
      ...(address === null ? {} : { address }),
      ...(key === null ? {} : { ledger: (await ledgerById(key.ledgerId)).slug }),
      repeated_before: before,
    },
    source: { ...(key === null ? {} : { key_id: key.keyId }), channel: 'api' },
  });
  await appendRecord((await accessLedger()).id, record);
}
