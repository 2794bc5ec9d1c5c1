import 'server-only';
import type { Viewer } from '@/lib/auth/viewer';
import type { FrameDto } from '@/lib/schema/screens';
import { chosenLedger, type ViewInput } from './audited-screen';
import { listUsers, type UserList } from './list-users';
import { viewFrame } from './view-frame';

export async function viewUsers(viewer: Viewer, input: ViewInput): Promise<{ frame: FrameDto } & UserList> {
  const ledger = await chosenLedger(viewer, input);
  const list = await listUsers(viewer, ledger);
  return { frame: await viewFrame(viewer, ledger), ...list };
}
