import 'server-only';
import type { LedgerRow } from '@/lib/ledger/find-ledger';
import type { CheckpointDto, EvidenceScope } from '@/lib/schema/proofs';
import { memberText, type ReportRecord } from './report-record';

export interface Report {
  ledger: LedgerRow;
  scope: EvidenceScope;
  checkpoint: CheckpointDto;
  records: readonly ReportRecord[];
}

/** Shown elsewhere on the page, or not for reading. */
const PLACED = new Set(['action', 'timestamp', 'details', 'v', 'submitted']);
const FIRST = [
  'actor_id',
  'actor_type',
  'on_behalf_of',
  'agent_name',
  'conversation_id',
  'resource_type',
  'resource_id',
  'subject_id',
  'purpose',
  'outcome',
];

/** Every member of a record's body with its text, in one order for every report; one that this version does not know stands behind the others. */
export function shownMembers(record: ReportRecord): (readonly [name: string, text: string])[] {
  // What commits to words stands in records/ for programs; where the words are, they are what is read.
  const names = Object.keys(record.body ?? {}).filter((name) => !PLACED.has(name) && !(name === 'content' && record.words !== undefined));
  const rank = (name: string) => (FIRST.includes(name) ? FIRST.indexOf(name) : FIRST.length);
  return names
    .sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1))
    .map((name) => [name.replaceAll('_', ' '), memberText(record, name)] as const);
}

/** Beside what a report says. */
export const FOR_READING =
  'This is for reading, and no evidence. What proves it lies beside it in the zip: drop the zip on a verify.html that you have from elsewhere; the one in the zip comes from whoever made the zip.';

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

export function countWords(n: number): string {
  return n === 1 ? '1 record' : `${n.toLocaleString('en')} records`;
}
