import 'server-only';
import { hash } from 'node:crypto';
import { contradictRow } from '@/lib/archive/compare-manifest';
import { LEAF, listSegments, type Segment, segmentsBetween } from '@/lib/archive/segments';
import { coveringCheckpoint, manifestKeys } from '@/lib/archive/sign-manifest';
import { type ArchiveManifest, inRanges, openManifest } from '@/lib/chain/archive-manifest';
import type { SeqRange } from '@/lib/chain/archive-segment';
import { equalBytes, toHex } from '@/lib/chain/bytes';
import type { ChainBreak } from '@/lib/chain/verify-chain';

/** Rows with their manifests, some hundred kilobytes each at most. */
const PAGE = 50;

/**
 * What of a ledger is in the archive, by manifests that the ledger's keys signed: what a row alone says excuses no missing body. Objects are not fetched for it.
 */
export class ArchivedRanges {
  readonly breaks: ChainBreak[] = [];
  segments = 0;
  records = 0;
  readonly #ledger: { id: number; origin: string };
  /** By leaf, ascending. */
  readonly #ranges = new Map<bigint, SeqRange[]>();
  /** The last of those that were looked at without one before it being left out. */
  #behind = 0n;
  #previous: Buffer | null = null;
  /** The first that was given up since that one. */
  #abandoned: bigint | null = null;

  private constructor(ledger: { id: number; origin: string }) {
    this.#ledger = ledger;
  }

  static async read(ledger: { id: number; origin: string }): Promise<ArchivedRanges> {
    const archived = new ArchivedRanges(ledger);
    await archived.refresh();
    return archived;
  }

  /** Of the segments alone in which these positions lie, without the order of the manifests among each other: for a few records of a ledger. */
  static async of(ledger: { id: number; origin: string }, seqs: readonly bigint[]): Promise<ArchivedRanges> {
    const archived = new ArchivedRanges(ledger);
    const leaves = new Map<bigint, bigint[]>();
    for (const seq of seqs) leaves.set(seq / LEAF, [...(leaves.get(seq / LEAF) ?? []), seq]);
    for (const within of leaves.values()) {
      const sorted = within.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
      for (const segment of await segmentsBetween(ledger.id, sorted[0]!, sorted.at(-1)!)) {
        const confirmed = segment.state === 'confirmed' || segment.state === 'pruned';
        if (confirmed && sorted.some((seq) => inRanges(segment.ranges, seq))) await archived.#takeAlone(segment);
      }
    }
    return archived;
  }

  /** Takes in what was confirmed since. @returns whether anything was */
  async refresh(): Promise<boolean> {
    let more = false;
    for (;;) {
      const page = await listSegments(this.#ledger.id, this.#behind, PAGE);
      for (const segment of page) {
        // The last ones may be on their way; nothing is taken away by them, and none follows.
        if (segment.state === 'planned' || segment.state === 'uploaded') return more;
        if (segment.state === 'abandoned') this.#passOver(segment);
        else await this.#take(segment);
        more = true;
      }
      if (page.length < PAGE) return more;
    }
  }

  /** Ascending, within these positions of one leaf. */
  within(from: bigint, to: bigint): SeqRange[] {
    return (this.#ranges.get(from / LEAF) ?? []).filter((range) => range.to >= from && range.from <= to);
  }

  has(seq: bigint): boolean {
    return this.within(seq, seq).length > 0;
  }

  /** Given up: it holds nothing. That it was is told by the next manifest, so that no row alone can make a segment vanish. */
  #passOver({ number, firstSeq }: Segment): void {
    if (number !== this.#behind + 1n)
      this.breaks.push({
        seq: firstSeq,
        recordId: null,
        code: 'archive_missing',
        expected: `archive segment ${this.#behind + 1n}`,
        found: `segment ${number} follows segment ${this.#behind}`,
      });
    this.#abandoned ??= number;
    this.#behind = number;
  }

  async #take(segment: Segment): Promise<void> {
    const abandoned = this.#abandoned === null ? undefined : { from: this.#abandoned, to: segment.number - 1n };
    const add = (code: 'archive_missing' | 'archive_altered', expected: string, found: string) =>
      this.breaks.push({ seq: segment.firstSeq, recordId: null, code, expected, found });
    if (segment.number !== this.#behind + 1n)
      add('archive_missing', `archive segment ${this.#behind + 1n}`, `segment ${segment.number} follows segment ${this.#behind}`);
    const manifest = await this.#open(segment, (expected, found) => add('archive_altered', expected, found));
    const follows =
      this.#previous === null ? manifest?.previous === null : manifest?.previous != null && equalBytes(manifest.previous, this.#previous);
    const told = (range: SeqRange | undefined) => (range === undefined ? '(none)' : `${range.from} to ${range.to}`);
    if (manifest !== null && told(manifest.abandoned) !== told(abandoned))
      add('archive_altered', `segments given up before segment ${segment.number}: ${told(manifest.abandoned)}`, told(abandoned));
    if (manifest !== null && !follows && segment.number === this.#behind + 1n)
      add(
        'archive_altered',
        `segment ${segment.number} follows manifest ${this.#previous === null ? '(none)' : toHex(this.#previous)}`,
        manifest.previous === null ? '(none)' : toHex(manifest.previous),
      );
    this.#behind = segment.number;
    this.#abandoned = null;
    this.#previous = segment.manifest === null ? null : Buffer.from(hash('sha256', segment.manifest, 'buffer'));
    if (manifest !== null) this.#add(manifest);
  }

  async #takeAlone(segment: Segment): Promise<void> {
    const manifest = await this.#open(segment, (expected, found) =>
      this.breaks.push({ seq: segment.firstSeq, recordId: null, code: 'archive_altered', expected, found }),
    );
    if (manifest !== null) this.#add(manifest);
  }

  #add(manifest: ArchiveManifest): void {
    this.segments++;
    this.records += manifest.rows;
    const leaf = manifest.ranges[0]!.from / LEAF;
    const ranges = [...(this.#ranges.get(leaf) ?? []), ...manifest.ranges].sort((a, b) => (a.from < b.from ? -1 : 1));
    this.#ranges.set(leaf, ranges);
  }

  /** @returns null where the manifest cannot be believed; told is why, and every place where the row says otherwise. */
  async #open(segment: Segment, tell: (expected: string, found: string) => void): Promise<ArchiveManifest | null> {
    const covering = await coveringCheckpoint(this.#ledger.id, segment.checkpointNumber);
    if (segment.manifest === null || covering === null) {
      tell(
        `a signed manifest of segment ${segment.number}`,
        segment.manifest === null ? 'none' : `its checkpoint ${segment.checkpointNumber} is gone`,
      );
      return null;
    }
    let manifest: ArchiveManifest;
    try {
      manifest = openManifest(segment.manifest, await manifestKeys(this.#ledger.id, covering), this.#ledger.origin);
    } catch (error) {
      tell(`a manifest of segment ${segment.number} that this ledger’s keys signed`, (error as Error).message);
      return null;
    }
    for (const { what, signed, row } of contradictRow(manifest, segment, covering))
      tell(`segment ${segment.number} ${what}: ${short(signed)}`, `segment ${segment.number} ${what}: ${short(row)}`);
    return manifest;
  }
}

function short(text: string): string {
  return text.length <= 200 ? text : `${text.slice(0, 200)}…`;
}
