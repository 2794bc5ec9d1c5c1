import 'server-only';
import type { Viewer } from '@/lib/auth/viewer';
import { prisma } from '@/lib/db';
import type { Tx } from '@/lib/ledger/bounded-read';
import type { LedgerRow } from '@/lib/ledger/find-ledger';
import { openAlarms, readProofSettings, recentAlarms } from '@/lib/ledger/read-proof-line';
import type { AlarmDto, AnchorTargetDto, ProofSettingsDto } from '@/lib/schema/proofs';
import type { FrameDto, IntegrityDto } from '@/lib/schema/screens';
import { auditedScreen, type ViewInput } from './audited-screen';
import { CHECKPOINTS_PAGE, readCheckpoints, readIncarnations, readKeys, readTargets, tlogUrl } from './read-proofs';

/** The part of the integrity page that is about checkpoints. @param below asks for checkpoints with a lower number */
export async function readProofs(
  tx: Tx,
  ledger: LedgerRow,
  below: bigint | null,
): Promise<Pick<IntegrityDto, 'proofs' | 'newest_checkpoint'>> {
  const settings = await readProofSettings(ledger.id);
  const checkpoints = await readCheckpoints(tx, ledger.id, below, settings.witness_quorum);
  const [newest = null] = below === null ? checkpoints : await readCheckpoints(tx, ledger.id, null, settings.witness_quorum, 1);
  const last = checkpoints.at(-1);
  return {
    newest_checkpoint: newest,
    proofs: {
      checkpoints,
      next_before: checkpoints.length < CHECKPOINTS_PAGE || last?.number === '1' ? null : last!.number,
      targets: await readTargets(tx, ledger.id),
      incarnations: await readIncarnations(tx, ledger.id),
      keys: await readKeys(tx, ledger.id),
      alarms: [...(await openAlarms(ledger.id)), ...(await recentAlarms(ledger.id)).filter((alarm) => alarm.ended_at !== null)],
      settings,
      tlog_url: tlogUrl(ledger),
    },
  };
}

export interface ProofSettingsView {
  targets: AnchorTargetDto[];
  settings: ProofSettingsDto;
  alarms: AlarmDto[];
  tlog_url: string;
}

/** What an administrator sets about proofs. */
export async function viewProofSettings(viewer: Viewer, input: ViewInput): Promise<{ frame: FrameDto } & ProofSettingsView> {
  return auditedScreen(viewer, input, { permission: 'proofs.manage', screen: '/settings/proofs' }, async ({ ledger }) => ({
    targets: await readTargets(prisma(), ledger.id),
    settings: await readProofSettings(ledger.id),
    alarms: await openAlarms(ledger.id),
    tlog_url: tlogUrl(ledger),
  }));
}
