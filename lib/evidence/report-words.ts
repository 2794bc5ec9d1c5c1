import 'server-only';
import type { LedgerRow } from '@/lib/ledger/find-ledger';
import { inertSegments } from '@/lib/schema/inert-segments';
import type { CheckpointDto, EvidenceScope } from '@/lib/schema/proofs';
import type { ReportRecord } from './report-record';

export interface Report {
  ledger: LedgerRow;
  scope: EvidenceScope;
  checkpoint: CheckpointDto;
  records: readonly ReportRecord[];
}

export function scopeWords(scope: EvidenceScope): string {
  switch (scope.kind) {
    case 'conversation':
      return `Conversation ${scope.conversation_id}`;
    case 'range':
      return `Positions #${scope.from} to #${scope.to}`;
    case 'filter':
      return scope.query === '' ? 'Every record' : `Records by the filter ${scope.query}`;
  }
}

/** Hostile text with every unseen character spelled out in brackets: nothing in a report turns, hides or overwrites what stands beside it. */
export function inertText(text: string): string {
  return inertSegments(text)
    .map((segment) => (segment.kind === 'text' ? segment.text : `[${segment.label}]`))
    .join('');
}

export function countWords(n: number): string {
  return n === 1 ? '1 record' : `${n.toLocaleString('en')} records`;
}
