import * as z from 'zod/mini';
import type { SignerKeyDto } from '@/lib/schema/proofs';
import type { SegmentTotals, SeqRange } from './archive-segment';
import { equalBytes, fromHex, toHex } from './bytes';
import { canonicalize, type JsonValue } from './canonical-json';
import { readDecimal, writeDecimal } from './decimal';
import { count, decimal, hex32, instant, signerKey } from './json-members';
import { readJsonNote } from './json-note';
import { NoteError, parseNote } from './signed-note';
import type { VerifierKey } from './verifier-key';
import { openNote } from './verify-note';

/** What the keys of a ledger say of one archive segment (docs/archive.md): the text of a signed note. */
export interface ArchiveManifest {
  /** Name of the ledger, that of its first incarnation. */
  ledger: string;
  /** Segments of a ledger are numbered from 1 without a gap, those that were given up included. */
  number: bigint;
  /** Numbers right before this one whose segments were planned and given up: they hold nothing, whatever lies under their names. */
  abandoned?: SeqRange;
  /** RFC 3339, UTC, milliseconds. */
  madeAt: string;
  /** Where the lines lie, within the store. */
  object: string;
  rows: number;
  /** Ascending, apart by at least one position. */
  ranges: SeqRange[];
  raw: { bytes: number; sha256: Uint8Array };
  /** As it is stored. */
  gzip: { bytes: number; sha256: Uint8Array };
  firstHash: Uint8Array;
  lastHash: Uint8Array;
  /** RFC 3339: no earlier than this may the store let it be deleted; null where it is never to be. */
  retainUntil: string;
  /** A signed checkpoint that covers every entry of the segment. */
  checkpoint: { number: bigint; size: bigint; root: Uint8Array; note: string };
  /** Verifier keys of the ledger that were in force at the checkpoint: whoever has others from elsewhere uses those. */
  keys: SignerKeyDto[];
  /** SHA-256 of the signed note of the segment before, those that were given up passed over; null for the first. */
  previous: Uint8Array | null;
}

export const MANIFEST_FORMAT = 'holdfast/archive-manifest/v1';
/** As many as fit into a signed note beside the checkpoint. */
export const MAX_RANGES = 8_000;

const text = z.string().check(z.minLength(1), z.maxLength(1_024));
const sized = z.strictObject({ bytes: count, sha256: hex32 });
const Stored = z.strictObject({
  /** First and last. */
  abandoned: z.optional(z.tuple([decimal, decimal])),
  checkpoint: z.strictObject({ note: z.string().check(z.maxLength(65_536)), number: decimal, root: hex32, size: decimal }),
  first_integrity_hash: hex32,
  gzip: sized,
  keys: z.array(signerKey).check(z.maxLength(16)),
  last_integrity_hash: hex32,
  ledger: text,
  made_at: instant,
  number: decimal,
  object: text,
  previous_manifest_sha256: z.nullable(hex32),
  ranges: z.array(z.tuple([decimal, decimal])).check(z.minLength(1), z.maxLength(MAX_RANGES)),
  raw: sized,
  retain_until: instant,
  rows: count,
});

const malformed = (what: string) => new NoteError('note_malformed', `The manifest ${what}.`);

/**
 * Two lines: the format's name, and canonical JSON.
 * @throws NoteError note_malformed for what no segment can have; RangeError for a number that is no decimal of the format.
 */
export function formatManifest(manifest: ArchiveManifest): string {
  const { checkpoint, raw, gzip } = manifest;
  const value = {
    ...(manifest.abandoned && { abandoned: [writeDecimal(manifest.abandoned.from), writeDecimal(manifest.abandoned.to)] }),
    checkpoint: {
      note: checkpoint.note,
      number: writeDecimal(checkpoint.number),
      root: toHex(checkpoint.root),
      size: writeDecimal(checkpoint.size),
    },
    first_integrity_hash: toHex(manifest.firstHash),
    gzip: { bytes: gzip.bytes, sha256: toHex(gzip.sha256) },
    keys: manifest.keys.map((key) => ({ ...key })),
    last_integrity_hash: toHex(manifest.lastHash),
    ledger: manifest.ledger,
    made_at: manifest.madeAt,
    number: writeDecimal(manifest.number),
    object: manifest.object,
    previous_manifest_sha256: manifest.previous === null ? null : toHex(manifest.previous),
    ranges: manifest.ranges.map(({ from, to }) => [writeDecimal(from), writeDecimal(to)]),
    raw: { bytes: raw.bytes, sha256: toHex(raw.sha256) },
    retain_until: manifest.retainUntil,
    rows: manifest.rows,
  } satisfies { [name: string]: JsonValue };
  const written = `${MANIFEST_FORMAT}\n${canonicalize(value)}\n`;
  parseManifest(written);
  return written;
}

/**
 * Without its signatures: it is not verified by being read.
 * @throws NoteError too_large, utf8_invalid, control_character, note_malformed
 */
