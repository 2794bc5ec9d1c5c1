import 'server-only';
import { auditedRead } from '@/lib/access-log/audited-read';
import { chooseLedger } from '@/lib/access-log/choose-ledger';
import type { Viewer } from '@/lib/auth/viewer';
import { readProofSettings } from '@/lib/ledger/read-proof-line';
import type { ProofSettingsDto } from '@/lib/schema/proofs';

/** What an administrator has set about proofs, or what stands where nobody has; without secrets. @throws RefusalError as auditedRead */
export async function readSettings(viewer: Viewer, asked: string | null): Promise<{ settings: ProofSettingsDto }> {
  const what = { action: 'screen_viewed' as const, screen: '/api/v1/settings/proofs' };
  return auditedRead(viewer, await chooseLedger(viewer, asked), 'proofs.manage', what, async ({ ledger }) => ({
    settings: await readProofSettings(ledger.id),
  }));
}
