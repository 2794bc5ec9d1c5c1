import 'server-only';
import { boundedRead } from '@/lib/ledger/bounded-read';
import type { LedgerRow } from '@/lib/ledger/find-ledger';
import { readArchiveFigures } from '@/lib/ledger/read-archive';
import { type ArchiveDto, SEGMENT_STATES, type SegmentDto, type SegmentStateName } from '@/lib/schema/archive';
import { RefusalError } from '@/lib/schema/errors';
import { type ArchiveStore, StoreFault } from './archive-store';
import { ownStore } from './open-store';
import { newestSegments, type Segment } from './segments';

const SEGMENTS_PAGE = 100;

/** Where a ledger's archive is, whether it will do, and what is in it. */
export async function readArchiveState(ledger: LedgerRow): Promise<ArchiveDto> {
  const { states, records, alone, bytes, held, schedule } = await boundedRead((tx) => readArchiveFigures(tx, ledger.id));
  return { store: await describeStore(ownStore()), segments: states, records, archived_alone: alone, bytes, held_segments: held, schedule };
}

/** @returns null where nothing is configured; `fault` says why one will not do */
export async function describeStore(store: ArchiveStore | null): Promise<ArchiveDto['store']> {
  if (store === null) return null;
  const { kind, place, worm } = store;
  try {
    await store.check();
    return { kind, place, worm, fault: null };
  } catch (error) {
    if (!(error instanceof StoreFault)) throw error;
    return { kind, place, worm, fault: error.message };
  }
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
  return { rows: page.map(toDto), next_before: found.length > SEGMENTS_PAGE ? String(page.at(-1)!.number) : null };
}

/** What a run made, newest first; more than these are found in the list of all. */
export async function listRunSegments(ledger: Pick<LedgerRow, 'id'>, runId: string): Promise<SegmentDto[]> {
  return (await newestSegments(ledger.id, null, SEGMENTS_PAGE, { runId })).map(toDto);
}

function toDto(segment: Segment): SegmentDto {
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
    legal_hold: segment.legalHold,
    planned_at: segment.plannedAt.toISOString(),
    uploaded_at: time(segment.uploadedAt),
    confirmed_at: time(segment.confirmedAt),
    pruned_at: time(segment.prunedAt),
    hot_until: time(segment.hotUntil),
    removed_at: time(segment.removedAt),
  };
}
