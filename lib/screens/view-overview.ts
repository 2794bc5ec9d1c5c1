import 'server-only';
import { markArchived } from '@/lib/archive/read-archived';
import type { Viewer } from '@/lib/auth/viewer';
import { boundedRead } from '@/lib/ledger/bounded-read';
import { countVolume } from '@/lib/ledger/count-volume';
import { accessLedger } from '@/lib/ledger/find-ledger';
import { countUnmapped } from '@/lib/ledger/list-registry';
import { readEntries, readHead, sayHead } from '@/lib/ledger/read-entries';
import {
  countByState,
  countConversations,
  countDenied,
  countFailedSignIns,
  countKeys,
  readAgents,
  readVolume,
} from '@/lib/ledger/read-overview';
import { readIntegrityLine } from '@/lib/ledger/read-verifications';
import { may } from '@/lib/policy/permissions';
import type { FrameDto, OverviewDto } from '@/lib/schema/screens';
import { auditedScreen, type ViewInput } from './audited-screen';

const RECENT = 10;

/** Is the trail sound, and what needs me? Figures cost the same however long the ledger is; those of volume say up to which entry they count. */
export async function viewOverview(viewer: Viewer, input: ViewInput): Promise<{ frame: FrameDto } & OverviewDto> {
  return auditedScreen(viewer, input, { permission: 'overview.read', screen: '/' }, async ({ ledger, role }) => {
    await countVolume(ledger.id);
    const now = new Date();
    const access = await accessLedger();
    // Who may not read records sees figures, and no record.
    const maySee = may(role, ledger.kind === 'access' ? 'access_log.read' : 'records.read');
    const figures = await boundedRead(async (tx) => {
      const head = await readHead(tx, ledger.id);
      const newest = head && maySee ? Array.from({ length: RECENT }, (_, i) => head.seq - BigInt(i)).filter((seq) => seq >= 0n) : [];
      return {
        head: sayHead(head),
        integrity: await readIntegrityLine(tx, ledger, head?.seq ?? null),
        ...(await readVolume(tx, ledger, now)),
        conversations: { total: await countConversations(tx, ledger), ...(await countByState(tx, ledger)) },
        agents: await readAgents(tx, ledger),
        denied: await countDenied(tx, ledger, head?.seq ?? 0n),
        failed_sign_ins: await countFailedSignIns(tx, access, now),
        keys: await countKeys(tx, ledger, now),
        unmapped_tools: await countUnmapped(tx, ledger.id),
        recent: await readEntries(tx, ledger.id, newest),
        empty: head === null,
      };
    });
    // Of a ledger that has not grown for long the newest may be archived.
    return { ...figures, recent: await markArchived(ledger, figures.recent) };
  });
}
