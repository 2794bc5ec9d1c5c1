import 'server-only';
import type { Viewer } from '@/lib/auth/viewer';
import type { FrameDto } from '@/lib/schema/screens';
import { chosenLedger, type ViewInput } from './audited-screen';
import { type AccountSessions, listSessions } from './list-sessions';
import { viewFrame } from './view-frame';

export async function viewAccount(viewer: Viewer, input: ViewInput): Promise<{ frame: FrameDto } & AccountSessions> {
  const ledger = await chosenLedger(viewer, input);
  const list = await listSessions(viewer);
  return { frame: await viewFrame(viewer, ledger), ...list };
}
