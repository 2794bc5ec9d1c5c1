import 'server-only';
import type { Viewer } from '@/lib/auth/viewer';
import { boundedRead } from '@/lib/ledger/bounded-read';
import { accessLedger } from '@/lib/ledger/find-ledger';
import { readHoldFaults } from '@/lib/ledger/read-archive';
import { readHoldDetail } from '@/lib/ledger/read-hold-detail';
import { findHold, pageHolds, sumHolds } from '@/lib/ledger/read-holds';
import { type HoldDetail, HoldFilter, type HoldsView } from '@/lib/schema/holds';
import type { FrameDto } from '@/lib/schema/screens';
import { auditedScreen, readQuery, refuse, type ViewInput } from './audited-screen';

const WAITING_SHOWN = 20;

/** The legal holds of a ledger: what waits for a second person first, then a page of all of them. @throws RefusalError as auditedScreen */
export async function viewHolds(viewer: Viewer, input: ViewInput): Promise<{ frame: FrameDto; holds: HoldsView }> {
  const { filters, cursor } = readQuery(HoldFilter, input.params);
  return auditedScreen(viewer, input, { permission: 'records.read', screen: '/holds', filters }, async ({ ledger }) => ({
    holds: await boundedRead(async (tx) => {
      const { waiting: count, ...sums } = await sumHolds(tx, ledger.id);
      const asked = count === 0 ? [] : (await pageHolds(tx, ledger.id, { state: 'release_asked' }, {})).rows;
      const object_faults = await readHoldFaults(tx, ledger.id);
      return {
        ...sums,
        object_faults,
        page: await pageHolds(tx, ledger.id, filters, cursor),
        waiting: { rows: asked.slice(0, WAITING_SHOWN), count },
      };
    }),
  }));
}

/** One hold, and what it reaches now. @param input.id the hold's @throws RefusalError not_found; and as auditedScreen */
export async function viewHoldPage(viewer: Viewer, input: ViewInput): Promise<{ frame: FrameDto; detail: HoldDetail }> {
  const id = (input.id ?? '').slice(0, 128);
  const look = { permission: 'records.read', screen: '/holds/[id]', resource: { type: 'hold', id } } as const;
  return auditedScreen(viewer, input, look, async ({ ledger }) => {
    const access = await accessLedger();
    return {
      detail: await boundedRead(async (tx) => {
        const hold = await findHold(tx, ledger.id, id);
        if (hold === null) refuse('not_found', 'There is no such hold in this ledger.');
        return readHoldDetail(tx, ledger, access, hold);
      }),
    };
  });
}
