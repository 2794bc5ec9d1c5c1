import 'server-only';
import type { Viewer } from '@/lib/auth/viewer';
import { boundedRead } from '@/lib/ledger/bounded-read';
import { listBreakGlass, listOwnBreakGlass, listPastBreakGlass } from '@/lib/ledger/read-break-glass';
import { readContentSettings } from '@/lib/ledger/read-content-settings';
import type { Purpose } from '@/lib/policy/purposes';
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

/** What the person opened by break-glass: what they can still use, and what came of the rest. It tells of no conversation but those that they named. */
export async function viewOwnBreakGlass(
  viewer: Viewer,
  input: ViewInput,
): Promise<{ frame: FrameDto; open: BreakGlassDto[]; past: BreakGlassDto[]; purposes: Purpose[] }> {
  return auditedScreen(viewer, input, { permission: 'break_glass.use', screen: '/break-glass' }, ({ ledger }) =>
    boundedRead(async (tx) => ({
      open: await listOwnBreakGlass(tx, ledger, viewer.person.id),
      past: await listPastBreakGlass(tx, ledger, viewer.person.id),
      purposes: (await readContentSettings(tx, ledger.id)).purposes,
    })),
  );
}

/** How a ledger's words are detected, kept and revealed. */
export async function viewContentSettings(viewer: Viewer, input: ViewInput): Promise<{ frame: FrameDto; settings: ContentSettings }> {
  return auditedScreen(viewer, input, { permission: 'content.manage', screen: '/settings/content' }, async ({ ledger }) => ({
    settings: await boundedRead((tx) => readContentSettings(tx, ledger.id)),
  }));
}
