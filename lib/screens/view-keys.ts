import 'server-only';
import type { Viewer } from '@/lib/auth/viewer';
import type { FrameDto } from '@/lib/schema/screens';
import { chosenLedger, type ViewInput } from './audited-screen';
import { type KeyList, listKeys } from './list-keys';
import { viewFrame } from './view-frame';

export async function viewKeys(viewer: Viewer, input: ViewInput): Promise<{ frame: FrameDto } & KeyList> {
  const ledger = await chosenLedger(viewer, input);
  const list = await listKeys(viewer, ledger);
  return { frame: await viewFrame(viewer, ledger), ...list };
}
