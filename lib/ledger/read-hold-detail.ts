import 'server-only';
import type { HoldDetail, HoldDto, HoldScope } from '@/lib/schema/holds';
import type { Tx } from './bounded-read';
import type { LedgerRow } from './find-ledger';
import { readHeld, readHeldArchived, readHoldCount } from './read-held';
import { readHeldSegments } from './read-held-segments';
import { readHoldHistory } from './read-hold-history';

/** A hold, what it reaches now, where in the archive, and what became of it. */
export async function readHoldDetail(tx: Tx, ledger: LedgerRow, access: LedgerRow, hold: HoldDto): Promise<HoldDetail> {
  const scope = scopeOf(hold);
  return {
    hold,
    holds: await readHeld(tx, ledger, scope),
    counted: await readHoldCount(tx, ledger.id, hold.id),
    ...(await readHeldArchived(tx, ledger.id, scope)),
    segments: await readHeldSegments(tx, ledger.id, scope),
    ...(await readHoldHistory(tx, access, ledger.slug, hold)),
  };
}

function scopeOf({ scope: { kind, value, type, from, to } }: HoldDto): HoldScope {
  if (kind === 'time') return { kind, from: from!, to: to! };
  if (kind === 'resource') return { kind, type: type!, value };
  return { kind: kind as 'conversation' | 'subject' | 'actor' | 'agent', value };
}
