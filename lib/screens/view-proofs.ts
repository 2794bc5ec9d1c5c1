import 'server-only';
import type { Viewer } from '@/lib/auth/viewer';
import { prisma } from '@/lib/db';
import { env } from '@/lib/env';
import type { LedgerRow } from '@/lib/ledger/find-ledger';
import { listCheckpoints, listIncarnations, listKeys, newestCheckpoint } from '@/lib/ledger/read-checkpoints';
import { openAlarms, readProofSettings, recentAlarms } from '@/lib/ledger/read-proof-line';
import { readTargets } from '@/lib/ledger/read-targets';
import type { AlarmDto, AnchorTargetDto, IncarnationDto, ProofSettingsDto } from '@/lib/schema/proofs';
import type { FrameDto, IntegrityDto } from '@/lib/schema/screens';
import { auditedScreen, type ViewInput } from './audited-screen';

/** Where others' tools find checkpoint and tiles. A later incarnation is another log, at an address of its own (lib/proofs/serve-tlog.ts). */
function tlogUrl(ledger: LedgerRow, incarnations: readonly Pick<IncarnationDto, 'number'>[]): string {
  const newest = Math.max(1, ...incarnations.map(({ number }) => number));
  return `${env().PUBLIC_URL}/api/tlog/${ledger.slug}/${newest === 1 ? '' : `incarnations/${newest}/`}`;
}

/** The part of the integrity page that is about checkpoints. @param below asks for checkpoints with a lower number */
export async function readProofs(ledger: LedgerRow, below: bigint | null): Promise<Pick<IntegrityDto, 'proofs' | 'newest_checkpoint'>> {
  const { checkpoints, nextBefore } = await listCheckpoints(ledger.id, below);
  const incarnations = await listIncarnations(ledger.id);
  const ended = (await recentAlarms(ledger.id)).filter((alarm) => alarm.ended_at !== null);
  return {
    newest_checkpoint: below === null ? (checkpoints[0] ?? null) : await newestCheckpoint(ledger.id),
    proofs: {
      checkpoints,
      next_before: nextBefore,
      targets: await readTargets(prisma(), ledger.id),
      incarnations,
      keys: await listKeys(ledger.id),
      alarms: [...(await openAlarms(ledger.id)), ...ended],
      settings: await readProofSettings(ledger.id),
      tlog_url: tlogUrl(ledger, incarnations),
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
    tlog_url: tlogUrl(ledger, await listIncarnations(ledger.id)),
  }));
}
