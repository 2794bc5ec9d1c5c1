import type { BundleVerdict } from '@/lib/chain/verify-bundle';

/** One verdict over one file, whatever kind it is of. */
export interface FileVerdict extends Omit<BundleVerdict, 'manifest' | 'entries' | 'checks' | 'words'> {
  kind: 'bundle' | 'receipt' | 'checkpoint' | 'certificate' | 'unknown';
  checks: { name: string; outcome: 'passed' | 'failed' | 'not_checked'; say: string }[];
}
