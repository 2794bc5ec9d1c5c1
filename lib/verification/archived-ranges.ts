import 'server-only';
import { hash } from 'node:crypto';
import { LEAF, listSegments, type Segment } from '@/lib/archive/segments';
import { coveringCheckpoint, manifestKeys } from '@/lib/archive/sign-manifest';
import { type ArchiveManifest, openManifest, sayRanges } from '@/lib/chain/archive-manifest';
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

  private constructor(ledger: { id: number; origin: string }) {
    this.#ledger = ledger;
  }

  static async read(ledger: { id: number; origin: string }): Promise<ArchivedRanges> {
    const archived = new ArchivedRanges(ledger);
    await archived.refresh();
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
        await this.#take(segment);
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

  async #take(segment: Segment): Promise<void> {
    const add = (code: 'archive_missing' | 'archive_altered', expected: string, found: string) =>
      this.breaks.push({ seq: segment.firstSeq, recordId: null, code, expected, found });
    if (segment.number !== this.#behind + 1n)
      add('archive_missing', `archive segment ${this.#behind + 1n}`, `segment ${segment.number} follows segment ${this.#behind}`);
    const manifest = await this.#open(segment, (expected, found) => add('archive_altered', expected, found));
    const follows =
      this.#previous === null ? segment.number === 1n : manifest?.previous != null && equalBytes(manifest.previous, this.#previous);
    if (manifest !== null && !follows && segment.number === this.#behind + 1n)
      add(
        'archive_altered',
        `segment ${segment.number} follows manifest ${this.#previous === null ? '(none)' : toHex(this.#previous)}`,
        manifest.previous === null ? '(none)' : toHex(manifest.previous),
      );
    this.#behind = segment.number;
    this.#previous = segment.manifest === null ? null : Buffer.from(hash('sha256', segment.manifest, 'buffer'));
    if (manifest === null) return;
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
    const { checkpoint } = manifest;
    const said: [what: string, manifest: string, row: string][] = [
      ['number', String(manifest.number), String(segment.number)],
      ['positions', sayRanges(manifest.ranges), sayRanges(segment.ranges)],
      ['object', manifest.object, segment.objectKey],
      ['kept until', manifest.retainUntil, segment.retainUntil.toISOString()],
      [
        'packed bytes',
        `${manifest.gzip.bytes} ${toHex(manifest.gzip.sha256)}`,
        segment.gzip === null ? '(none)' : `${segment.gzip.bytes} ${toHex(segment.gzip.sha256)}`,
      ],
      [
        'bytes',
        `${manifest.raw.bytes} ${toHex(manifest.raw.sha256)}`,
        segment.raw === null ? '(none)' : `${segment.raw.bytes} ${toHex(segment.raw.sha256)}`,
      ],
      [
        'checkpoint',
        `${checkpoint.number} ${checkpoint.size} ${toHex(checkpoint.root)}`,
        `${covering.number} ${covering.size} ${toHex(covering.root)}`,
      ],
    ];
    for (const [what, signed, row] of said)
      if (signed !== row) tell(`segment ${segment.number} ${what}: ${short(signed)}`, `segment ${segment.number} ${what}: ${short(row)}`);
    return manifest;
  }
}

function short(text: string): string {
  return text.length <= 200 ? text : `${text.slice(0, 200)}…`;
}
