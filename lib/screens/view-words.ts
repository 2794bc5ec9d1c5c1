import 'server-only';
import type { Viewer } from '@/lib/auth/viewer';
import { boundedRead } from '@/lib/ledger/bounded-read';
import { listBreakGlass } from '@/lib/ledger/read-break-glass';
import { readContentSettings } from '@/lib/ledger/read-content-settings';
import type { FrameDto } from '@/lib/schema/screens';
import type { BreakGlassDto, ContentSettings } from '@/lib/schema/words';
import { auditedScreen, type ViewInput } from './audited-screen';

/** Emergencies in which words were opened, for who reviews them. */
export async function viewReviews(
  viewer: Viewer,
  input: ViewInput,
): Promise<{ frame: FrameDto; rows: BreakGlassDto[]; unreviewed: number }> {
  return auditedScreen(viewer, input, { permission: 'break_glass.review', screen: '/reviews' }, ({ ledger }) =>
    boundedRead((tx) => listBreakGlass(tx, ledger)),
  );
}

/** How a ledger's words are detected, kept and revealed. */
export async function viewContentSettings(viewer: Viewer, input: ViewInput): Promise<{ frame: FrameDto; settings: ContentSettings }> {
  return auditedScreen(viewer, input, { permission: 'content.manage', screen: '/settings/content' }, async ({ ledger }) => ({
    settings: await boundedRead((tx) => readContentSettings(tx, ledger.id)),
  }));
}
