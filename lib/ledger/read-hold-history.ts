import 'server-only';
import { HOLD_STEPS, type HoldDetail, type HoldDto } from '@/lib/schema/holds';
import type { Tx } from './bounded-read';
import type { LedgerRow } from './find-ledger';
import { readEntries } from './read-entries';
import { searchRecords } from './search-records';
import { walkPositions } from './walk-positions';

const SHOWN = 100;
/** Other holds may be on the same. */
const LOOKED = 400;

/** What became of a hold, newest first, out of the access ledger by its indexes: also that a release was asked for and declined, of which the hold itself keeps nothing. */
export async function readHoldHistory(
  tx: Tx,
  access: LedgerRow,
  slug: string,
  { id, scope: { kind, type, value } }: HoldDto,
): Promise<Pick<HoldDetail, 'history' | 'history_complete'>> {
  const whole = { low: 0n, high: 2n ** 62n, older: true };
  let complete = true;
  const history: HoldDetail['history'] = [];
  for (const action of HOLD_STEPS) {
    const search = searchRecords(access, { action, resource_type: type ?? kind, resource_id: value });
    const { seqs, done } = await walkPositions(tx, search, whole, LOOKED);
    complete &&= done;
    for (const { seq, id: entry, body } of await readEntries(tx, access.id, seqs)) {
      if (body?.details?.hold !== id || body.details.ledger !== slug) continue;
      const { reason } = body.details;
      history.push({ seq, id: entry, action, by: body.actor_id, at: body.timestamp, reason: typeof reason === 'string' ? reason : null });
    }
  }
  history.sort((a, b) => (BigInt(a.seq) < BigInt(b.seq) ? 1 : -1));
  return { history: history.slice(0, SHOWN), history_complete: complete && history.length <= SHOWN };
}
