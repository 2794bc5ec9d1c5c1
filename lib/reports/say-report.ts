import 'server-only';
import type { LedgerRow } from '@/lib/ledger/find-ledger';
import { countOf, formatCount } from '@/lib/schema/format-count';
import { formatTime } from '@/lib/schema/format-time';
import type { CheckpointDto } from '@/lib/schema/proofs';
import { REPORTS, type ReportKind } from '@/lib/schema/reports';
import type { IntegrityLine } from '@/lib/schema/screens';

/** What stands on a report beside its rows. */
export interface Told {
  ledger: LedgerRow;
  kind: ReportKind;
  filters: readonly (readonly [name: string, value: string])[];
  order: string;
  zone: string;
  head: bigint | null;
  requestedBy: string;
  requestedAt: Date;
  checkpoint: CheckpointDto | null;
  integrity: IntegrityLine;
  counted: number;
}

export function sayFilters(filters: Told['filters']): string {
  return filters.length === 0 ? 'none: the whole list' : filters.map(([name, value]) => `${name.replaceAll('_', ' ')} ${value}`).join(', ');
}

export function sayRows(kind: ReportKind, count: number): string {
  return countOf(count, REPORTS[kind].one, REPORTS[kind].many);
}

/** The first page's facts; the source's own figures follow them. */
export function sayFacts(told: Told, figures: readonly (readonly [string, string])[]): [string, string][] {
  const { ledger, kind, filters, order, zone, head, requestedBy, requestedAt, counted } = told;
  return [
    ['Ledger', `${ledger.name} (${ledger.origin})`],
    ['Filters', sayFilters(filters)],
    ['Order', order],
    ['Count', sayRows(kind, counted)],
    ['Time zone', `${zone}; every time says how far it is from UTC`],
    ['Asked for', `${formatTime(requestedAt.toISOString(), zone)} by ${requestedBy}`],
    ['As of', head === null ? 'an empty ledger' : `entry #${formatCount(head)}; what was added later is not in it`],
    ...figures.map(([name, value]): [string, string] => [name, value]),
  ];
}

/** What the report says of the ledger's integrity, and what a report is. */
export function sayIntegrity({ checkpoint, head, integrity, zone }: Told): string[] {
  return [saySigned(checkpoint, head, zone), sayVerified(integrity, zone), NO_PROOF];
}

const NO_PROOF =
  'A report is for reading and counting and proves nothing by itself: whoever doubts a record asks for it as evidence, which is checked without this server. Words of conversations are in no report. Characters outside Latin-1 are written as [U+…].';

function saySigned(checkpoint: CheckpointDto | null, head: bigint | null, zone: string): string {
  if (checkpoint === null) return 'No checkpoint of this ledger has been signed yet.';
  const { number, size, root, signed_at } = checkpoint;
  const signed = `checkpoint ${formatCount(number)} (${countOf(size, 'entry', 'entries')}, root ${root}, signed ${formatTime(signed_at, zone)})`;
  if (head === null) return `The newest is ${signed}.`;
  return BigInt(size) > head
    ? `Every entry up to #${formatCount(head)} lies under ${signed}.`
    : `Entries before #${formatCount(size)} lie under ${signed}; from there up to #${formatCount(head)} none has been signed yet.`;
}

function sayVerified({ state, verified_to, broken_at, checked_at }: IntegrityLine, zone: string): string {
  const when = checked_at === null ? '' : ` at ${formatTime(checked_at, zone)}`;
  switch (state) {
    case 'verified':
      return `Verified${verified_to === null ? '' : ` to #${formatCount(verified_to)}`}${when}.`;
    case 'broken':
      return `BROKEN${broken_at === null ? '' : ` at #${formatCount(broken_at)}`}: found by the verification${when}, and not settled since.`;
    case 'never_verified':
      return 'This ledger was never verified.';
    case 'empty':
      return 'This ledger is empty.';
  }
}

/** The two lines in the foot of every page. */
export function sayFoot({ checkpoint, filters, kind, zone, ledger }: Told): [string, string] {
  return [
    checkpoint === null ? 'Root none: no checkpoint has been signed yet' : `Root ${checkpoint.root}`,
    `${REPORTS[kind].title} of ${ledger.slug}, filters ${sayFilters(filters)} · times in ${zone}`,
  ];
}

export function sayClosing({ kind, counted }: Told, count: number, caveats: readonly string[] = []): string[] {
  const end = `End of the report: ${sayRows(kind, count)}.`;
  // What is listed can change between the count and the writing where it is no part of the chain.
  return [count === counted ? end : `${end} ${formatCount(counted)} were counted when it was begun.`, ...caveats];
}

/** In characters that every file system takes. */
export function nameFiles({ ledger, kind, filters, requestedAt }: Told, id: string): string {
  const month = filters.find(([name]) => name === 'month')?.[1];
  const time = requestedAt.toISOString().slice(0, 16).replaceAll(/[-:]/g, '').replace('T', '-');
  return `holdfast-${ledger.slug}-${kind.replaceAll('_', '-')}-${month ?? time}-${id.slice(0, 8)}`;
}
