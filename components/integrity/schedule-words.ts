import { everyWords } from '@/components/proof/anchor-words';
import type { ProofSettingsDto } from '@/lib/schema/proofs';

/** When a ledger is verified without anybody asking. */
export function scheduleWords(settings: Pick<ProofSettingsDto, 'verify_every_minutes' | 'verify_whole_at'>): string {
  return `What is new is verified ${everyWords(settings.verify_every_minutes * 60)}, the whole ledger daily at ${settings.verify_whole_at} UTC.`;
}
