import 'server-only';
import { boundedRead } from '@/lib/ledger/bounded-read';
import type { LedgerRow } from '@/lib/ledger/find-ledger';
import { readArchiveFigures } from '@/lib/ledger/read-archive';
import { readSegmentDestructions } from '@/lib/ledger/read-segment-destructions';
import { type ArchiveDto, SEGMENT_STATES, type SegmentDto, type SegmentStateName } from '@/lib/schema/archive';
import { RefusalError } from '@/lib/schema/errors';
import { ownStore } from './open-store';
import { newestSegments, type Segment } from './segments';
import { describeStore } from './store-looks';

const SEGMENTS_PAGE = 100;

/** Where a ledger's archive is, whether it will do, and what is in it. */
export async function readArchiveState(ledger: LedgerRow): Promise<ArchiveDto> {
  const { states, records, alone, bytes, held, unheld, short, schedule } = await boundedRead((tx) => readArchiveFigures(tx, ledger.id));
  return {
    store: await describeStore(ownStore()),
    segments: states,
    records,
    archived_alone: alone,
    bytes,
    held_segments: held,
    hold_faults: unheld,
    short_locks: short,
    schedule,
  };
}

export interface SegmentsPage {
  before: bigint | null;
  state: SegmentStateName | undefined;
}

/** What an address asks for. @throws RefusalError format at /before, enum at /state */
export function readSegmentsPage(before: string | null, state: string | null): SegmentsPage {
  if (before !== null && !/^\d{1,18}$/.test(before)) throw new RefusalError('format', '"before" is not a number of a segment.', '/before');
  const known = SEGMENT_STATES.find((one) => one === state);
  if (state !== null && known === undefined)
    throw new RefusalError('enum', `A segment is ${SEGMENT_STATES.join(', ')}, and never "${state}".`, '/state');
  return { before: before === null ? null : BigInt(before), state: known };
}

/** Newest first. */
export async function listSegmentsPage(
  ledger: Pick<LedgerRow, 'id'>,
  { before, state }: SegmentsPage,
): Promise<{ rows: SegmentDto[]; next_before: string | null }> {
  const found = await newestSegments(ledger.id, before, SEGMENTS_PAGE + 1, { state });
  const page = found.slice(0, SEGMENTS_PAGE);
  return { rows: await toDtos(ledger, page), next_before: found.length > SEGMENTS_PAGE ? String(page.at(-1)!.number) : null };
}

/** What a run made, newest first; more than these are found in the list of all. */
export async function listRunSegments(ledger: Pick<LedgerRow, 'id'>, runId: string): Promise<SegmentDto[]> {
  return toDtos(ledger, await newestSegments(ledger.id, null, SEGMENTS_PAGE, { runId }));
}

async function toDtos(ledger: Pick<LedgerRow, 'id'>, segments: readonly Segment[]): Promise<SegmentDto[]> {
  const numbers = segments.map(({ number }) => number);
  const destroyed = await boundedRead((tx) => readSegmentDestructions(tx, ledger.id, numbers));
  return segments.map((segment) => ({ ...toDto(segment), ...(destroyed.get(segment.number) ?? { destroyed: [], destroyed_before: 0 }) }));
}

function toDto(segment: Segment): Omit<SegmentDto, 'destroyed' | 'destroyed_before'> {
  const time = (at: Date | null) => at?.toISOString() ?? null;
  return {
    number: String(segment.number),
    state: segment.state,
    store: segment.kind,
    place: segment.place,
    object: segment.objectKey,
    version_id: segment.versionId,
    first_seq: String(segment.firstSeq),
    last_seq: String(segment.lastSeq),
    rows: segment.rows,
    pruned_rows: segment.prunedRows,
    bytes: segment.gzip?.bytes ?? null,
    sha256: segment.gzip?.sha256.toString('hex') ?? null,
    lock_mode: segment.lockMode,
    locked_until: time(segment.lockedUntil),
    retain_until: segment.retainUntil.toISOString(),
    keep_until: segment.keepUntil,
    legal_hold: segment.legalHold,
    legal_hold_fault:
      segment.legalHoldFault === null ? null : { at: segment.legalHoldFault.at.toISOString(), say: segment.legalHoldFault.say },
    planned_at: segment.plannedAt.toISOString(),
    uploaded_at: time(segment.uploadedAt),
    confirmed_at: time(segment.confirmedAt),
    abandoned_at: time(segment.abandonedAt),
    abandoned_because: segment.abandonedBecause,
    pruned_at: time(segment.prunedAt),
    hot_until: time(segment.hotUntil),
    removed_at: time(segment.removedAt),
  };
}