export function parseManifest(source: string): ArchiveManifest {
  const stored = readJsonNote(source, MANIFEST_FORMAT, Stored, malformed);
  const ranges = stored.ranges.map(([from, to]) => ({ from: decimalOf(from), to: decimalOf(to) }));
  let rows = 0n;
  for (const [i, { from, to }] of ranges.entries()) {
    if (from > to || (i > 0 && from <= ranges[i - 1].to + 1n)) throw malformed('has ranges that do not ascend');
    rows += to - from + 1n;
  }
  const size = decimalOf(stored.checkpoint.size);
  const number = decimalOf(stored.number);
  if (rows !== BigInt(stored.rows)) throw malformed('counts other rows than its ranges hold');
  if (ranges.at(-1)!.to >= size) throw malformed('names a checkpoint that does not cover it');
  const abandoned = stored.abandoned && { from: decimalOf(stored.abandoned[0]), to: decimalOf(stored.abandoned[1]) };
  if (abandoned !== undefined && (abandoned.from === 0n || abandoned.from > abandoned.to || abandoned.to + 1n !== number))
    throw malformed('tells other segments as given up than those right before it');
  if (number === 0n || ((abandoned?.from ?? number) === 1n) !== (stored.previous_manifest_sha256 === null))
    throw malformed('does not follow another');
  if ([stored.made_at, stored.retain_until].some((time) => Number.isNaN(Date.parse(time)))) throw malformed('has a time that is none');
  return {
    ledger: stored.ledger,
    number,
    ...(abandoned && { abandoned }),
    madeAt: stored.made_at,
    object: stored.object,
    rows: stored.rows,
    ranges,
    raw: { bytes: stored.raw.bytes, sha256: fromHex(stored.raw.sha256) },
    gzip: { bytes: stored.gzip.bytes, sha256: fromHex(stored.gzip.sha256) },
    firstHash: fromHex(stored.first_integrity_hash),
    lastHash: fromHex(stored.last_integrity_hash),
    retainUntil: stored.retain_until,
    checkpoint: { number: decimalOf(stored.checkpoint.number), size, root: fromHex(stored.checkpoint.root), note: stored.checkpoint.note },
    keys: stored.keys,
    previous: stored.previous_manifest_sha256 === null ? null : fromHex(stored.previous_manifest_sha256),
  };
}

function decimalOf(written: string): bigint {
  const value = readDecimal(written);
  if (value === null) throw malformed('has a number beyond 2^63 − 1');
  return value;
}

/**
 * The manifest that a key of the ledger signed.
 * @param keys of the ledger, in force for the size of its checkpoint (lib/chain/keys-in-force.ts).
 * @throws NoteError as `openNote` and {@link parseManifest}; origin_mismatch where it is of another ledger
 */
export function openManifest(note: Uint8Array | string, keys: readonly VerifierKey[], ledger: string): ArchiveManifest {
  const opened = openNote(note, keys);
  const manifest = parseManifest(opened.note.text);
  if (manifest.ledger !== ledger) throw new NoteError('origin_mismatch', `The manifest is of ${manifest.ledger}, and not of ${ledger}.`);
  return manifest;
}

/** Without asking who signed it, to find out which keys to ask for. @throws NoteError */
export function readManifest(note: Uint8Array | string): ArchiveManifest {
  return parseManifest(parseNote(note).text);
}

/** @returns the first thing in which lines are not what their manifest says, in words; null where they are. */
export function contradictManifest(manifest: ArchiveManifest, found: SegmentTotals & { rawSha256: Uint8Array }): string | null {
  if (found.rawBytes !== manifest.raw.bytes) return `${found.rawBytes} bytes, and not ${manifest.raw.bytes}`;
  if (!equalBytes(found.rawSha256, manifest.raw.sha256)) return `SHA-256 ${toHex(found.rawSha256)}, and not ${toHex(manifest.raw.sha256)}`;
  if (found.rows !== manifest.rows) return `${found.rows} records, and not ${manifest.rows}`;
  if (sayRanges(found.ranges) !== sayRanges(manifest.ranges)) return 'other positions than it names';
  if (found.firstHash === null || !equalBytes(found.firstHash, manifest.firstHash)) return 'another first entry';
  if (found.lastHash === null || !equalBytes(found.lastHash, manifest.lastHash)) return 'another last entry';
  return null;
}

/** As PostgreSQL writes an int8multirange: `{[0,100),[105,301)}`. */
export function sayRanges(ranges: readonly SeqRange[]): string {
  return `{${ranges.map(({ from, to }) => `[${from},${to + 1n})`).join(',')}}`;
}

/** As PostgreSQL writes them. @returns null for what it does not write. */
export function readRanges(text: string): SeqRange[] | null {
  if (!/^\{(\[\d{1,19},\d{1,19}\)(,\[\d{1,19},\d{1,19}\))*)?\}$/.test(text)) return null;
  return [...text.matchAll(/\[(\d+),(\d+)\)/g)].map(([, from, to]) => ({ from: BigInt(from), to: BigInt(to) - 1n }));
}

/** Whether a position is in one of the ranges, which ascend. */
export function inRanges(ranges: readonly SeqRange[], seq: bigint): boolean {
  let low = 0;
  let high = ranges.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ranges[middle].to < seq) low = middle + 1;
    else high = middle;
  }
  return low < ranges.length && ranges[low].from <= seq;
}
