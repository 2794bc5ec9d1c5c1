import 'server-only';
import { auditedRead, grant } from '@/lib/access-log/audited-read';
import { chooseLedger } from '@/lib/access-log/choose-ledger';
import { requireConfirmed } from '@/lib/auth/require-confirmed';
import type { Viewer } from '@/lib/auth/viewer';
import { prisma } from '@/lib/db';
import type { LedgerRow } from '@/lib/ledger/find-ledger';
import { readContentSettings } from '@/lib/ledger/read-content-settings';
import { readHead } from '@/lib/ledger/read-entries';
import { purposeFault } from '@/lib/policy/purposes';
import { RefusalError } from '@/lib/schema/errors';
import type { ExportPreview } from '@/lib/schema/evidence';
import type { EvidenceScope } from '@/lib/schema/proofs';
import type { PurposeOfUse } from '@/lib/schema/words';
import { canonicalScope, findPositions } from './find-positions';
import { assertWords, ownersOf, planWords, tally, type WordsPlan, wordsRefusal } from './plan-words';

const SCREEN = '/api/v1/exports';

/**
 * Whether words may go into an export, asked as of a reveal: role, identity, purpose, and whether there are any that a bundle can hold. Nothing is opened.
 * @throws RefusalError forbidden; reauthentication_required; enum or required for the purpose; out_of_range
 */
export async function prepareWords(
  viewer: Viewer,
  slug: string,
  scope: EvidenceScope,
  purpose: PurposeOfUse,
): Promise<{ purpose: PurposeOfUse; counts: Record<string, number> }> {
  const { ledger } = await grant(viewer, slug, 'content.reveal', SCREEN);
  requireConfirmed(viewer);
  const { purposes } = await readContentSettings(prisma(), ledger.id);
  const fault = purposeFault(purposes, purpose.purpose, purpose.note);
  if (fault === 'unknown') throw new RefusalError('enum', 'The purpose is not one of this ledger’s list.', '/content/purpose');
  if (fault === 'note_missing') throw new RefusalError('required', 'This purpose has to be told in own words too.', '/content/note');
  const plan = await planNow(ledger, scope);
  assertWords(plan);
  const { parts, left_out, shredded } = tally(plan);
  const owners = [...ownersOf(plan.keys).values()];
  return {
    purpose: { purpose: purpose.purpose, ...(purpose.note !== undefined && purpose.note !== '' && { note: purpose.note }) },
    counts: { parts, records: owners.reduce((sum, { records }) => sum + records, 0), conversations: owners.length, left_out, shredded },
  };
}

async function planNow(ledger: LedgerRow, scope: EvidenceScope): Promise<WordsPlan> {
  const head = (await readHead(prisma(), ledger.id))?.seq ?? -1n;
  return planWords(ledger, await findPositions(ledger, scope, head + 1n));
}

/** What of the words of a scope a bundle would hold, counted and not opened. @throws RefusalError format, out_of_range; and as auditedRead */
export async function previewExport(viewer: Viewer, asked: string | null, wished: EvidenceScope): Promise<ExportPreview> {
  const scope = canonicalScope(wished);
  const slug = await chooseLedger(viewer, asked);
  const what = { action: 'screen_viewed' as const, screen: `${SCREEN}/preview`, details: { scope: { ...scope } } };
  await grant(viewer, slug, 'evidence.export', what.screen);
  return auditedRead(viewer, slug, 'content.reveal', what, async ({ ledger }) => {
    const plan = await planNow(ledger, scope);
    const { purposes } = await readContentSettings(prisma(), ledger.id);
    return { records: plan.records, ...tally(plan), purposes, refusal: wordsRefusal(plan) };
  });
}
