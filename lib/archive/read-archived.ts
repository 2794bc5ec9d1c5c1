import 'server-only';
import { inRanges } from '@/lib/chain/archive-manifest';
import { equalBytes, fromHex } from '@/lib/chain/bytes';
import { decodeBody } from '@/lib/ledger/decode-body';
import { nodeSha256 } from '@/lib/ledger/node-sha256';
import { findDestroyed } from '@/lib/ledger/read-destroyed';
import type { Header } from '@/lib/ledger/read-entries';
import type { ArchivedDto } from '@/lib/schema/archive';
import type { DestroyedDto } from '@/lib/schema/destruction';
import type { EntryDto } from '@/lib/schema/screens';
import { type FetchedSegment, type FetchFailure, fetchSegment } from './fetch-segment';
import { LEAF, type Segment, segmentsBetween } from './segments';

type Ledger = { id: number; origin: string };

/** An entry whose body may have come from the archive. */
export interface Filled {
  header: Header;
  body: Uint8Array | null;
  archived?: ArchivedDto;
  /** What was destroyed is asked of no archive, whatever a locked object still holds. */
  destroyed?: DestroyedDto;
}

/** A page waits no longer; what is fetched by then serves the next one. */
const PATIENCE_MS = 25_000;
/** Segments that one page fetches at a time. */
const AT_ONCE = 3;

/**
 * The bodies that are no longer in the database, from the archive: fetched by version, unpacked, held against the signed manifest, and each against the digest in its
 * entry. Never within a transaction: a store may take its time. What is in no segment stays as it was: a body that is missing.
 */
export async function fillStored(ledger: Ledger, stored: readonly { header: Header; body: Uint8Array | null }[]): Promise<Filled[]> {
  const missing = stored.filter(({ body }) => body === null).map(({ header }) => ({ seq: header.seq, digest: header.body_hash }));
  const { bodies, gone } = await readAbsent(ledger, missing);
  return stored.map(({ header, body }) => {
    const destroyed = body === null ? gone.get(header.seq) : undefined;
    if (destroyed !== undefined) return { header, body, destroyed };
    const found = bodies.get(header.seq);
    return found === undefined ? { header, body } : { header, body: found.body, archived: found.archived };
  });
}

/** The same for entries as screens show them. */
export async function fillEntries(ledger: Ledger, entries: readonly EntryDto[], fetch = true): Promise<EntryDto[]> {
  const missing = entries
    .filter(({ body }) => body === null)
    .map((entry) => ({ seq: BigInt(entry.seq), digest: fromHex(entry.body_hash) }));
  const { bodies, gone } = await readAbsent(ledger, missing, fetch);
  return entries.map((entry) => {
    const destroyed = entry.body === null ? gone.get(BigInt(entry.seq)) : undefined;
    if (destroyed !== undefined) return { ...entry, destroyed };
    const found = entry.body === null ? bodies.get(BigInt(entry.seq)) : undefined;
    return found === undefined ? entry : { ...entry, body: found.body && decodeBody(found.body), archived: found.archived };
  });
}

/** For lists: which of them are archived, and where, without asking a store. */
export function markArchived(ledger: Ledger, entries: readonly EntryDto[]): Promise<EntryDto[]> {
  return fillEntries(ledger, entries, false);
}

interface Found {
  body: Buffer | null;
  archived: ArchivedDto;
}

/** Of bodies that are not here: what the archive has of them, and which of them were destroyed. */
async function readAbsent(
  ledger: Ledger,
  missing: readonly { seq: bigint; digest: Uint8Array }[],
  fetch = true,
): Promise<{ bodies: Map<bigint, Found>; gone: Map<bigint, DestroyedDto> }> {
  const gone = await findDestroyed(
    ledger.id,
    missing.map(({ seq }) => seq),
  );
  const bodies = await readArchived(
    ledger,
    missing.filter(({ seq }) => !gone.has(seq)),
    fetch,
  );
  // Destroyed while the archive was asked.
  const late = fetch ? [...bodies].filter(([, { archived }]) => archived.state === 'not_fetched').map(([seq]) => seq) : [];
  for (const [seq, one] of await findDestroyed(ledger.id, late)) gone.set(seq, one);
  return { gone, bodies };
}

