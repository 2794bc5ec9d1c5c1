import type { Viewer } from '@/lib/auth/viewer';
import { prisma } from '@/lib/db';
import { type DemoHold, demoHolds } from '@/lib/demo/demo-holds';
import { pageHolds } from '@/lib/ledger/read-holds';
import { askRelease, confirmRelease, placeHold } from '@/lib/retention/legal-holds';

/** Whom the demo's holds are placed and released by: addresses of two compliance officers. */
export type DemoOfficers = readonly [officer: string, second: string];

/**
 * The demo's holds, placed and released as people place and release them, each step with its entry of the access ledger. A start that was broken off goes on with the step
 * where it was, and the same start again finds all of them.
 * @param slug of the demo's ledger
 * @param now when the demo's history ends
 */
export async function keepDemoHolds(ledger: { id: number; slug: string }, now: Date, officers: DemoOfficers): Promise<void> {
  const [officer, second] = [await viewerOf(officers[0]), await viewerOf(officers[1])];
  for (const hold of demoHolds(now)) await keepHold(ledger, hold, officer, second);
}

async function keepHold({ id, slug }: { id: number; slug: string }, hold: DemoHold, officer: Viewer, second: Viewer): Promise<void> {
  const { released, ...wish } = hold;
  const [known] = (await pageHolds(prisma(), id, { matter: wish.matter }, {})).rows;
  const placed = known ?? (await placeHold(officer, slug, wish));
  if (released === null || placed.released_at !== null) return;
  if (placed.release_asked === null) await askRelease(officer, slug, placed.id, released);
  await confirmRelease(second, slug, placed.id);
}

/** Of somebody whom the start itself has just made: no session was begun. */
async function viewerOf(address: string): Promise<Viewer> {
  const { id, name, email, zone } = await prisma().user.findUniqueOrThrow({ where: { email: address } });
  return { person: { id, name, email, zone }, sessionId: null, keyId: null, keyLedgerId: null, confirmedAt: new Date(), address: null };
}