export async function readArchived(
  ledger: Ledger,
  wanted: readonly { seq: bigint; digest: Uint8Array }[],
  fetch = true,
): Promise<Map<bigint, Found>> {
  const found = new Map<bigint, Found>();
  if (wanted.length === 0) return found;
  const begun = Date.now();
  const places = await findPlaces(
    ledger.id,
    wanted.map(({ seq }) => seq),
  );
  const digests = new Map(wanted.map(({ seq, digest }) => [seq, digest]));
  const queue = [...places];
  const work = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const [segment, seqs] = next;
      const fetched = fetch ? await within(fetchSegment(ledger, segment)) : null;
      for (const seq of seqs) found.set(seq, judge(segment, seq, digests.get(seq)!, fetched, begun));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return found;
}

function judge(segment: Segment, seq: bigint, digest: Uint8Array, fetched: FetchedSegment | FetchFailure | null, begun: number): Found {
  const about = aboutSegment(segment);
  if (fetched === null) return { body: null, archived: { ...about, state: 'not_fetched', say: `Archived in segment ${segment.number}.` } };
  if ('say' in fetched) return { body: null, archived: { ...about, ...fetched } };
  const fetch = { fetched_at: fetched.at.toISOString(), kept: fetched.at.getTime() < begun };
  // Whoever asks before whether it was destroyed has been overtaken.
  if (fetched.destroyed(seq)) return { body: null, archived: { ...about, ...fetch, state: 'not_fetched', say: 'It was destroyed.' } };
  const body = fetched.body(seq);
  if (body === undefined || !equalBytes(nodeSha256(body), digest))
    return {
      body: null,
      archived: {
        ...about,
        ...fetch,
        state: 'contradicted',
        say: `What the archive has of this record is not what its entry names. Verify the ledger against the archive.`,
      },
    };
  return {
    body,
    archived: {
      ...about,
      ...fetch,
      state: 'verified',
      say: 'Archived, verified on fetch: signed manifest, segment and this record’s digest agree.',
    },
  };
}

/** Where what a confirmed segment holds lies, and until when. */
export function aboutSegment(segment: Segment): Omit<ArchivedDto, 'state' | 'say'> {
  return {
    segment: String(segment.number),
    store: segment.kind,
    archived_at: segment.confirmedAt!.toISOString(),
    retain_until: segment.retainUntil.toISOString(),
    lock_mode: segment.lockMode,
    locked_until: segment.lockedUntil?.toISOString() ?? null,
  };
}

/** The confirmed segment of each position that is in one. */
async function findPlaces(ledgerId: number, seqs: readonly bigint[]): Promise<Map<Segment, bigint[]>> {
  const places = new Map<Segment, bigint[]>();
  const leaves = new Map<bigint, bigint[]>();
  for (const seq of seqs) leaves.set(seq / LEAF, [...(leaves.get(seq / LEAF) ?? []), seq]);
  for (const within of leaves.values()) {
    const sorted = [...within].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
    const segments = (await segmentsBetween(ledgerId, sorted[0]!, sorted.at(-1)!)).filter(
      ({ state }) => state === 'confirmed' || state === 'pruned',
    );
    for (const seq of sorted) {
      const segment = segments.find(({ ranges, firstSeq, lastSeq }) => firstSeq <= seq && seq <= lastSeq && inRanges(ranges, seq));
      if (segment !== undefined) places.set(segment, [...(places.get(segment) ?? []), seq]);
    }
  }
  return places;
}

async function within(fetching: Promise<FetchedSegment | FetchFailure>): Promise<FetchedSegment | FetchFailure> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<FetchFailure>((resolve) => {
    timer = setTimeout(() => resolve({ state: 'unreachable', say: 'The archive takes its time; ask again in a moment.' }), PATIENCE_MS);
  });
  try {
    return await Promise.race([fetching, late]);
  } finally {
    clearTimeout(timer);
  }
}
